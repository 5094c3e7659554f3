import type { JsonObject, JsonValue } from '../src/index.ts';

/** The part of JSON Schema that the catalogue's schemas use. */
export interface JsonSchema {
  title?: string;
  type?: string | string[];
  anyOf?: JsonSchema[];
  properties?: Record<string, JsonSchema>;
  items?: JsonSchema;
  required?: string[];
}

export interface Property {
  path: (string | number)[];
  schema: JsonSchema;
  required: boolean;
}

/** Every property of a schema, nested ones too; `0` stands for an item of an array. */
export function propertiesOf(schema: JsonSchema, path: (string | number)[] = []): Property[] {
  const own = Object.entries(schema.properties ?? {}).flatMap(([key, property]) => [
    { path: [...path, key], schema: property, required: schema.required?.includes(key) ?? false },
    ...propertiesOf(property, [...path, key]),
  ]);
  const items = schema.items ? propertiesOf(schema.items, [...path, 0]) : [];
  return [...own, ...items, ...(schema.anyOf ?? []).flatMap((each) => propertiesOf(each, path))];
}

export function typesOf(schema: JsonSchema): string[] {
  return [schema.type ?? [], (schema.anyOf ?? []).map(typesOf)].flat(2);
}

export function valueAt(value: JsonValue | undefined, path: (string | number)[]): unknown {
  return path.reduce<unknown>((inner, key) => (inner as Record<string | number, unknown> | undefined)?.[key], value);
}

/** True if there is a value at the path; for an array, in one of its items. */
export function hasValueAt(value: unknown, [key, ...rest]: (string | number)[]): boolean {
  if (key === undefined) return value !== undefined;
  if (Array.isArray(value)) return value.some((item) => hasValueAt(item, rest));
  return hasValueAt((value as Record<string, unknown> | undefined)?.[key], rest);
}

/** A copy with another value at the path; without the key when the value is `undefined`. */
export function withValueAt(object: JsonObject, path: (string | number)[], value: unknown): JsonObject {
  const copy = structuredClone(object) as JsonObject;
  const parent = valueAt(copy, path.slice(0, -1)) as Record<string | number, unknown>;
  const key = path.at(-1) ?? '';
  if (value === undefined) delete parent[key];
  else parent[key] = value;
  return copy;
}
