import type { ProblemCode } from '@bellhop/shared';

export interface FieldError {
  /** Where in the input: `data.caller.phone`. */
  readonly field: string;
  /** What to change, as a phrase that follows the field's name. */
  readonly message: string;
}

/** What a caller did wrong, or may not do: becomes the API's problem document. */
export class ProblemError extends Error {
  override readonly name = 'ProblemError';
  readonly code: ProblemCode;
  readonly errors: readonly FieldError[];

  /** @param detail what happened and what to change, for people. */
  constructor(code: ProblemCode, detail: string, errors: readonly FieldError[] = []) {
    super(detail);
    this.code = code;
    this.errors = errors;
  }
}

export function notFound(what: string): ProblemError {
  return new ProblemError('not_found', `There is no such ${what} in this organization.`);
}

export function invalidInput(errors: readonly FieldError[]): ProblemError {
  const fields = errors.map(({ field }) => field || 'the body').join(', ');
  return new ProblemError('invalid_input', `Correct ${fields}; see errors for what each should be.`, errors);
}

/** What to do about a job that is in the way. */
export function waitOrCancel(jobId: string): string {
  return `Wait until it has completed (GET /v1/jobs/${jobId}), or cancel it (POST /v1/jobs/${jobId}/cancel).`;
}
