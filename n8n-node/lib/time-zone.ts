/** A date and time; one without a zone, as n8n's date picker gives it, is in `timeZone`. Invalid for anything else. */
export function parseDate(text: string, timeZone: string): Date {
  if (/(?:Z|[+-]\d\d:?\d\d)$/i.test(text)) return new Date(text);
  const asUtc = Date.parse(`${text.replace(' ', 'T')}${/\d:\d/.test(text) ? '' : 'T00:00:00'}Z`);
  if (Number.isNaN(asUtc)) return new Date(asUtc);
  const guess = asUtc - offsetAt(asUtc, timeZone);
  // Again at the moment found: the clocks may change between the two.
  return new Date(asUtc - offsetAt(guess, timeZone));
}

/** Milliseconds that a zone's clocks are ahead of UTC. */
function offsetAt(moment: number, timeZone: string): number {
  const whole = Math.floor(moment / 1000) * 1000;
  const shown = new Date(whole).toLocaleString('sv-SE', { timeZone });
  return Date.parse(`${shown.replace(' ', 'T')}Z`) - whole;
}
