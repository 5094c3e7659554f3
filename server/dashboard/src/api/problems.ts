import { ApiError } from '@bellhop/shared/call';

/** The error as a sentence for the user. */
export function explain(error: unknown): string {
  if (error instanceof ApiError) {
    const { problem, status } = error;
    if (!problem) return `The server sent an unexpected response (status ${status}).`;
    const [first] = problem.errors ?? [];
    return first && problem.errors?.length === 1 && first.field === ''
      ? `${problem.detail} It ${first.message}.`
      : problem.detail;
  }
  if (error instanceof TypeError) return 'The server cannot be reached. Check your connection and try again.';
  return error instanceof Error ? error.message : String(error);
}

export function isProblem(error: unknown, code: string): boolean {
  return error instanceof ApiError && error.problem?.code === code;
}

export type FieldProblems = Readonly<Record<string, string>>;

/** The problem of each field, by the field's API name, as a sentence. */
export function fieldProblems(error: unknown): FieldProblems {
  if (!(error instanceof ApiError)) return {};
  const named = (error.problem?.errors ?? []).filter(({ field }) => field !== '');
  return Object.fromEntries(named.map(({ field, message }) => [field, sentence(message)]));
}

/** The first problem of the fields or of their parts: `events` includes `events.0`. */
export function problemAt(problems: FieldProblems, ...fields: readonly string[]): string | undefined {
  const names = Object.keys(problems);
  const name = names.find((each) => fields.some((field) => each === field || each.startsWith(`${field}.`)));
  return name === undefined ? undefined : problems[name];
}

/** `must be an object` → `Must be an object.` */
function sentence(message: string): string {
  const text = message.charAt(0).toUpperCase() + message.slice(1);
  return /[.!?]$/.test(text) ? text : `${text}.`;
}
