type Json = Readonly<Record<string, unknown>>;

/** Levels of nested fields to suggest. */
const maximumDepth = 3;

/**
 * Suggestions for a list of texts, taken from the events' samples: for `contact_fields` the fields of `contact`, for
 * `won_stages` the values of `stage` and `previous_stage`.
 */
export function suggestionsFor(setting: string, samples: readonly Json[]): readonly string[] {
  const object = /^(.+)_fields$/.exec(setting)?.[1];
  const found = object
    ? samples.flatMap((sample) => pathsOf(sample[object], '', maximumDepth))
    : samples.flatMap((sample) => valuesOf(sample, singular(setting)));
  return [...new Set(found)];
}

/** `won_stages`: `stage` */
function singular(setting: string): string {
  const last = setting.split('_').at(-1) ?? '';
  return last.replace(/s$/, '');
}

function pathsOf(value: unknown, before: string, levels: number): string[] {
  if (!isObject(value) || levels === 0) return [];
  return Object.entries(value).flatMap(([key, each]) => [
    before + key,
    ...pathsOf(each, `${before}${key}.`, levels - 1),
  ]);
}

function valuesOf(value: unknown, name: string): string[] {
  if (!isObject(value)) return [];
  return Object.entries(value).flatMap(([key, each]) =>
    typeof each === 'string' && (key === name || key.endsWith(`_${name}`)) ? [each] : valuesOf(each, name),
  );
}

function isObject(value: unknown): value is Json {
  return typeof value === 'object' && value !== null && !Array.isArray(value);
}
