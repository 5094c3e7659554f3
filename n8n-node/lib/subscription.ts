import type { IDataObject, IHookFunctions } from 'n8n-workflow';
import { NodeOperationError } from 'n8n-workflow';
import type { Failure, SubscriptionInput } from '../core/shared.ts';
import * as connector from '../core/shared.ts';
import { chosenEvents, chosenProvider } from './choices.ts';
import { secretOf } from './secret.ts';
import { ask, connect } from './server.ts';

/* A trigger's webhook on the server. n8n tries again after an error (docs/adr/0019-the-n8n-node-derives-its-secret.md). */

/** n8n stores it from one activation to the next. */
interface Kept extends IDataObject {
  hookId?: string;
}

interface Hook {
  readonly provider: string;
  readonly events: readonly string[];
  readonly url: string;
  readonly format: string;
  readonly filter: string | null;
  readonly status: string;
  readonly acknowledges?: boolean;
}

/** Seconds that n8n listens for a test event (its TEST_WEBHOOK_TIMEOUT). */
const listening = 120;

/** True if the server has the webhook as the node's parameters and credential describe it. */
export async function exists(context: IHookFunctions): Promise<boolean> {
  const { hookId } = kept(context);
  if (!hookId || isListening(context)) return false;
  const server = await connect(context);
  const hook = await connector.askIfThere<Hook>(server, { method: 'GET', path: connector.hookPath(hookId) });
  const input = await wanted(context);
  if (!hook || !isAsWanted(hook, input)) return false;
  const [secret] = await connector.currentSecrets(server, hookId);
  return secret === input.signing_secret;
}

/**
 * Safe to repeat, and from several n8n processes. The webhook of an earlier activation ends first: the server hands what
 * waits for it to the new one.
 */
export async function create(context: IHookFunctions): Promise<void> {
  const server = await connect(context);
  const input = await wanted(context);
  const { hookId: before } = kept(context);
  if (before && !isListening(context)) await connector.unsubscribe(server, before);
  const { id } = await connector.subscribe(server, input);
  if (isListening(context)) sendSampleSoon(context, id);
  kept(context).hookId = id;
}

export async function remove(context: IHookFunctions): Promise<void> {
  const { hookId } = kept(context);
  if (!hookId) return;
  const server = await connect(context);
  const errorOf = ({ advice, ...failure }: Failure) =>
    server.errorOf({ ...failure, advice: advice ? `${advice} ${leftBehind}` : leftBehind });
  await connector.unsubscribe({ ...server, errorOf }, hookId);
  delete kept(context).hookId;
}

const leftBehind =
  'The webhook is still in Bellhop, which pauses it at the next event. Activating the workflow goes on with it; if you do not want that, delete it in Bellhop.';

function isListening(context: IHookFunctions): boolean {
  return context.getMode() === 'manual';
}

/**
 * Has the server send a sample to the test URL, so that whoever listens sees data at once. Not awaited: n8n must store the
 * webhook's id before the sample arrives, or it cannot remove the webhook afterwards.
 */
function sendSampleSoon(context: IHookFunctions, id: string): void {
  const path = `/v1/webhooks/${encodeURIComponent(id)}/test`;
  ask<{ outcome: string; error: string | null }>(context, { method: 'POST', path, body: {} }).then(
    ({ outcome, error }) => {
      if (outcome !== 'delivered') context.logger.warn(`Bellhop could not deliver the sample to n8n: ${error}`);
    },
    (error: Error) => context.logger.warn(`Bellhop did not send a sample: ${error.message}`),
  );
}

async function wanted(context: IHookFunctions): Promise<SubscriptionInput> {
  const read = (name: string) => context.getNodeParameter(name, undefined);
  const events = chosenEvents(read);
  if (events.length === 0) throw new NodeOperationError(context.getNode(), 'Choose at least one event type');
  const filter = String(context.getNodeParameter('options.filter', '')).trim();
  return {
    provider: chosenProvider(read),
    events,
    filter: filter === '' ? null : filter,
    target_url: context.getNodeWebhookUrl('default') ?? '',
    platform: 'n8n',
    external_id: externalId(context),
    signing_secret: await secretOf(context),
    acknowledges: true,
    ...(isListening(context) ? { listen_seconds: listening } : {}),
  };
}

/** Names the trigger in its workflow, as one can have several. */
function externalId(context: IHookFunctions): string | undefined {
  const { id } = context.getWorkflow();
  const { webhookId, name } = context.getNode();
  return id ? `${id}/${webhookId ?? name}` : undefined;
}

function isAsWanted(hook: Hook, { provider, events, target_url, filter }: SubscriptionInput): boolean {
  return (
    hook.status === 'active' &&
    hook.acknowledges === true &&
    hook.provider === provider &&
    hook.url === sameForm(target_url) &&
    hook.format === 'standard' &&
    hook.filter === filter &&
    hook.events.length === events.length &&
    events.every((event) => hook.events.includes(event))
  );
}

/** A URL as the server stores it. */
function sameForm(url: string): string {
  return URL.canParse(url) ? new URL(url).href : url;
}

function kept(context: IHookFunctions): Kept {
  return context.getWorkflowStaticData('node');
}
