/** JSON Schema of an event type's data ({@link EventTypeDescription}). */
export type JsonSchema = Readonly<Record<string, unknown>>;

/** `date` has no time; `datetime` is ISO 8601 with a zone; `any`: the schema does not say. */
export type FieldType = 'string' | 'integer' | 'number' | 'boolean' | 'date' | 'datetime' | 'object' | 'any';

/** One field of an event's data, as connectors offer it for mapping. */
export interface EventField {
  readonly key: string;
  /** Includes the labels of parent fields: `Opportunity Owner Name`. */
  readonly label: string;
  readonly description: string | undefined;
  /** Type of the value, or of each element of a list. */
  readonly type: FieldType;
  readonly list: boolean;
  /** True when every event, or every parent object, has the field. */
  readonly required: boolean;
  readonly nullable: boolean;
  /** Fields of an object; empty when the schema does not list them. */
  readonly fields: readonly EventField[];
}

/** Levels of objects to describe. Ends the recursion of a schema that refers to itself. */
const maximumDepth = 6;

/** The fields of an event type's data, in schema order, labelled with the schema's titles. */
export function eventFields(schema: JsonSchema): readonly EventField[] {
  const context = { root: schema, depth: 0 };
  return fieldsOfObject(simplified(schema, context), '', context);
}

interface Context {
  readonly root: JsonSchema;
  readonly depth: number;
}

function fieldsOfObject(schema: JsonSchema, parentLabel: string, context: Context): EventField[] {
  if (context.depth >= maximumDepth) return [];
  const deeper = { ...context, depth: context.depth + 1 };
  const required = requiredOf(schema);
  return Object.entries(record(schema.properties)).map(([key, each]) => ({
    ...fieldOf(key, record(each), parentLabel, deeper),
    required: required.includes(key),
  }));
}

function requiredOf({ required }: JsonSchema): readonly unknown[] {
  return Array.isArray(required) ? required : [];
}

function fieldOf(key: string, schema: JsonSchema, parentLabel: string, context: Context): Omit<EventField, 'required'> {
  const own = simplified(schema, context);
  const list = own.type === 'array';
  const element = list ? simplified(record(own.items), context) : own;
  const label = joined(parentLabel, text(schema.title) ?? text(own.title) ?? humanized(key));
  const type = typeOf(element);
  const fields = type === 'object' ? fieldsOfObject(element, label, context) : [];
  const description = text(schema.description) ?? text(own.description);
  return { key, label, description, type, list, nullable: admitsNull(schema, context), fields };
}

/** Reads the original schema, as {@link simplified} drops `null`. */
function admitsNull(schema: JsonSchema, context: Context): boolean {
  const { type, enum: values, anyOf, oneOf } = dereferenced(schema, context.root);
  if (type === 'null' || (Array.isArray(type) && type.includes('null'))) return true;
  if (Array.isArray(values) && values.includes(null)) return true;
  const deeper = { ...context, depth: context.depth + 1 };
  return deeper.depth <= maximumDepth && [...array(anyOf), ...array(oneOf)].some((each) => admitsNull(each, deeper));
}

/** The schema with references resolved and `null` dropped. Alternatives of different types are left out. */
function simplified(schema: JsonSchema, context: Context): JsonSchema {
  const { anyOf, oneOf, allOf, ...rest } = dereferenced(schema, context.root);
  const base = merged([...array(allOf).map((each) => simplified(each, context)), rest]);
  const alternatives = [...array(anyOf), ...array(oneOf)].map((each) => simplified(each, context));
  const [first, ...others] = alternatives.filter(({ type }) => type !== 'null');
  if (!first) return { ...base, type: withoutNull(base.type) };
  const type = typeOf(first);
  const alike = others.every((each) => type !== 'object' && typeOf(each) === type);
  return alike ? { ...first, ...base, type: first.type } : base;
}

function merged(parts: readonly JsonSchema[]): JsonSchema {
  if (parts.length === 1) return parts[0] ?? {};
  return Object.assign({}, ...parts, {
    properties: Object.assign({}, ...parts.map((part) => record(part.properties))),
    required: parts.flatMap(requiredOf),
  });
}

function dereferenced(schema: JsonSchema, root: JsonSchema): JsonSchema {
  const reference = text(schema.$ref);
  if (!reference?.startsWith('#')) return schema;
  const steps = reference.split('/').slice(1);
  const target = steps.reduce((at, step) => record(at[step.replaceAll('~1', '/').replaceAll('~0', '~')]), root);
  return { ...target, ...schema, $ref: undefined };
}

function withoutNull(type: unknown): unknown {
  if (!Array.isArray(type)) return type;
  const others = type.filter((each) => each !== 'null');
  if (others.length === 1) return others[0];
  return others.every((each) => each === 'number' || each === 'integer') ? 'number' : undefined;
}

function typeOf(schema: JsonSchema): FieldType {
  const { type, format } = schema;
  if (type === 'string') return format === 'date-time' ? 'datetime' : format === 'date' ? 'date' : 'string';
  if (type === 'integer' || type === 'number' || type === 'boolean' || type === 'object') return type;
  const values = schema.enum ?? (schema.const === undefined ? [] : [schema.const]);
  if (!Array.isArray(values) || values.length === 0) return 'any';
  const kinds = [...new Set(values.filter((value) => value !== null).map((value) => typeof value))];
  const [kind] = kinds;
  return kinds.length === 1 && (kind === 'string' || kind === 'number' || kind === 'boolean') ? kind : 'any';
}

/** `Opportunity Owner` and `Owner Name`: `Opportunity Owner Name`, without repeating the shared words. */
function joined(parent: string, label: string): string {
  const [before, after] = [words(parent), words(label)];
  for (let shared = Math.min(before.length, after.length); shared > 0; shared -= 1) {
    const end = before.slice(-shared).join(' ').toLowerCase();
    if (end === after.slice(0, shared).join(' ').toLowerCase()) return [...before, ...after.slice(shared)].join(' ');
  }
  return [...before, ...after].join(' ');
}

const initialisms = new Set(['id', 'url', 'uri', 'ip', 'ai', 'sms', 'utc']);

/** `caller_phone`, `callerPhone`: `Caller Phone`. */
function humanized(key: string): string {
  const split = key.replaceAll(/([a-z0-9])([A-Z])/g, '$1 $2').replaceAll(/[_\-.\s]+/g, ' ');
  return words(split)
    .map((word) =>
      initialisms.has(word.toLowerCase()) ? word.toUpperCase() : word.charAt(0).toUpperCase() + word.slice(1),
    )
    .join(' ');
}

function words(text: string): string[] {
  return text.split(' ').filter((word) => word !== '');
}

function text(value: unknown): string | undefined {
  return typeof value === 'string' && value !== '' ? value : undefined;
}

function record(value: unknown): JsonSchema {
  return typeof value === 'object' && value !== null && !Array.isArray(value) ? (value as JsonSchema) : {};
}

function array(value: unknown): JsonSchema[] {
  return Array.isArray(value) ? value.map(record) : [];
}
