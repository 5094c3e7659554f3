import type { IDataObject } from 'n8n-workflow';
import type { StandardEvent } from '../core/shared.ts';

/** The fields of the data beside the event's id, type and time, and whether it is a test. */
export function simplified({ id, type, timestamp, data, test }: StandardEvent): IDataObject {
  const own = { event_id: id, event_type: type, occurred_at: timestamp, test: test === true };
  const fields = Object.entries(data).map(([key, value]) => [Object.hasOwn(own, key) ? `data_${key}` : key, value]);
  // Defined, not assigned, so that a field named `__proto__` is one like any other.
  return Object.fromEntries([...Object.entries(own), ...fields]) as IDataObject;
}

/** The event as it was sent. */
export function envelope({ id, provider, type, timestamp, data, test }: StandardEvent): IDataObject {
  return { id, provider, type, timestamp, data: data as IDataObject, ...(test === true ? { test } : {}) };
}
