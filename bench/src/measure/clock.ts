/** From this process's own clock to the one that all processes of the machine share (CLOCK_MONOTONIC). */
const offset = Number(process.hrtime.bigint()) / 1e6 - performance.now();

/** Milliseconds on a clock that every process of this machine reads the same, and that nobody sets. */
export function sharedNow(): number {
  return performance.now() + offset;
}

export function pause(milliseconds: number): Promise<void> {
  return new Promise((resolve) => setTimeout(resolve, milliseconds));
}

/** @throws {Error} saying what took too long. */
export async function within<T>(milliseconds: number, what: string, promise: Promise<T>): Promise<T> {
  let timer: NodeJS.Timeout | undefined;
  const late = new Promise<never>((_, reject) => {
    timer = setTimeout(() => reject(new Error(`${what} took longer than ${milliseconds / 1000} s.`)), milliseconds);
  });
  try {
    return await Promise.race([promise, late]);
  } finally {
    clearTimeout(timer);
  }
}
