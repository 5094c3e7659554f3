import type { DestinationStream, Logger } from 'pino';
import { pino } from 'pino';
import { enduring } from './log-output.ts';

/** Bytes of the log that wait while standard output takes none, before lines are lost. */
const mostWaiting = 8 * 1024 * 1024;

/** The server's log: JSON, one line per event and per attempt. It never holds a target's path, a secret or event data. */
export function createLog(level: string, destination?: DestinationStream): Logger {
  const options = { level, base: null, timestamp: pino.stdTimeFunctions.isoTime };
  const output = destination ?? enduring(pino.destination({ sync: false, maxLength: mostWaiting }));
  return pino(options, output);
}
