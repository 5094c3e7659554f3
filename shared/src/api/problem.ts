import { z } from 'zod';

/** An RFC 9457 problem document. Every error of the API is one, sent as `application/problem+json`. */
export const problem = z.object({
  type: z.string().meta({ description: '`code` as a URI.' }),
  title: z.string(),
  status: z.int(),
  code: z.string().meta({ description: 'Stable; for programs.' }),
  detail: z.string().meta({ description: 'What happened and what to change; for people.' }),
  errors: z
    .array(z.object({ field: z.string().meta({ examples: ['data.caller.phone'] }), message: z.string() }))
    .optional()
    .meta({ description: 'For invalid input: one entry per field, at most 100.' }),
});

export type Problem = z.output<typeof problem>;

/** Every problem of the API, with its status and title. */
export const problemCodes = {
  bad_request: { status: 400, title: 'The request is not valid HTTP' },
  malformed_json: { status: 400, title: 'The body is not valid JSON' },
  unauthorized: { status: 401, title: 'No valid API key' },
  forbidden: { status: 403, title: 'The API key is not allowed to do this' },
  not_found: { status: 404, title: 'Not found' },
  method_not_allowed: { status: 405, title: 'Method not allowed' },
  request_timeout: { status: 408, title: 'The request took too long to arrive' },
  conflict: { status: 409, title: 'The current state does not allow this' },
  body_too_large: { status: 413, title: 'The body is too large' },
  unsupported_media_type: { status: 415, title: 'The body must be JSON' },
  expectation_failed: { status: 417, title: 'The expectation cannot be met' },
  invalid_input: { status: 422, title: 'The input is invalid' },
  idempotency_key_reused: { status: 422, title: 'The idempotency key was used for a different request' },
  too_many_requests: { status: 429, title: 'Too many requests' },
  too_many_attempts: { status: 429, title: 'Too many failed attempts to authenticate' },
  headers_too_large: { status: 431, title: 'The headers are too large' },
  internal: { status: 500, title: 'Internal server error' },
  unavailable: { status: 503, title: 'The server is temporarily unavailable' },
  storage_full: { status: 507, title: 'The disk is full' },
} as const;

export type ProblemCode = keyof typeof problemCodes;
