/** Id of the provider of operational events, in a separate module that does not import zod. */
export const operationalId = 'bellhop';
