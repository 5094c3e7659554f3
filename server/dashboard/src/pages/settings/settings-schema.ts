import type { JsonSchema } from '@bellhop/shared/event-fields';
import { eventFields } from '@bellhop/shared/event-fields';
import type { Provider } from '../../api/resources.ts';
import { suggestionsFor } from './suggestions.ts';

/** One setting, as a form field. */
export interface Setting {
  readonly name: string;
  readonly label: string;
  readonly description: string | undefined;
  /** `texts`: a list of texts. `json`: any other type. */
  readonly kind: 'texts' | 'text' | 'number' | 'switch' | 'json';
  /** True if an empty value is sent as null, such as "all fields". */
  readonly nullable: boolean;
  readonly suggestions: readonly string[];
}

export function settingsOf({ settings, events }: Provider): readonly Setting[] {
  const schema: JsonSchema = settings?.schema ?? {};
  const samples = events.map(({ sample }) => sample);
  return eventFields(schema).map(({ key, label, description, type, list, nullable }) => ({
    name: key,
    label,
    description,
    kind: kindOf(type, list),
    nullable,
    suggestions: list ? suggestionsFor(key, samples) : [],
  }));
}

function kindOf(type: string, list: boolean): Setting['kind'] {
  if (list) return type === 'string' ? 'texts' : 'json';
  if (type === 'string' || type === 'date' || type === 'datetime') return 'text';
  if (type === 'integer' || type === 'number') return 'number';
  return type === 'boolean' ? 'switch' : 'json';
}
