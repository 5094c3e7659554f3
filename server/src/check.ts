import { z } from '@bellhop/shared';

/** V8's error for comparing an object without a primitive value. */
const incomparable = /Cannot convert object to primitive value/;

/**
 * Validates any value without throwing. Zod compares a value's `length` before it rejects the value as no string or
 * array, and throws for `{"length": {"toString": 0}}`.
 */
export function check<Output>(schema: z.ZodType<Output>, value: unknown): z.ZodSafeParseResult<Output> {
  try {
    return schema.safeParse(value);
  } catch (error) {
    if (!(error instanceof TypeError) || !incomparable.test(error.message)) throw error;
    const message = 'holds an object with a "length" where a string or a list is expected';
    return {
      success: false,
      error: new z.ZodError([{ code: 'custom', path: [], message, input: value }]) as z.ZodError<Output>,
    };
  }
}
