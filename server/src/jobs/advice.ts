/** What to do about a job that is in the way, for errors. */
export function waitOrCancel(jobId: string): string {
  return `Wait until it has completed (GET /v1/jobs/${jobId}), or cancel it (POST /v1/jobs/${jobId}/cancel).`;
}
