import type { DestinationStream, Logger } from 'pino';
import { pino } from 'pino';

/** The server's log: JSON, one line per event and per attempt. It never holds a target's path, a secret or event data. */
export function createLog(level: string, destination?: DestinationStream): Logger {
  const options = { level, base: null, timestamp: pino.stdTimeFunctions.isoTime };
  return destination ? pino(options, destination) : pino(options);
}
