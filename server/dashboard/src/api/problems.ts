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

/** What is wrong with each field, by the field's name in the API; a sentence with a capital and a full stop. */
export function fieldProblems(error: unknown): Readonly<Record<string, string>> {
  if (!(error instanceof ApiError)) return {};
  const named = (error.problem?.errors ?? []).filter(({ field }) => field !== '');
  return Object.fromEntries(named.map(({ field, message }) => [field, sentence(message)]));
}

/** `must be an object` → `Must be an object.` */
function sentence(message: string): string {
  const text = message.charAt(0).toUpperCase() + message.slice(1);
  return /[.!?]$/.test(text) ? text : `${text}.`;
}
