import { isJsonObject } from '@bellhop/shared';

/** An app as Zapier sees it: what the command `definition` answers, as far as the tests look at it. */
export interface Definition {
  readonly version: string;
  readonly authentication: {
    readonly connectionLabel?: string;
    readonly fields: readonly DefinedField[];
  };
  readonly triggers: Readonly<Record<string, DefinedTrigger>>;
}

export interface DefinedField {
  readonly key: string;
  readonly label?: string;
  readonly helpText?: string;
  readonly type?: string;
  readonly list?: boolean;
  readonly required?: boolean;
  readonly placeholder?: string;
}

export interface DefinedTrigger {
  readonly key: string;
  readonly noun: string;
  readonly display: { readonly label: string; readonly description: string };
  readonly operation: {
    readonly type: string;
    readonly performSubscribe?: unknown;
    readonly performUnsubscribe?: unknown;
    readonly performList?: unknown;
    readonly inputFields: readonly DefinedField[];
    readonly outputFields: readonly DefinedField[];
    readonly sample: Readonly<Record<string, unknown>>;
  };
}

/** The key of the trigger of an event type. */
export function triggerKey(provider: string, type: string): string {
  return `${provider}_${type.replaceAll('.', '_')}`;
}

/**
 * The fields of a Zap's data by their keys as Zapier writes them (`data__amount`, `lines[]price`), each with a value. An empty
 * list has the list's own key; an object without keys has none.
 */
export function flattened(value: unknown, key = ''): Map<string, unknown> {
  if (Array.isArray(value)) {
    const lines = value.filter(isJsonObject);
    return lines.length > 0 ? merged(lines.map((each) => flattened(each, `${key}[]`))) : new Map([[key, value]]);
  }
  if (!isJsonObject(value)) return new Map([[key, value]]);
  const separator = key === '' || key.endsWith('[]') ? '' : '__';
  return merged(Object.entries(value).map(([name, each]) => flattened(each, `${key}${separator}${name}`)));
}

function merged(maps: readonly Map<string, unknown>[]): Map<string, unknown> {
  return new Map(maps.flatMap((each) => [...each]));
}
