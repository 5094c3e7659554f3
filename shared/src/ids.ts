export const idPrefixes = {
  organization: 'org',
  apiKey: 'key',
  session: 'ses',
  portalLink: 'lnk',
  webhook: 'wh',
  event: 'evt',
  delivery: 'dlv',
  attempt: 'att',
  job: 'job',
} as const;

/** The UUID of an id, without its prefix: `dlv_0190…` → `0190…`. */
export function bareId(id: string): string {
  return id.slice(id.indexOf('_') + 1);
}
