/** `2025-03-20T10:00:00Z`: ISO 8601 in UTC, whole seconds, no fraction. */
export function isoSeconds(time: Date): string {
  return time.toISOString().replace(/\.\d{3}Z$/, 'Z');
}

/** Whole seconds since 1970-01-01T00:00:00Z. */
export function unixSeconds(time: Date): number {
  return Math.floor(time.getTime() / 1000);
}
