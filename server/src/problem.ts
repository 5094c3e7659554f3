import type { ProblemCode } from '@bellhop/shared';

export interface FieldError {
  /** The path in the input: `data.caller.phone`. */
  readonly field: string;
  /** A phrase that follows the field's name and says what to change. */
  readonly message: string;
}

/** A mistake of the caller, or a request that is not permitted. Becomes the API's problem document. */
export class ProblemError extends Error {
  override readonly name = 'ProblemError';
  readonly code: ProblemCode;
  readonly errors: readonly FieldError[];
  readonly retryAfterSeconds: number | undefined;

  /** @param detail what happened and what to change, as sentences. */
  constructor(code: ProblemCode, detail: string, errors: readonly FieldError[] = [], retryAfterSeconds?: number) {
    super(detail);
    this.code = code;
    this.errors = errors;
    this.retryAfterSeconds = retryAfterSeconds;
  }
}

export function notFound(what: string): ProblemError {
  return new ProblemError('not_found', `There is no such ${what} in this organization.`);
}

/** Fields in a sentence. */
const mostNamed = 10;
const mostOfName = 100;

export function invalidInput(errors: readonly FieldError[]): ProblemError {
  const fields = errors.slice(0, mostNamed).map(({ field }) => shortened(field, mostOfName) || 'the body');
  const more = errors.length > mostNamed ? ` and ${errors.length - mostNamed} more` : '';
  return new ProblemError('invalid_input', `Correct ${fields.join(', ')}${more}. See errors for details.`, errors);
}

export function waitOrCancel(jobId: string): string {
  return `Wait until it completes (GET /v1/jobs/${jobId}), or cancel it (POST /v1/jobs/${jobId}/cancel).`;
}

/** The text, or its first characters and `…`. */
export function shortened(text: string, most: number): string {
  return text.length <= most ? text : `${text.slice(0, most - 1).toWellFormed()}…`;
}
