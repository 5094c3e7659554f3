import type { EventField, EventType, JsonObject, JsonValue } from '@bellhop/shared';
import { describeEventType, eventFields, isJsonObject } from '@bellhop/shared';

/** A filter that matches the event type's sample; undefined if no field is suitable. */
export function exampleFilter(type: string, eventType: EventType): string | undefined {
  const fields = eventFields(describeEventType(type, eventType).schema);
  const values = fields.flatMap((field) => valuesOf('', field, eventType.sample));
  const [amount] = values.filter(({ value }) => typeof value === 'number' && value > 0);
  if (amount) return `${amount.path} >= ${amount.value}`;
  const texts = values.filter(({ value }) => typeof value === 'string' && value.length <= 40);
  // A single word is probably one of an enumeration.
  const text = texts.find(({ value }) => /^[a-z_-]+$/.test(String(value))) ?? texts[0];
  return text && `${text.path} == ${JSON.stringify(text.value)}`;
}

interface Value {
  readonly path: string;
  readonly value: JsonValue;
}

function valuesOf(parent: string, { key, type, list, fields }: EventField, data: JsonObject): Value[] {
  // Nobody filters by an id or a code.
  if (list || !Object.hasOwn(data, key) || !/^[A-Za-z]\w*$/.test(key) || /(?:^|_)(?:id|code)$/.test(key)) return [];
  const value = data[key] ?? null;
  const path = `${parent}${key}`;
  if (type !== 'object') return [{ path, value }];
  return isJsonObject(value) ? fields.flatMap((field) => valuesOf(`${path}.`, field, value)) : [];
}
