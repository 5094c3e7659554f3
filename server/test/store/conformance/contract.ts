import type { World } from './world.ts';

export interface Clause {
  readonly name: string;
  readonly check: (world: World) => Promise<void>;
}

/** One part of what every store promises: a list of clauses, each checked against an empty store. */
export class Contract {
  readonly title: string;
  readonly clauses: Clause[] = [];

  constructor(title: string) {
    this.title = title;
  }

  readonly test = (name: string, check: Clause['check']): void => {
    this.clauses.push({ name, check });
  };
}
