/* Values of `<input type="datetime-local">`: local time without an offset. */

/** `2026-11-26T07:12` */
export function toLocal(time: Date): string {
  const two = (value: number) => String(value).padStart(2, '0');
  const date = [String(time.getFullYear()).padStart(4, '0'), two(time.getMonth() + 1), two(time.getDate())].join('-');
  return `${date}T${two(time.getHours())}:${two(time.getMinutes())}`;
}

/** The time in ISO 8601; undefined for an empty or incomplete value. */
export function fromLocal(value: string): string | undefined {
  const time = new Date(value);
  return value === '' || Number.isNaN(time.getTime()) ? undefined : time.toISOString();
}

export function hoursAgo(hours: number): string {
  return toLocal(new Date(Date.now() - hours * 3_600_000));
}
