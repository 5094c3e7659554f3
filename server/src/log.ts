import type { DestinationStream, Logger } from 'pino';
import { pino } from 'pino';
import { enduring } from './log-output.ts';

/** Bytes of the log that wait while standard output takes none, before lines are lost. */
const mostWaiting = 8 * 1024 * 1024;

/** The log is written when so many bytes have come together, or after a moment: a system call costs more than a line. */
const gathered = { minLength: 4096, periodicFlush: 100 };

/**
 * The server's log: JSON, one line per event and per attempt. It never holds a target's path, a secret or event data.
 *
 * @param destination default: standard output, up to 100 ms later; what is left is written when the process exits.
 */
export function createLog(level: string, destination?: DestinationStream): Logger {
  const options = { level, base: null, timestamp: pino.stdTimeFunctions.isoTime };
  return pino(options, destination ?? standardOutput());
}

function standardOutput(): DestinationStream {
  const output = enduring(pino.destination({ sync: true, maxLength: mostWaiting, ...gathered }));
  process.once('exit', () => output.flushSync());
  return output;
}
