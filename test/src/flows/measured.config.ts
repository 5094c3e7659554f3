import { hasty } from './hasty.ts';

/* A server's configuration that has it say, on SIGUSR2, how much memory it uses. Needs `node --expose-gc`. */

let reports = 0;

process.on('SIGUSR2', () => {
  globalThis.gc?.();
  const { heapUsed, arrayBuffers } = process.memoryUsage();
  const peakRss = process.resourceUsage().maxRSS * 1024;
  reports += 1;
  const report = JSON.stringify({ heapUsed, arrayBuffers, peakRss });
  process.stdout.write(`\nmemory ${reports} ${report}\n`);
});

export default { providers: [hasty] };
