import type { IDataObject, IWebhookFunctions } from 'n8n-workflow';
import type { VerificationFailure } from '../core/shared.ts';
import { standardFormat, verify } from '../core/shared.ts';
import { derivedSecret, webhookIdentity } from './secret.ts';
import { accountOf, askIfThere } from './server.ts';

/** An event as the standard format sends it. */
export interface StandardEvent {
  readonly id: string;
  readonly provider: string;
  readonly type: string;
  /** ISO 8601. */
  readonly timestamp: string;
  readonly data: IDataObject;
}

export type Received =
  | { readonly ok: true; readonly event: StandardEvent }
  | { readonly ok: false; readonly status: 400 | 401 | 503; readonly reason: Reason };

type Reason = VerificationFailure | 'body_missing' | 'not_an_event' | 'secret_unknown';

/** Seconds that a signature stays good for. */
const tolerance = 300;

/** The event of a request to the trigger's webhook, if the webhook's secret signed the bytes that came, just now. */
export async function receive(context: IWebhookFunctions): Promise<Received> {
  const request = context.getRequestObject() as unknown as N8nRequest;
  const body = request.rawBody;
  if (!body || body.length === 0) return refused(401, 'body_missing');
  const signed = { headers: request.headers, body };
  const { apiKey } = await accountOf(context);
  const own = derivedSecret(apiKey, webhookIdentity(context.getNode(), context.getWorkflow().id));
  const result = check(signed, [own]);
  if (result.ok) return parsed(body);
  if (result.reason !== 'signature_mismatch') return refused(401, result.reason);
  return receiveByServersSecret(context, signed);
}

/**
 * The server may sign with another secret than the derived one: it was rotated there, or the credential has a new API key
 * since the workflow was published. The server is asked, then.
 */
async function receiveByServersSecret(context: IWebhookFunctions, signed: Signed): Promise<Received> {
  const { hookId } = context.getWorkflowStaticData('node');
  if (typeof hookId !== 'string') return refused(401, 'signature_mismatch');
  try {
    const result = check(signed, await currentSecrets(context, hookId));
    return result.ok ? parsed(signed.body) : refused(401, result.reason);
  } catch (error) {
    context.logger.warn(`Bellhop did not tell the webhook's secret: ${(error as Error).message}`);
    return refused(503, 'secret_unknown');
  }
}

/** n8n keeps the bytes beside what it made of them; its own type of the request does not tell. */
interface N8nRequest {
  readonly rawBody?: Buffer;
  readonly headers: Headers;
}

type Headers = Readonly<Record<string, string | readonly string[] | undefined>>;

interface Signed {
  readonly headers: Headers;
  readonly body: Buffer;
}

function check(signed: Signed, secret: readonly string[]) {
  return verify(standardFormat.signature, signed, { secret, toleranceSeconds: tolerance });
}

interface Asked {
  readonly at: number;
  readonly secrets: Promise<string[]>;
}

/** What was asked lately, by webhook: forged requests must not become requests to the server. */
const asked = new Map<string, Asked>();
const askAgainAfter = 10_000;
const mostAsked = 1000;

async function currentSecrets(context: IWebhookFunctions, hookId: string): Promise<string[]> {
  const last = asked.get(hookId);
  if (last && Date.now() - last.at < askAgainAfter) return last.secrets;
  if (asked.size >= mostAsked) asked.clear();
  const secrets = askSecrets(context, hookId);
  asked.set(hookId, { at: Date.now(), secrets });
  return secrets;
}

/** None of a webhook that the server does not have any more. */
async function askSecrets(context: IWebhookFunctions, hookId: string): Promise<string[]> {
  const path = `/v1/webhooks/${encodeURIComponent(hookId)}/secret`;
  const answer = (await askIfThere(context, { method: 'GET', path })) as Secrets | undefined;
  if (!answer) return [];
  const { signing_secret, previous } = answer;
  return [...(signing_secret === null ? [] : [signing_secret]), ...previous.map((each) => each.signing_secret)];
}

interface Secrets {
  readonly signing_secret: string | null;
  readonly previous: readonly { readonly signing_secret: string }[];
}

/** Parsed from the bytes that were verified, not from what n8n made of them. */
function parsed(body: Buffer): Received {
  try {
    const event: unknown = JSON.parse(body.toString('utf8'));
    return isEvent(event) ? { ok: true, event } : refused(400, 'not_an_event');
  } catch {
    return refused(400, 'not_an_event');
  }
}

function isEvent(value: unknown): value is StandardEvent {
  if (!isObject(value)) return false;
  const texts = [value.id, value.provider, value.type, value.timestamp];
  return texts.every((each) => typeof each === 'string') && isObject(value.data);
}

function isObject(value: unknown): value is IDataObject {
  return typeof value === 'object' && value !== null && !Array.isArray(value);
}

function refused(status: 400 | 401 | 503, reason: Reason): Received {
  return { ok: false, status, reason };
}
