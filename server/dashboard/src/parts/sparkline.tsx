import type { Statistics } from '../api/resources.ts';

type Hour = Statistics['hours'][number];

/** Of one hour in the drawing; above the line stands what was delivered, below it what failed. */
const [step, bar, above, below] = [5, 4, 20, 9];

const hourText = new Intl.DateTimeFormat(undefined, { hour: '2-digit', minute: '2-digit' });

/** How the attempts of the last 24 hours went, an hour a bar: up what was delivered, down what failed. */
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

/** In proportion, but never too low to be seen. */
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
  return throttled > 0 ? `${text}, ${throttled} put off` : text;
}

/** `98 %` of what was delivered or failed; never 100 % where something failed, nor 0 % where something was delivered. */
export function successText({ success_rate: rate }: Pick<Statistics, 'success_rate'>): string {
  if (rate === null) return 'No attempts yet';
  const percent = Math.floor(rate * 100);
  return percent === 0 && rate > 0 ? 'Under 1 %' : `${percent} %`;
}
