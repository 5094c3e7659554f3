import type { pino } from 'pino';

type Output = ReturnType<typeof pino.destination>;

/**
 * A log's output that a full disk does not stop: what cannot be written waits, and when it cannot be written at the end
 * either, it is let go. By itself pino throws, which ends the process, and there tries again for ever: a server that
 * neither works nor ends.
 *
 * @param output limit it by `maxLength`: that much waits at most, what comes then is lost.
 */
export function enduring(output: Output): Output {
  const flushSync = output.flushSync.bind(output);
  let failing = false;
  output.on('error', () => {
    failing = true;
  });
  output.on('write', () => {
    failing = false;
  });
  output.flushSync = () => {
    if (!failing) flushSync();
  };
  return output;
}
