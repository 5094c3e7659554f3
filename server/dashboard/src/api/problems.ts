import { ApiError } from '@bellhop/shared/call';

/** What went wrong, as a sentence for the person at the screen. */
export function explain(error: unknown): string {
  if (error instanceof ApiError) {
    const { problem, status } = error;
    if (!problem) return `The server gave an answer that this page does not understand (status ${status}).`;
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

/** What is wrong with each field, by the field's name in the API; a sentence with a capital and a full stop. */
export function fieldProblems(error: unknown): FieldProblems {
  if (!(error instanceof ApiError)) return {};
  const named = (error.problem?.errors ?? []).filter(({ field }) => field !== '');
  return Object.fromEntries(named.map(({ field, message }) => [field, sentence(message)]));
}

/** The first problem of a field, or of what is in it: `events` has that of `events.0`. */
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
