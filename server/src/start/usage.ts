export const usage = `Usage: bellhop [command]

  start      start the server (default)
  migrate    create or update the tables of the store
  prune      delete data past its retention now
  help       print this help

All commands read the environment variables and the configuration file: docs/operate.md.
`;
