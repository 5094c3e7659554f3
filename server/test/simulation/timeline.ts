/** A process as time sees it: while it stands still, what happens to it waits; once it has ended, nothing does. */
export class Host {
  readonly name: string;
  alive = true;
  frozenUntil = 0;
  /** How far its `elapsed` is behind, as its machine slept meanwhile. */
  sleptMs = 0;
  /** Timers that are set. */
  timers = 0;

  constructor(name: string) {
    this.name = name;
  }
}

interface Happening {
  at: number;
  readonly host: Host | undefined;
  readonly run: () => void;
  cancelled: boolean;
}

/** The beginning of every schedule. Unix milliseconds. */
const start = Date.UTC(2026, 0, 1);

/** One queue of everything that happens to anybody; time goes from one to the next. */
export class Timeline {
  now = start;
  /** What is to come, the last first. */
  readonly #queue: Happening[] = [];

  get elapsed(): number {
    return this.now - start;
  }

  /** @param host whom it happens to; default: the world, which never stands still. */
  after(milliseconds: number, run: () => void, host?: Host): () => void {
    const happening: Happening = { at: 0, host, run, cancelled: false };
    this.#insert(happening, this.now + milliseconds);
    return () => {
      happening.cancelled = true;
    };
  }

  /** Lets time pass until `until`, or until `done` says so. */
  async run(until: number, done: () => boolean = () => false): Promise<void> {
    for (let next = this.#queue.at(-1); next && next.at <= until && !done(); next = this.#queue.at(-1)) {
      this.#queue.pop();
      if (next.cancelled || next.host?.alive === false) continue;
      this.now = next.at;
      if (next.host && next.host.frozenUntil > this.now) {
        this.#insert(next, next.host.frozenUntil);
        continue;
      }
      next.run();
      await settled();
    }
    if (!done()) this.now = Math.max(this.now, until);
  }

  /** What comes at the same time comes in the order in which it was inserted. */
  #insert(happening: Happening, at: number): void {
    happening.at = at;
    let [low, high] = [0, this.#queue.length];
    while (low < high) {
      const middle = (low + high) >> 1;
      const other = this.#queue[middle];
      if (other && other.at > at) low = middle + 1;
      else high = middle;
    }
    this.#queue.splice(low, 0, happening);
  }
}

/** Everything that was begun has come to where it waits for time to pass: twice, as what is run by the first may begin more. */
async function settled(): Promise<void> {
  await new Promise(setImmediate);
  await new Promise(setImmediate);
}
