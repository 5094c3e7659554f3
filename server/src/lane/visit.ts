import type { Clock } from '../clock.ts';
import type { Entrant, Place, Wire } from './wire.ts';

/** A request that is no delivery of a lane, on its way to a place on the wire. */
class Visitor implements Entrant {
  readonly host: string;
  readonly party: string;
  readonly suspect = false;
  readonly inFlight = 0;
  #onTurn: () => void = () => {};

  constructor(host: string, party: string) {
    this.host = host;
    this.party = party;
  }

  turnsSlow(): void {}

  turn(): void {
    this.#onTurn();
  }

  /** Resolves with undefined when there was no place for so long. */
  enter(wire: Wire<Entrant>, clock: Pick<Clock, 'after'>, longestMs: number): Promise<Place<Entrant> | undefined> {
    const { promise, resolve } = Promise.withResolvers<Place<Entrant> | undefined>();
    const attempt = () => {
      const place = wire.enter(this);
      if (place) settle(place);
    };
    const settle = (place: Place<Entrant> | undefined) => {
      cancel();
      this.#onTurn = () => {};
      resolve(place);
    };
    const cancel = clock.after(longestMs, () => settle(undefined));
    this.#onTurn = attempt;
    attempt();
    return promise;
  }
}

export interface Visit {
  readonly url: string;
  /** Whose request it is. */
  readonly party: string;
  /** Milliseconds to wait for a place. */
  readonly longestMs: number;
}

/** Sends a request in its turn among the deliveries. Undefined: it found no place. */
export async function visit<Result>(
  wire: Wire<Entrant>,
  clock: Pick<Clock, 'after'>,
  { url, party, longestMs }: Visit,
  send: () => Promise<Result>,
): Promise<Result | undefined> {
  const place = await new Visitor(URL.parse(url)?.host ?? '', party).enter(wire, clock, longestMs);
  if (!place) return undefined;
  try {
    return await send();
  } finally {
    wire.leave(place);
  }
}
