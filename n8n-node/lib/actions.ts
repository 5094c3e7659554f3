import type { IDataObject, IExecuteFunctions } from 'n8n-workflow';
import { NodeOperationError } from 'n8n-workflow';
import { chosenEvent, chosenProvider } from './choices.ts';
import type { ServerRequest } from './server.ts';
import { ask } from './server.ts';

/** What an operation does for one input item: the items it gives out. */
export type Action = (context: IExecuteFunctions, itemIndex: number) => Promise<IDataObject[]>;

/** By `resource.operation`. */
export const actions: Readonly<Record<string, Action>> = {
  'event.publish': publishEvent,
  'webhook.getAll': async (context, itemIndex) =>
    listAll(context, itemIndex, '/v1/webhooks', webhookQuery(context, itemIndex)),
  'webhook.pause': (context, itemIndex) => operate(context, itemIndex, 'pause'),
  'webhook.resume': (context, itemIndex) => operate(context, itemIndex, 'resume'),
  'webhook.test': (context, itemIndex) => operate(context, itemIndex, 'test'),
  'delivery.getAll': async (context, itemIndex) =>
    listAll(context, itemIndex, `${webhookPath(context, itemIndex)}/deliveries`, {}),
  'delivery.replay': replayDelivery,
};

/** The same action, with its error as an item where it fails. */
export function tolerant(action: Action): Action {
  return (context, itemIndex) => action(context, itemIndex).catch((error: Error) => [{ error: error.message }]);
}

async function publishEvent(context: IExecuteFunctions, itemIndex: number): Promise<IDataObject[]> {
  const read = (name: string) => context.getNodeParameter(name, itemIndex);
  const { occurredAt, idempotencyKey } = read('options') as { occurredAt?: string; idempotencyKey?: string };
  const body = {
    provider: chosenProvider(read),
    type: chosenEvent(read),
    data: dataOf(context, itemIndex),
    ...(occurredAt ? { occurred_at: momentOf(context, itemIndex, occurredAt) } : {}),
  };
  const headers = idempotencyKey ? { 'idempotency-key': idempotencyKey } : {};
  return one(await ask(context, { method: 'POST', path: '/v1/events', body, headers, itemIndex }));
}

async function operate(context: IExecuteFunctions, itemIndex: number, verb: string): Promise<IDataObject[]> {
  const path = `${webhookPath(context, itemIndex)}/${verb}`;
  return one(await ask(context, { method: 'POST', path, body: {}, itemIndex }));
}

async function replayDelivery(context: IExecuteFunctions, itemIndex: number): Promise<IDataObject[]> {
  const id = encodeURIComponent(textOf(context, itemIndex, 'deliveryId'));
  return one(await ask(context, { method: 'POST', path: `/v1/deliveries/${id}/replay`, body: {}, itemIndex }));
}

/** The most that one page holds. */
const pageSize = 100;

/** A list page by page, up to the limit that the node's parameters set. */
async function listAll(
  context: IExecuteFunctions,
  itemIndex: number,
  path: string,
  query: IDataObject,
): Promise<IDataObject[]> {
  const all = context.getNodeParameter('returnAll', itemIndex) === true;
  const limit = all ? Number.POSITIVE_INFINITY : Number(context.getNodeParameter('limit', itemIndex));
  const found: IDataObject[] = [];
  let cursor: string | null = null;
  do {
    const page: IDataObject = {
      ...query,
      limit: Math.min(pageSize, limit - found.length),
      ...(cursor ? { cursor } : {}),
    };
    const request: ServerRequest = { method: 'GET', path, query: page, itemIndex };
    const { data, next_cursor } = (await ask(context, request)) as { data: IDataObject[]; next_cursor: string | null };
    found.push(...data);
    cursor = next_cursor;
  } while (cursor !== null && found.length < limit);
  return found;
}

function webhookQuery(context: IExecuteFunctions, itemIndex: number): IDataObject {
  const { status, provider } = context.getNodeParameter('filters', itemIndex) as IDataObject;
  return { ...(status ? { status } : {}), ...(provider ? { provider } : {}) };
}

function webhookPath(context: IExecuteFunctions, itemIndex: number): string {
  const id = String(context.getNodeParameter('webhookId', itemIndex, '', { extractValue: true })).trim();
  if (id === '') throw new NodeOperationError(context.getNode(), 'Choose a webhook', { itemIndex, level: 'warning' });
  return `/v1/webhooks/${encodeURIComponent(id)}`;
}

function dataOf(context: IExecuteFunctions, itemIndex: number): IDataObject {
  const given: unknown = context.getNodeParameter('data', itemIndex);
  const data = typeof given === 'string' ? parsed(given) : given;
  if (typeof data === 'object' && data !== null && !Array.isArray(data)) return data as IDataObject;
  const description = "Enter the event's data as a JSON object, or an expression that gives one, such as {{ $json }}.";
  throw new NodeOperationError(context.getNode(), 'Data is not a JSON object', {
    description,
    itemIndex,
    level: 'warning',
  });
}

function parsed(text: string): unknown {
  try {
    return JSON.parse(text);
  } catch {
    return undefined;
  }
}

/** n8n gives a date that was picked without a zone, in the workflow's own. */
function momentOf(context: IExecuteFunctions, itemIndex: number, given: string): string {
  const zoned = /(?:Z|[+-]\d\d:?\d\d)$/i.test(given);
  const moment = zoned ? new Date(given) : inZone(given, context.getTimezone());
  if (!Number.isNaN(moment.getTime())) return moment.toISOString();
  throw new NodeOperationError(context.getNode(), 'Occurred At is not a date', { itemIndex, level: 'warning' });
}

/** A wall clock's date and time in a zone, as the moment it was there. */
function inZone(local: string, timeZone: string): Date {
  const asUtc = Date.parse(`${local.replace(' ', 'T')}${/\d:\d/.test(local) ? '' : 'T00:00:00'}Z`);
  if (Number.isNaN(asUtc)) return new Date(asUtc);
  const guess = asUtc - offsetAt(asUtc, timeZone);
  // Again at the moment found: the clocks may have been changed between the two.
  return new Date(asUtc - offsetAt(guess, timeZone));
}

/** Milliseconds that a zone's clocks are ahead of UTC. */
function offsetAt(moment: number, timeZone: string): number {
  const whole = Math.floor(moment / 1000) * 1000;
  const shown = new Date(whole).toLocaleString('sv-SE', { timeZone });
  return Date.parse(`${shown.replace(' ', 'T')}Z`) - whole;
}

function textOf(context: IExecuteFunctions, itemIndex: number, name: string): string {
  const text = String(context.getNodeParameter(name, itemIndex)).trim();
  if (text !== '') return text;
  throw new NodeOperationError(context.getNode(), 'Enter the ID of a delivery', { itemIndex, level: 'warning' });
}

function one(answer: unknown): IDataObject[] {
  return [answer as IDataObject];
}
