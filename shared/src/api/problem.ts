import { z } from 'zod';

/** An RFC 9457 problem document. Every error of the API is one, sent as `application/problem+json`. */
export const problem = z.object({
  type: z.string().meta({ description: 'The kind of problem as a URI; `code` says the same, shorter.' }),
  title: z.string(),
  status: z.int(),
  code: z.string().meta({ description: 'Stable; for programs.' }),
  detail: z.string().meta({ description: 'What happened and what to change; for people.' }),
  errors: z
    .array(z.object({ field: z.string().meta({ examples: ['data.caller.phone'] }), message: z.string() }))
    .optional()
    .meta({ description: 'For bad input: one entry per field.' }),
});

export type Problem = z.output<typeof problem>;

/** Every problem the API answers with: its status and title. */
export const problemCodes = {
  malformed_json: { status: 400, title: 'The body is not valid JSON' },
  unauthorized: { status: 401, title: 'No valid API key' },
  forbidden: { status: 403, title: 'The API key may not do this' },
  not_found: { status: 404, title: 'Not found' },
  method_not_allowed: { status: 405, title: 'Method not allowed' },
  conflict: { status: 409, title: 'The state does not allow this' },
  body_too_large: { status: 413, title: 'The body is too large' },
  unsupported_media_type: { status: 415, title: 'The body must be JSON' },
  invalid_input: { status: 422, title: 'The input is not valid' },
  idempotency_key_reused: { status: 422, title: 'The idempotency key was used for another request' },
  internal: { status: 500, title: 'Something went wrong on our side' },
  unavailable: { status: 503, title: 'The server cannot do this right now' },
  storage_full: { status: 507, title: 'The disk is full' },
} as const;

export type ProblemCode = keyof typeof problemCodes;
