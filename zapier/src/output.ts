import type { EventField, EventType, JsonObject, JsonValue } from '@bellhop/shared';
import { isJsonObject } from '@bellhop/shared';
import type { StandardEvent } from '@bellhop/shared/connector';
import type { PlainOutputField } from 'zapier-platform-core';
import type { NamedField, NamedFields } from './fields.ts';
import { namedFields, outputRows, reserved } from './fields.ts';

/** What a Zap gets. Made here alone, so that live events, listed events and samples have the same keys. */
export interface Output {
  readonly fields: PlainOutputField[];
  /** An event with every field of its schema, empty if absent, and whatever else is in its data. */
  readonly of: (event: StandardEvent) => JsonObject;
  /** A sample with the fields of its schema alone: it must have none that an event could lack. */
  readonly ofSample: (event: StandardEvent) => JsonObject;
}

export function outputOf(types: Readonly<Record<string, EventType>>): Output {
  const named = namedFields(types);
  return {
    fields: outputRows(named),
    of: (event) => shaped(named, event),
    ofSample: (event) => {
      const fields = named.byType.get(event.type)?.map(({ field }) => field) ?? [];
      return shaped(named, { ...event, data: documented(fields, event.data) });
    },
  };
}

function shaped({ all, byType }: NamedFields, { id, type, timestamp, data, test }: StandardEvent): JsonObject {
  const its = byType.get(type) ?? [];
  const values = new Map(its.map(({ name, field }) => [name, filled(field, ownValue(data, field.key))]));
  const keys = new Set(its.map(({ field }) => field.key));
  const others = Object.entries(data).filter(([key]) => !keys.has(key));
  return {
    id,
    event_type: type,
    occurred_at: timestamp,
    test: test === true,
    ...fromEntries(
      all.map(({ name, field }) => [name, values.has(name) ? values.get(name) : filled(field, undefined)]),
    ),
    ...fromEntries(others.map(([key, value]) => [isTaken(all, key) ? `data_${key}` : key, value])),
  };
}

function isTaken(all: readonly NamedField[], name: string): boolean {
  return reserved.has(name) || all.some((each) => each.name === name);
}

/** The value with every key of its schema, so that a Zap can map them. */
function filled(field: EventField, value: JsonValue | undefined): JsonValue {
  if (field.list) return Array.isArray(value) ? value.map((each) => filledObject(field, each)) : (value ?? []);
  return filledObject(field, value ?? null);
}

function filledObject({ type, fields }: EventField, value: JsonValue): JsonValue {
  if (type !== 'object' || !(value === null || isJsonObject(value))) return value;
  const known = fromEntries(fields.map((each) => [each.key, filled(each, ownValue(value ?? {}, each.key))]));
  return { ...known, ...fromEntries(Object.entries(value ?? {}).filter(([key]) => !Object.hasOwn(known, key))) };
}

/** The part of the data that its schema documents. */
function documented(fields: readonly EventField[], data: JsonObject): JsonObject {
  return fromEntries(
    fields
      .filter(({ key }) => Object.hasOwn(data, key))
      .map((field) => [field.key, documentedValue(field, data[field.key] ?? null)]),
  );
}

function documentedValue(field: EventField, value: JsonValue): JsonValue {
  if (Array.isArray(value)) return value.map((each) => documentedValue(field, each));
  return field.type === 'object' && isJsonObject(value) ? documented(field.fields, value) : value;
}

function ownValue(object: JsonObject, key: string): JsonValue | undefined {
  return Object.hasOwn(object, key) ? object[key] : undefined;
}

/** Defines keys rather than assigning them, so `__proto__` stays a key like any other. */
function fromEntries(all: readonly (readonly [string, JsonValue | undefined])[]): JsonObject {
  return Object.fromEntries(all.map(([key, value]) => [key, value ?? null]));
}
