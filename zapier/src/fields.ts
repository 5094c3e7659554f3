import type { EventField, EventType, FieldType } from '@bellhop/shared';
import { describeEventType, eventFields } from '@bellhop/shared';
import type { PlainOutputField } from 'zapier-platform-core';

/** The fields of every event besides its data. */
const eventRows: readonly PlainOutputField[] = [
  { key: 'id', label: 'Event ID', type: 'string' },
  { key: 'event_type', label: 'Event Type', type: 'string' },
  { key: 'occurred_at', label: 'Occurred At', type: 'datetime' },
  { key: 'test', label: 'Test Event', type: 'boolean' },
];

export const reserved: ReadonlySet<string> = new Set(eventRows.map(({ key }) => key));

/** A field of an event's data and its name in the output. */
export interface NamedField {
  readonly name: string;
  readonly field: EventField;
}

export interface NamedFields {
  /** Of all event types, each name once. */
  readonly all: readonly NamedField[];
  readonly byType: ReadonlyMap<string, readonly NamedField[]>;
}

/**
 * Names the fields of a trigger's event types. A field keeps its key, unless the key is reserved: then it is named after
 * its label (`id`, Lead ID: `lead_id`). If types have the same field in different shapes, the later ones' names begin with
 * the type.
 */
export function namedFields(types: Readonly<Record<string, EventType>>): NamedFields {
  const all = new Map<string, EventField>();
  const byType = new Map<string, readonly NamedField[]>();
  for (const [type, eventType] of Object.entries(types)) {
    const fields = eventFields(describeEventType(type, eventType).schema);
    const named = fields.map((field) => besideOthers(all, eventType.label, { name: ownName(field, fields), field }));
    for (const { name, field } of named) all.set(name, all.get(name) ?? field);
    byType.set(type, named);
  }
  return { all: [...all].map(([name, field]) => ({ name, field })), byType };
}

function ownName(field: EventField, siblings: readonly EventField[]): string {
  if (!reserved.has(field.key)) return field.key;
  const name = snakeCase(field.label);
  const taken = reserved.has(name) || siblings.some(({ key }) => key === name);
  return taken ? `data_${field.key}` : name;
}

function besideOthers(all: ReadonlyMap<string, EventField>, label: string, { name, field }: NamedField): NamedField {
  const other = all.get(name);
  if (!other || shapeOf(other) === shapeOf(field)) return { name, field };
  return { name: `${snakeCase(label)}_${name}`, field: { ...field, label: `${label} ${field.label}` } };
}

function shapeOf({ key, type, list, fields }: EventField): string {
  return `${key}:${type}${list ? '[]' : ''}{${fields.map(shapeOf).join()}}`;
}

function snakeCase(label: string): string {
  return label
    .toLowerCase()
    .replaceAll(/[^a-z0-9]+/g, '_')
    .replaceAll(/^_|_$/g, '');
}

/**
 * A trigger's output fields, with keys as Zapier writes them: `parent__key` inside an object, `parent[]key` inside a list of
 * objects. Fields that no schema names are not listed; Zapier shows them once an event has them.
 */
export function outputRows({ all }: NamedFields): PlainOutputField[] {
  return [...eventRows, ...all.flatMap(({ name, field }) => rowsOf(name, field))];
}

function rowsOf(key: string, field: EventField): PlainOutputField[] {
  if (field.type !== 'object') {
    const type = zapierTypes[field.type];
    return [{ key, label: field.label, ...(type ? { type } : {}), ...(field.list ? { list: true } : {}) }];
  }
  const separator = field.list ? '[]' : '__';
  return field.fields.flatMap((inner) => rowsOf(`${key}${separator}${inner.key}`, inner));
}

const zapierTypes: Readonly<Record<Exclude<FieldType, 'object'>, PlainOutputField['type']>> = {
  string: 'string',
  integer: 'integer',
  number: 'number',
  boolean: 'boolean',
  datetime: 'datetime',
  // As a datetime it would be midnight in one time zone and the day before in others.
  date: 'string',
  any: undefined,
};
