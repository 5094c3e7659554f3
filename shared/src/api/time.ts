/** A date, `T` or a space, a time with or without seconds, an offset, a zone's name as Java writes it. */
const pattern =
  /^(\d{4}-\d{2}-\d{2})[Tt ](\d{2}:\d{2})(?::(\d{2})(?:[.,](\d{1,100}))?)? ?(?:([Zz])|([+-])(\d{2})(?::?(\d{2}))?)?(?:\[[^[\]]{1,100}\])?$/;

export type ParsedTime =
  | { readonly ok: true; readonly time: string }
  | {
      readonly ok: false;
      /** What to change, as a phrase to follow the field's name. */
      readonly problem: string;
    };

/**
 * A time as the standard libraries of Java, Go, .NET, Python, PHP and Ruby write it: RFC 3339 and ISO 8601 with an
 * offset. The result is the same time in UTC with milliseconds; what is below is cut off.
 */
export function parseTime(text: string): ParsedTime {
  const [, date, minutes, seconds = '00', fraction = '', zulu, sign, hours = '0', further = '0'] =
    pattern.exec(text) ?? [];
  if (!date || !minutes) return refused('must be a time such as 2026-01-31T10:00:00Z or 2026-01-31T12:00:00+02:00');
  if (!zulu && !sign) return refused('must end with Z or an offset such as +02:00, as its time zone is unknown');
  const local = `${date}T${minutes}:${seconds}.${fraction.padEnd(3, '0').slice(0, 3)}Z`;
  const inUtc = Date.parse(local);
  // Date.parse makes 1 March of 29 February.
  if (Number.isNaN(inUtc) || new Date(inUtc).toISOString() !== local || Number(hours) > 23 || Number(further) > 59) {
    return refused('must be a day and a time that exist');
  }
  const offset = (Number(hours) * 60 + Number(further)) * 60_000;
  const time = new Date(sign === '-' ? inUtc + offset : inUtc - offset).toISOString();
  // An offset can move it out of the years that ISO 8601 writes with four digits.
  return /^\d{4}-/.test(time) ? { ok: true, time } : refused('must be in the years 0000 to 9999 (UTC)');
}

function refused(problem: string): ParsedTime {
  return { ok: false, problem };
}
