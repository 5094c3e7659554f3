import type { Provider, Webhook } from '../../../api/resources.ts';
import type { Problems } from './bodies.ts';
import type { Draft } from './draft.ts';

/** Props of every part of the form. */
export interface FieldsProps {
  readonly draft: Draft;
  readonly change: (changes: Partial<Draft>) => void;
  readonly provider: Provider;
  readonly problems: Problems;
  /** The webhook being edited; undefined for a new one. */
  readonly webhook: Webhook | undefined;
}

/** The API fields of each value of the draft. */
const apiFields = {
  provider: ['provider'],
  events: ['events', 'event'],
  enabled: ['status'],
  url: ['url'],
  name: ['name'],
  description: ['description'],
  format: ['format'],
  authentication: ['authentication'],
  headers: ['headers'],
  secret: ['signing_secret'],
  filter: ['filter'],
  rateLimit: ['rate_limit'],
  ordering: ['ordering'],
  retry: ['retry'],
  platform: ['platform'],
} as const satisfies Record<keyof Draft, readonly string[]>;

/** API fields whose problems the form shows at their inputs. */
export const shownFields: readonly string[] = Object.values(apiFields).flat();

/** The problems without those of the changed values. */
export function withoutChanged(problems: Problems, changes: Partial<Draft>): Problems {
  const changed: readonly string[] = (Object.keys(changes) as (keyof Draft)[]).flatMap((each) => apiFields[each]);
  return Object.fromEntries(Object.entries(problems).filter(([name]) => !changed.includes(name.split('.')[0] ?? '')));
}

/** Focuses the first field with a problem; opens the disclosures around it. */
export function focusFirstProblem(form: HTMLElement): void {
  const field = form.querySelector<HTMLElement>('[aria-invalid="true"], fieldset[data-invalid] input');
  for (let part = field?.closest('details'); part; part = part.parentElement?.closest('details')) part.open = true;
  (field ?? form.querySelector<HTMLElement>('[data-problem]'))?.focus();
}
