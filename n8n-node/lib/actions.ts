import type { IDataObject, IExecuteFunctions } from 'n8n-workflow';
import { NodeOperationError } from 'n8n-workflow';
import { isJsonObject, parseJson } from '../core/shared.ts';
import { chosenEvent, chosenProvider } from './choices.ts';
import type { Page } from './server.ts';
import { ask } from './server.ts';
import { parseDate } from './time-zone.ts';

/** What an operation does for one input item; gives the output items. */
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

/** The same action, with a failure as an item. */
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
  return [await ask(context, { method: 'POST', path: '/v1/events', body, headers }, itemIndex)];
}

async function operate(context: IExecuteFunctions, itemIndex: number, verb: string): Promise<IDataObject[]> {
  const path = `${webhookPath(context, itemIndex)}/${verb}`;
  return [await ask(context, { method: 'POST', path, body: {} }, itemIndex)];
}

async function replayDelivery(context: IExecuteFunctions, itemIndex: number): Promise<IDataObject[]> {
  const id = String(context.getNodeParameter('deliveryId', itemIndex)).trim();
  if (id === '') throw mistake(context, itemIndex, 'Enter the ID of a delivery');
  const path = `/v1/deliveries/${encodeURIComponent(id)}/replay`;
  return [await ask(context, { method: 'POST', path, body: {} }, itemIndex)];
}

/** The API's maximum. */
const pageSize = 100;

/** Reads page after page, up to the node's limit. */
async function listAll(
  context: IExecuteFunctions,
  itemIndex: number,
  path: string,
  query: Readonly<Record<string, string>>,
): Promise<IDataObject[]> {
  const all = context.getNodeParameter('returnAll', itemIndex) === true;
  const limit = all ? Number.POSITIVE_INFINITY : Number(context.getNodeParameter('limit', itemIndex));
  const found: IDataObject[] = [];
  let cursor: string | null = null;
  do {
    const size = String(Math.min(pageSize, limit - found.length));
    const request = { method: 'GET', path, query: { ...query, limit: size, ...(cursor ? { cursor } : {}) } } as const;
    const page: Page<IDataObject> = await ask(context, request, itemIndex);
    found.push(...page.data);
    cursor = page.next_cursor;
  } while (cursor !== null && found.length < limit);
  return found;
}

function webhookQuery(context: IExecuteFunctions, itemIndex: number): Record<string, string> {
  const { status, provider } = context.getNodeParameter('filters', itemIndex) as Record<string, string>;
  return { ...(status ? { status } : {}), ...(provider ? { provider } : {}) };
}

function webhookPath(context: IExecuteFunctions, itemIndex: number): string {
  const id = String(context.getNodeParameter('webhookId', itemIndex, '', { extractValue: true })).trim();
  if (id === '') throw mistake(context, itemIndex, 'Choose a webhook');
  return `/v1/webhooks/${encodeURIComponent(id)}`;
}

function dataOf(context: IExecuteFunctions, itemIndex: number): IDataObject {
  const given: unknown = context.getNodeParameter('data', itemIndex);
  const data = typeof given === 'string' ? parseJson(given) : given;
  if (isJsonObject(data)) return data as IDataObject;
  const advice = "Enter the event's data as a JSON object, or an expression that gives one, such as {{ $json }}.";
  throw mistake(context, itemIndex, 'Data is not a JSON object', advice);
}

function momentOf(context: IExecuteFunctions, itemIndex: number, given: string): string {
  const moment = parseDate(given, context.getTimezone());
  if (!Number.isNaN(moment.getTime())) return moment.toISOString();
  throw mistake(context, itemIndex, 'Occurred At is not a date');
}

function mistake(context: IExecuteFunctions, itemIndex: number, message: string, description = ''): NodeOperationError {
  return new NodeOperationError(context.getNode(), message, { description, itemIndex });
}
