import { z } from '@bellhop/shared';

/** What V8 says when an object without a primitive value is compared. */
const incomparable = /Cannot convert object to primitive value/;

/**
 * Checks a value by a schema, whatever the value is.
 *
 * Zod compares the `length` of what stands in the place of a text or a list before it says that it is none. Of
 * `{"length": {"toString": 0}}` that throws.
 */
export function check<Output>(schema: z.ZodType<Output>, value: unknown): z.ZodSafeParseResult<Output> {
  try {
    return schema.safeParse(value);
  } catch (error) {
    if (!(error instanceof TypeError) || !incomparable.test(error.message)) throw error;
    const message = 'holds an object with a "length" in the place of a text or a list';
    return {
      success: false,
      error: new z.ZodError([{ code: 'custom', path: [], message, input: value }]) as z.ZodError<Output>,
    };
  }
}
