import type { JsonObject, JsonValue } from '../json.ts';
import { isJsonObject } from '../json.ts';

/**
 * An object with only the named fields, in the object's own order; `null` names all of them.
 *
 * A name is a field of the object (`owner`) or, one level deeper, a field of one of its objects (`owner.name`,
 * `custom_fields.region`). Fields the object does not have are left out; an object that is `null` stays `null`.
 */
export function project(object: JsonObject, fields: readonly string[] | null): JsonObject {
  if (fields === null) return object;
  return fromEntries(
    Object.entries(object).flatMap(([key, value]) => {
      if (fields.includes(key)) return [[key, value]];
      const inner = fields.filter((field) => field.startsWith(`${key}.`)).map((field) => field.slice(key.length + 1));
      if (inner.length === 0) return [];
      if (isJsonObject(value)) return [[key, pick(value, inner)]];
      return value === null ? [[key, null]] : [];
    }),
  );
}

/** The object with its values replaced; the order of keys stays. */
export function mapValues(object: JsonObject, replace: (key: string, value: JsonValue) => JsonValue): JsonObject {
  return fromEntries(Object.entries(object).map(([key, value]) => [key, replace(key, value)]));
}

function pick(object: JsonObject, keys: readonly string[]): JsonObject {
  return fromEntries(Object.entries(object).filter(([key]) => keys.includes(key)));
}

/** `Object.fromEntries` defines keys instead of assigning them, so `__proto__` stays an ordinary key. */
function fromEntries(entries: readonly (readonly [string, JsonValue])[]): JsonObject {
  return Object.fromEntries(entries);
}
