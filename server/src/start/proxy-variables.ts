const names = ['HTTPS_PROXY', 'HTTP_PROXY', 'ALL_PROXY', 'NO_PROXY'];

/** The proxy variables that are set. They are not used: `targets.proxy` alone decides how deliveries leave. */
export function proxyVariables(environment: NodeJS.ProcessEnv): string[] {
  return names.flatMap((name) => [name, name.toLowerCase()]).filter((name) => environment[name]);
}
