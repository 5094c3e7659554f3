import type { IDataObject, IHookFunctions } from 'n8n-workflow';
import { NodeOperationError } from 'n8n-workflow';
import { chosenEvents, chosenProvider } from './choices.ts';
import { derivedSecret, webhookIdentity } from './secret.ts';
import { accountOf, ask, askIfThere } from './server.ts';

/*
 * A trigger's webhook on the server. n8n ignores what these return except from `exists`, and takes a thrown error for a
 * failure that it tries again (docs/adr/0019-the-n8n-node-derives-its-secret.md).
 */

/** What n8n keeps of a trigger from one activation to the next. */
interface Kept extends IDataObject {
  hookId?: string;
}

interface Hook {
  readonly id: string;
  readonly provider: string;
  readonly events: readonly string[];
  readonly url: string;
  readonly format: string;
  readonly filter: string | null;
  readonly status: string;
}

/** Whether the server has the webhook just as the node's parameters and credential want it. */
export async function exists(context: IHookFunctions): Promise<boolean> {
  const { hookId } = kept(context);
  if (!hookId) return false;
  const hook = (await askIfThere(context, { method: 'GET', path: pathOf(hookId) })) as Hook | undefined;
  if (!hook || !isAsWanted(hook, await wanted(context))) return false;
  const path = `/v1/webhooks/${encodeURIComponent(hookId)}/secret`;
  const secret = (await askIfThere(context, { method: 'GET', path })) as { signing_secret: string | null } | undefined;
  return secret?.signing_secret === (await secretOf(context));
}

/**
 * Subscribes. The server answers the same request with the same webhook however often and by however many n8n processes
 * it is made, so doing it again is safe. A webhook that an earlier activation left behind goes.
 */
export async function create(context: IHookFunctions): Promise<void> {
  const body = { ...(await wanted(context)), signing_secret: await secretOf(context) };
  const { id } = (await ask(context, { method: 'POST', path: '/v1/hooks', body })) as Hook;
  if (context.getMode() === 'manual') {
    sendSampleSoon(context, id);
  } else {
    const { hookId: before } = kept(context);
    if (before && before !== id) await unsubscribe(context, before);
  }
  kept(context).hookId = id;
}

/** Unsubscribes. A webhook that is no longer there is what was wanted. */
export async function remove(context: IHookFunctions): Promise<void> {
  const { hookId } = kept(context);
  if (!hookId) return;
  await unsubscribe(context, hookId);
  delete kept(context).hookId;
}

async function unsubscribe(context: IHookFunctions, id: string): Promise<void> {
  await askIfThere(context, { method: 'DELETE', path: pathOf(id) });
}

/**
 * Lets the server send a sample to the test URL, so that a person who listens sees data at once. Not waited for: n8n must
 * have noted the webhook before the sample arrives, or it would not know what to remove afterwards.
 */
function sendSampleSoon(context: IHookFunctions, id: string): void {
  const path = `/v1/webhooks/${encodeURIComponent(id)}/test`;
  ask(context, { method: 'POST', path, body: {} }).then(
    (attempt) => {
      const { outcome, error } = attempt as { outcome: string; error: string | null };
      if (outcome !== 'delivered') context.logger.warn(`Bellhop could not deliver the sample to n8n: ${error}`);
    },
    (error: Error) => context.logger.warn(`Bellhop sent no sample: ${error.message}`),
  );
}

async function wanted(context: IHookFunctions) {
  const read = (name: string) => context.getNodeParameter(name, undefined);
  const events = chosenEvents(read);
  if (events.length === 0) {
    throw new NodeOperationError(context.getNode(), 'Choose at least one event type', { level: 'warning' });
  }
  const filter = String(context.getNodeParameter('options.filter', '')).trim();
  const { id: workflowId } = context.getWorkflow();
  return {
    provider: chosenProvider(read),
    events,
    target_url: context.getNodeWebhookUrl('default') ?? '',
    platform: 'n8n',
    ...(workflowId ? { external_id: workflowId } : {}),
    format: 'standard',
    filter: filter === '' ? null : filter,
  };
}

function isAsWanted(hook: Hook, { provider, events, target_url, format, filter }: Awaited<ReturnType<typeof wanted>>) {
  return (
    hook.status === 'active' &&
    hook.provider === provider &&
    hook.url === sameForm(target_url) &&
    hook.format === format &&
    hook.filter === filter &&
    hook.events.length === events.length &&
    events.every((event) => hook.events.includes(event))
  );
}

/** An address as the server keeps it. */
function sameForm(url: string): string {
  return URL.canParse(url) ? new URL(url).href : url;
}

async function secretOf(context: IHookFunctions): Promise<string> {
  const { apiKey } = await accountOf(context);
  return derivedSecret(apiKey, webhookIdentity(context.getNode(), context.getWorkflow().id));
}

function kept(context: IHookFunctions): Kept {
  return context.getWorkflowStaticData('node');
}

function pathOf(hookId: string): string {
  return `/v1/hooks/${encodeURIComponent(hookId)}`;
}
