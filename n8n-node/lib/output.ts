import type { IDataObject } from 'n8n-workflow';
import type { StandardEvent } from '../core/shared.ts';

/** What the node says of an event itself, before the fields of its data. */
const own = ['event_id', 'event_type', 'occurred_at'];

/** The event's id, type and time, and the fields of its data beside them. */
export function simplified({ id, type, timestamp, data }: StandardEvent): IDataObject {
  const fields = Object.entries(data).map(([key, value]) => [own.includes(key) ? `data_${key}` : key, value]);
  // Defined, not assigned, so that a field named `__proto__` is one like any other.
  return Object.fromEntries([
    ['event_id', id],
    ['event_type', type],
    ['occurred_at', timestamp],
    ...fields,
  ]) as IDataObject;
}

/** The event as it was sent. */
export function envelope({ id, provider, type, timestamp, data }: StandardEvent): IDataObject {
  return { id, provider, type, timestamp, data: data as IDataObject };
}
