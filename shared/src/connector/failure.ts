import { isJsonObject } from '../json.ts';
import type { Answer, Connection, Failure, NetworkFailure, Wording } from './connection.ts';

type Server = Pick<Connection, 'baseUrl' | 'wording'>;

interface Problem {
  readonly code: string;
  readonly detail: string;
  readonly errors?: readonly { readonly field: string; readonly message: string }[];
}

/** An answer whose status is no success. */
export function refusal(answer: Answer, server: Server): Failure {
  const { status, body } = answer;
  const { unknownKey, missingScope } = server.wording;
  if (status >= 300 && status < 400) return redirected(answer, server);
  if (status === 401) {
    return {
      code: 'unauthorized',
      message: `${hostOf(server)} does not know this API key`,
      advice: unknownKey,
      status,
    };
  }
  const problem = isProblem(body) ? body : undefined;
  if (status >= 500) {
    const advice = `${problem ? `${problem.detail} ` : ''}Try again in a few minutes.`;
    return { code: 'server_error', message: `${hostOf(server)} answered ${status}`, advice, status };
  }
  if (!problem) return notOurServer(answer, server);
  if (status === 403) {
    const advice = `${problem.detail} ${missingScope}`;
    return { code: problem.code, message: 'The API key is not allowed to do this', advice, status };
  }
  return refusedInput(problem, status, server.wording);
}

const notOurs = 'not_our_server';

/** An answer that no server of ours gives. */
export function notOurServer({ status }: Answer, server: Server): Failure {
  const { product, address } = server.wording;
  const message = `${hostOf(server)} does not answer like a ${product} server`;
  return { code: notOurs, message, advice: `It answered ${status}. Check ${address}.`, status };
}

/** True when a server of ours does not have what was asked for. Another site's 404 says nothing about that. */
export function isAbsent({ code, status }: Failure): boolean {
  return (status === 404 || status === 410) && code !== notOurs;
}

export function unreachable({ networkError }: NetworkFailure, server: Server): Failure {
  const [what, advice] = meaningOf(networkError ?? '', server.wording);
  const because = networkError ? ` (${networkError})` : '';
  return { code: 'unreachable', message: `${hostOf(server)} ${what}`, advice: `${advice}${because}.` };
}

function meaningOf(networkError: string, { address, origin }: Wording): [what: string, advice: string] {
  if (/^(?:ENOTFOUND|EAI_AGAIN)$/.test(networkError))
    return ['is unknown: no server has this name', `Check ${address}`];
  if (/CERT|TLS|SSL|LEAF_SIGNATURE/.test(networkError)) {
    return ['has no valid TLS certificate', "Ask the server's operator to renew it"];
  }
  const isLate = /^(?:ETIMEDOUT|ECONNABORTED)$/.test(networkError);
  const advice = `Check ${address}, and that the server is running and can be reached from ${origin}`;
  return [isLate ? 'did not answer in time' : 'cannot be reached', advice];
}

function redirected({ status, location = '' }: Answer, server: Server): Failure {
  const { address } = server.wording;
  const isKnown = URL.canParse(location);
  const advice = isKnown ? `Enter ${new URL(location).origin} as ${address} instead.` : `Check ${address}.`;
  return { code: 'redirected', message: `${hostOf(server)} redirects to another address`, advice, status };
}

function refusedInput({ code, detail, errors = [] }: Problem, status: number, { refusedUrl }: Wording): Failure {
  const fields = errors.map(({ field, message }) => `${labelOf(field)} ${message}`);
  const advice = errors.some(({ field }) => field === 'target_url') ? refusedUrl : undefined;
  return { code, message: fields.length > 0 ? fields.join('. ') : detail, advice, status };
}

/** What people call a field of the API. */
function labelOf(field: string): string {
  if (field === 'target_url') return "The webhook's address";
  if (field === 'filter') return 'The filter is invalid:';
  if (field === 'provider') return 'The provider';
  return /^events?(?:\.|$)/.test(field) ? 'The event type' : field;
}

function hostOf({ baseUrl }: Server): string {
  return new URL(baseUrl).host;
}

function isProblem(body: unknown): body is Problem {
  return isJsonObject(body) && 'code' in body && 'detail' in body;
}
