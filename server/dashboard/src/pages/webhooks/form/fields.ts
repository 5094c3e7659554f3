import type { Provider, Webhook } from '../../../api/resources.ts';
import type { Problems } from './bodies.ts';
import type { Draft } from './draft.ts';

/** What every part of the form is given. */
export interface FieldsProps {
  readonly draft: Draft;
  readonly change: (changes: Partial<Draft>) => void;
  readonly provider: Provider;
  readonly problems: Problems;
  /** The webhook that is changed; undefined for a new one. */
  readonly webhook: Webhook | undefined;
}

/** Where in the API the values of the draft go: names of its fields. */
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

/** Fields of the API whose problems the form shows beside them. */
export const shownFields: readonly string[] = Object.values(apiFields).flat();

/** The problems that are left once these values have been changed. */
export function withoutThoseOf(problems: Problems, changes: Partial<Draft>): Problems {
  const changed: readonly string[] = (Object.keys(changes) as (keyof Draft)[]).flatMap((each) => apiFields[each]);
  return Object.fromEntries(Object.entries(problems).filter(([name]) => !changed.includes(name.split('.')[0] ?? '')));
}

/** Moves the focus to the first field in a form that has a problem, also where it is folded away. */
export function focusFirstProblem(form: HTMLElement): void {
  const field = form.querySelector<HTMLElement>('[aria-invalid="true"], fieldset[data-invalid] input');
  for (let part = field?.closest('details'); part; part = part.parentElement?.closest('details')) part.open = true;
  (field ?? form.querySelector<HTMLElement>('[data-problem]'))?.focus();
}
