/** The id of the provider of Bellhop's own events, for those who need no more of it. */
export const operationalId = 'bellhop';
