import type { Report } from '../report.ts';
import type { Stage } from '../stage.ts';

export interface Scenario {
  readonly name: string;
  /** One line: what it answers. */
  readonly question: string;
  /** Seconds after which it is broken off. */
  readonly longestSeconds: { readonly full: number; readonly quick: number };
  run(stage: Stage): Promise<Report[]>;
}
