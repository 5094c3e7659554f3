export const usage = `Usage: bellhop [command]

  start      start the server; so does no command
  migrate    make or update the tables of the store
  prune      remove now what the retention settings keep no longer
  help       print this

Environment variables and the configuration file apply to all of them: docs/operate.md.
`;
