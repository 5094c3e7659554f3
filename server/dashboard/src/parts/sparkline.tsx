import type { Statistics } from '../api/resources.ts';

type Hour = Statistics['hours'][number];

/** Pixels: width of an hour and of its bar, height above the line (delivered) and below it (failed). */
const [step, bar, above, below] = [5, 4, 20, 9];

const hourText = new Intl.DateTimeFormat(undefined, { hour: '2-digit', minute: '2-digit' });

/** Attempts of the last 24 hours, one bar per hour: delivered upwards, failed downwards. */
export function Sparkline({ statistics }: { readonly statistics: Statistics }) {
  const { hours } = statistics;
  const most = Math.max(1, ...hours.flatMap(({ delivered, failed }) => [delivered, failed]));
  const width = hours.length * step;
  return (
    <svg
      className="sparkline"
      role="img"
      aria-label={statisticsText(statistics)}
      width={width}
      height={above + below + 1}
      viewBox={`0 0 ${width} ${above + below + 1}`}
    >
      <rect className="line" x={0} y={above} width={width} height={1} />
      {hours.map((hour, index) => (
        <Bar key={hour.at} hour={hour} x={index * step} most={most} />
      ))}
    </svg>
  );
}

function Bar({ hour, x, most }: { readonly hour: Hour; readonly x: number; readonly most: number }) {
  const { at, delivered, failed } = hour;
  const up = height(delivered, most, above - 1);
  const down = height(failed, most, below);
  return (
    <g>
      <title>{`From ${hourText.format(new Date(at))}: ${counts(hour)}`}</title>
      <rect className="ground" x={x} y={0} width={step} height={above + below + 1} />
      {delivered > 0 && <rect className="delivered" x={x} y={above - up} width={bar} height={up} />}
      {failed > 0 && <rect className="failed" x={x} y={above + 1} width={bar} height={down} />}
    </g>
  );
}

/** Proportional, with a visible minimum. */
function height(count: number, most: number, highest: number): number {
  return Math.max(3, Math.round((count / most) * highest));
}

/** `118 delivered, 2 failed in the last 24 hours` */
export function statisticsText(statistics: Statistics): string {
  const { delivered, failed, throttled } = statistics;
  const some = delivered + failed + throttled > 0;
  return some ? `${counts(statistics)} in the last 24 hours` : 'No attempts in the last 24 hours';
}

function counts({ delivered, failed, throttled }: Pick<Hour, 'delivered' | 'failed' | 'throttled'>): string {
  const text = `${delivered} delivered, ${failed} failed`;
  return throttled > 0 ? `${text}, ${throttled} throttled` : text;
}

/** `98%`. Never 100% if anything failed, nor 0% if anything was delivered. */
export function successText({ success_rate: rate }: Pick<Statistics, 'success_rate'>): string {
  if (rate === null) return 'No attempts yet';
  const percent = Math.floor(rate * 100);
  return percent === 0 && rate > 0 ? 'Under 1%' : `${percent}%`;
}
