import { cpus, loadavg, release, totalmem, type } from 'node:os';

/** What the figures were measured on, a line each. */
export function machine(): string[] {
  const [cpu] = cpus();
  return [
    `CPU     ${cpu?.model.trim() ?? 'unknown'}, ${cpus().length} cores`,
    `Memory  ${Math.round(totalmem() / 2 ** 20).toLocaleString('en')} MiB`,
    `System  ${type()} ${release()}, Node ${process.version}`,
    `Load    ${load()}`,
  ];
}

/** Processes that wanted a core over the last 1, 5 and 15 minutes. */
export function load(): string {
  return `${loadavg()
    .map((each) => each.toFixed(2))
    .join(' ')} (1, 5, 15 min)`;
}
