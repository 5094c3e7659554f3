import type { JsonObject } from '../json.ts';
import { isJsonObject } from '../json.ts';

/** An event in the standard format. */
export interface StandardEvent {
  readonly id: string;
  readonly provider: string;
  readonly type: string;
  /** ISO 8601. */
  readonly timestamp: string;
  readonly data: JsonObject;
  /** True for a test that somebody sends; a live event has no such key. */
  readonly test?: boolean;
}

export function isStandardEvent(value: unknown): value is StandardEvent {
  if (!isJsonObject(value) || !isJsonObject(value.data)) return false;
  return ['id', 'provider', 'type', 'timestamp'].every((name) => typeof value[name] === 'string');
}
