import type { Filter, JsonValue } from '@bellhop/shared';
import { matchesFilter, parseFilter } from '@bellhop/shared/filter';

/** Filters that stay read. Reading one again takes microseconds, so it matters little which are forgotten. */
const mostKept = 2000;

/** Which events satisfy which filters, as fan-out asks it: the same few filters for event after event. */
export class Filters {
  /** By their text; null: it cannot be read. */
  readonly #read = new Map<string, Filter | null>();

  /** A question about one event; its data is parsed when the first filter asks, and once. */
  event(data: string): (filter: string) => boolean {
    let parsed: JsonValue | undefined;
    return (text) => {
      try {
        const filter = this.#filter(text);
        if (!filter) return true;
        parsed ??= JSON.parse(data) as JsonValue;
        return matchesFilter(filter, parsed);
      } catch {
        // An event too many is better than one lost.
        return true;
      }
    };
  }

  #filter(text: string): Filter | null {
    const known = this.#read.get(text);
    if (known !== undefined) return known;
    const parsed = parseFilter(text);
    const filter = parsed.ok ? parsed.filter : null;
    for (const oldest of this.#read.keys()) {
      if (this.#read.size < mostKept) break;
      this.#read.delete(oldest);
    }
    this.#read.set(text, filter);
    return filter;
  }
}
