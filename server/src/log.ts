import type { DestinationStream, Logger } from 'pino';
import { pino } from 'pino';

/** The log is written when so many bytes have come together, or after a moment: a system call costs more than a line. */
const gathered = { bytes: 4096, milliseconds: 100 };

/**
 * The server's log: JSON, one line per event and per attempt. It never holds a target's path, a secret or event data.
 *
 * @param destination default: standard output, up to 100 ms later; what is left is written when the process exits.
 */
export function createLog(level: string, destination: DestinationStream = standardOutput()): Logger {
  return pino({ level, base: null, timestamp: pino.stdTimeFunctions.isoTime }, destination);
}

function standardOutput(): DestinationStream {
  const output = pino.destination({ sync: true, minLength: gathered.bytes, periodicFlush: gathered.milliseconds });
  process.once('exit', () => {
    try {
      output.flushSync();
    } catch {
      // Nobody reads the log any more, so there is nobody to tell.
    }
  });
  return output;
}
