/** Id of the provider of operational events, in a module of its own so that importing it does not pull in zod. */
export const operationalId = 'bellhop';
