/** Id of the provider of operational events, in a separate module that does not import zod. */
export const operationalId = 'bellhop';

/** Id of the provider of the events about the server itself. */
export const operatorId = 'bellhop_server';
