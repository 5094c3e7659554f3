import type { Filter, JsonValue } from '@bellhop/shared';
import { matchesFilter, parseFilter } from '@bellhop/shared/filter';

/** The eviction order does not matter, as parsing a filter takes microseconds. */
const maxFilters = 2000;

/** Matches events against filters in fan-out. Caches parsed filters, as the same ones apply to event after event. */
export class Filters {
  /** By text; null: invalid. */
  readonly #parsed = new Map<string, Filter | null>();

  /** Returns a predicate for one event. The data is parsed once, for the first filter. */
  event(data: string): (filter: string) => boolean {
    let parsed: JsonValue | undefined;
    return (text) => {
      try {
        const filter = this.#filter(text);
        if (!filter) return true;
        parsed ??= JSON.parse(data) as JsonValue;
        return matchesFilter(filter, parsed);
      } catch {
        // Better an event too many than one lost.
        return true;
      }
    };
  }

  #filter(text: string): Filter | null {
    const known = this.#parsed.get(text);
    if (known !== undefined) return known;
    const parsed = parseFilter(text);
    const filter = parsed.ok ? parsed.filter : null;
    for (const oldest of this.#parsed.keys()) {
      if (this.#parsed.size < maxFilters) break;
      this.#parsed.delete(oldest);
    }
    this.#parsed.set(text, filter);
    return filter;
  }
}
