const day = new Intl.DateTimeFormat(undefined, { dateStyle: 'medium', timeStyle: 'medium' });
const exact = new Intl.DateTimeFormat(undefined, { dateStyle: 'full', timeStyle: 'long' });
const relative = new Intl.RelativeTimeFormat(undefined, { numeric: 'auto' });

const units = [
  ['day', 86_400],
  ['hour', 3600],
  ['minute', 60],
  ['second', 1],
] as const;

/** `26 Nov 2026, 07:12:33` */
export function DateTime({ at }: { readonly at: string }) {
  return (
    <time dateTime={at} title={exactText(at)}>
      {day.format(new Date(at))}
    </time>
  );
}

/** `5 minutes ago`, `in 2 hours` */
export function Ago({ at }: { readonly at: string }) {
  return (
    <time dateTime={at} title={exactText(at)}>
      {agoText(at)}
    </time>
  );
}

function exactText(at: string): string {
  return `${exact.format(new Date(at))} (${at})`;
}

function agoText(at: string): string {
  const seconds = Math.round((Date.parse(at) - Date.now()) / 1000);
  const [unit, length] = units.find(([, each]) => Math.abs(seconds) >= each) ?? (['second', 1] as const);
  return relative.format(Math.trunc(seconds / length), unit);
}

/** `430 ms`, `2.1 s` */
export function duration(milliseconds: number): string {
  return milliseconds < 1000 ? `${milliseconds} ms` : `${(milliseconds / 1000).toFixed(1)} s`;
}
