import type { pino } from 'pino';

type Output = ReturnType<typeof pino.destination>;

/**
 * Keeps the server running while the log's disk is full: lines wait, and are dropped if they still cannot be written at
 * exit. By default, pino throws, which ends the process, and then retries forever in the exit handler.
 *
 * @param output needs a `maxLength`, the most bytes that wait; later lines are lost.
 */
export function toleratingWriteErrors(output: Output): Output {
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
