import type { Budget, Filter, JsonValue } from '@bellhop/shared';
import { filterSteps, matchesFilter, parseFilter } from '@bellhop/shared/filter';

/** The eviction order does not matter, as parsing a filter takes microseconds. */
const maxFilters = 2000;

/** Characters of an event that cost as much to parse as a step of a filter. */
const charactersPerStep = 50;

/** Matches events against filters in fan-out. Caches parsed filters, as the same ones apply to event after event. */
export class Filters {
  /** By text; null: invalid. */
  readonly #parsed = new Map<string, Filter | null>();

  /**
   * Returns a predicate for one event. The data is parsed once, for the first filter, and each filter evaluated once.
   *
   * @param all the steps of all events together are taken from it
   */
  event(data: string, all: Budget): (filter: string) => boolean {
    let parsed: JsonValue | undefined;
    const own: Budget = { left: filterSteps };
    const verdicts = new Map<string, boolean>();
    const evaluate = (text: string): boolean => {
      const before = own.left;
      try {
        const filter = this.#filter(text);
        if (!filter || own.left < 0) return true;
        if (parsed === undefined) {
          parsed = JSON.parse(data) as JsonValue;
          all.left -= data.length / charactersPerStep;
        }
        return matchesFilter(filter, parsed, own);
      } catch {
        // Better an event too many than one lost.
        return true;
      } finally {
        all.left -= before - own.left;
      }
    };
    return (text) => {
      const verdict = verdicts.get(text) ?? evaluate(text);
      verdicts.set(text, verdict);
      return verdict;
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
