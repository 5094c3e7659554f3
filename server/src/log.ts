import type { DestinationStream, Logger } from 'pino';
import { pino } from 'pino';
import { toleratingWriteErrors } from './log-output.ts';

/** Bytes that wait while standard output is blocked, before lines are lost. */
const maxBufferedBytes = 8 * 1024 * 1024;

/** Lines are written together, as a system call costs more than a line. Bytes and milliseconds. */
const buffering = { minLength: 4096, periodicFlush: 100 };

/**
 * The server's log: JSON, one line per event and per attempt. It never has a target's path, a secret or event data.
 *
 * @param destination default: standard output, buffered for up to 100 ms and flushed at exit.
 */
export function createLog(level: string, destination?: DestinationStream): Logger {
  const options = { level, base: null, timestamp: pino.stdTimeFunctions.isoTime };
  return pino(options, destination ?? standardOutput());
}

function standardOutput(): DestinationStream {
  const output = toleratingWriteErrors(pino.destination({ sync: true, maxLength: maxBufferedBytes, ...buffering }));
  process.once('exit', () => output.flushSync());
  return output;
}
