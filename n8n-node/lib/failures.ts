/** What went wrong, in words for whoever built the workflow. They name the server's host and nothing else of it. */
export interface Failure {
  readonly message: string;
  readonly description: string;
  readonly status?: number;
  /** Whether a Bellhop server said so, and not whatever stands in front of it or in its place. */
  readonly known?: boolean;
}

export interface Answer {
  readonly status: number;
  readonly location: unknown;
  readonly body: unknown;
}

interface Problem {
  readonly code: string;
  readonly detail: string;
  readonly errors?: readonly { readonly field: string; readonly message: string }[];
}

/** An answer of the server that is no success. */
export function refusal(answer: Answer, baseUrl: string): Failure {
  const { status, location, body } = answer;
  const host = hostOf(baseUrl);
  if (status >= 300 && status < 400) return redirected(host, status, location);
  const problem = isProblem(body) ? body : undefined;
  if (status === 401) return keyRefused(host);
  if (status >= 500) return troubled(host, status, problem);
  if (!problem) return notBellhop(host, status);
  if (status === 403) {
    const scopes = 'The triggers need webhooks:read and webhooks:write, publishing needs events:write.';
    return { message: 'The API key may not do this', description: `${problem.detail} ${scopes}`, status };
  }
  const { errors = [] } = problem;
  if (errors.length === 0) {
    return { message: problem.detail, description: `${host} answered ${status}.`, status, known: true };
  }
  return {
    message: errors.map(({ field, message }) => `${labelOf(field)} ${message}`).join('. '),
    description: errors.some(({ field }) => field === 'target_url')
      ? 'This address is the one n8n has for itself. Set N8N_WEBHOOK_URL (WEBHOOK_URL in older versions) to the public https address of n8n.'
      : `${problem.detail} (${host})`,
    status,
  };
}

/** The request never got an answer. */
export function networkFailure(error: unknown, baseUrl: string): Failure {
  const host = hostOf(baseUrl);
  const code = codeOf(error);
  if (!parsed(baseUrl)) {
    const description = 'Enter the whole address in the credential, such as https://bellhop.example.com.';
    return { message: 'The Base URL in the Bellhop credential is not an address', description };
  }
  const known = code === undefined ? undefined : meanings[code];
  const message = `${host} ${known ?? 'cannot be reached'}`;
  const description = `Check the Base URL in the Bellhop credential, and that the server is running and can be reached from n8n${code ? ` (${code})` : ''}.`;
  return { message, description };
}

const meanings: Readonly<Record<string, string>> = {
  ENOTFOUND: 'is not known: no server has this name',
  EAI_AGAIN: 'is not known: no server has this name',
  ETIMEDOUT: 'did not answer in time',
  ECONNABORTED: 'did not answer in time',
  CERT_HAS_EXPIRED: 'has no valid TLS certificate',
  DEPTH_ZERO_SELF_SIGNED_CERT: 'has no valid TLS certificate',
  SELF_SIGNED_CERT_IN_CHAIN: 'has no valid TLS certificate',
  ERR_TLS_CERT_ALTNAME_INVALID: 'has no valid TLS certificate',
};

function redirected(host: string, status: number, location: unknown): Failure {
  const elsewhere = typeof location === 'string' ? parsed(location)?.origin : undefined;
  const way = elsewhere ? `Enter ${elsewhere} in the credential instead.` : 'Check the Base URL in the credential.';
  return { message: `${host} redirects to another address`, description: way, status };
}

function keyRefused(host: string): Failure {
  return {
    message: `${host} does not know this API key`,
    description: 'Copy the whole key into the Bellhop credential again, or create a new one.',
    status: 401,
  };
}

function troubled(host: string, status: number, problem: Problem | undefined): Failure {
  const detail = problem ? `${problem.detail} ` : '';
  return { message: `${host} has trouble at the moment`, description: `${detail}It answered ${status}.`, status };
}

function notBellhop(host: string, status: number): Failure {
  const description = `It answered ${status}, and not as a Bellhop server does. Check the Base URL in the credential.`;
  return { message: `${host} is not a Bellhop server`, description, status };
}

/** What the node calls a field of the API. */
function labelOf(field: string): string {
  if (field === 'target_url') return "The webhook's address";
  if (field === 'filter') return 'The filter is not in order:';
  if (field === 'provider') return 'The provider';
  if (field === 'event' || field.startsWith('events.')) return 'The event type';
  return field;
}

function hostOf(baseUrl: string): string {
  return parsed(baseUrl)?.host || 'The server';
}

function parsed(url: string): URL | undefined {
  return URL.canParse(url) ? new URL(url) : undefined;
}

function codeOf(error: unknown): string | undefined {
  const { code, cause } = (typeof error === 'object' && error !== null ? error : {}) as Record<string, unknown>;
  if (typeof code === 'string') return code;
  return cause === undefined ? undefined : codeOf(cause);
}

function isProblem(body: unknown): body is Problem {
  return typeof body === 'object' && body !== null && 'code' in body && 'detail' in body;
}
