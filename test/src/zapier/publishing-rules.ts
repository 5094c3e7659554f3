import type { DefinedField, DefinedTrigger, Definition } from './definition.ts';
import { flattened } from './definition.ts';

/*
 * Zapier's rules for published apps that its local schema does not check: "Integration check reference" (D…), "Integration
 * publishing requirements" and "Integration build guidelines" at docs.zapier.com. Zapier checks some when an app is promoted
 * and others by hand, weeks later.
 */

/** The rules that the app breaks, each with the place; empty for an app that can be published. */
export function violations(app: Definition, names: readonly string[]): string[] {
  return [
    ...ofAuthentication(app.authentication),
    ...Object.values(app.triggers).flatMap((each) => ofTrigger(each, names)),
  ];
}

type Rule = readonly [broken: boolean, rule: string];

function broken(place: string, rules: readonly Rule[]): string[] {
  return rules.filter(([is]) => is).map(([, rule]) => `${place}: ${rule}`);
}

function ofAuthentication({ connectionLabel = '', fields }: Definition['authentication']): string[] {
  const secrets = fields.filter(({ type, key }) => type === 'password' || /key|secret|token|password/.test(key));
  return [
    ...broken('authentication', [
      [!/\{\{\w+\}\}/.test(connectionLabel), 'D003 the connection label names the account'],
      [secrets.some(({ key }) => connectionLabel.includes(key)), '5.6 the connection label shows no secret'],
      [
        /[a-z]{3}/i.test(connectionLabel.replaceAll(/\{\{.*?\}\}/g, '')),
        '5.6 the connection label has no words of its own',
      ],
    ]),
    ...fields.flatMap((field) => [
      ...ofField(`authentication.${field.key}`, field),
      ...broken(`authentication.${field.key}`, [
        [!/\[[^\]]+\]\(https:\/\/[^)]+\)/.test(field.helpText ?? ''), 'D002 the help text links to where it is found'],
        [secrets.includes(field) && field.type !== 'password', 'D001 a secret is typed as a password'],
      ]),
    ]),
  ];
}

function ofTrigger({ key, noun, display, operation }: DefinedTrigger, names: readonly string[]): string[] {
  const { label, description } = display;
  const words = label.split(' ');
  return [
    ...broken(key, [
      [!/^[a-z]+(?:_[a-z0-9]+)+$/.test(key), 'the key says what happened'],
      [!isTitleCase(label), 'D018 the label is in Title Case'],
      [!/^Triggers when [^.]+\.$/.test(description), 'D021 the description is one sentence "Triggers when …."'],
      [description.split(' ').length > 20, 'the description is short'],
      [names.some((name) => description.includes(name)), 'the description does not name the app'],
      [!/^[A-Z][a-z]+$/.test(noun) || /[^s]s$/.test(noun), 'the noun is one word in the singular'],
      [noun !== 'Event' && !words.includes(noun), 'the noun is in the label'],
      [
        operation.type !== 'hook' || !operation.performSubscribe || !operation.performUnsubscribe,
        'D017 no static hook',
      ],
      [!operation.performList, 'D006 there is a list to test with'],
    ]),
    ...operation.inputFields.flatMap((field) => ofInput(`${key}.${field.key}`, field)),
    ...ofOutput(key, operation),
  ];
}

function ofInput(place: string, field: DefinedField): string[] {
  return [
    ...ofField(place, field),
    ...broken(place, [
      [/key|secret|token|password/.test(field.key), 'D001 credentials belong to the connection'],
      [/\bID$/.test(field.label ?? ''), 'D004 nobody has to type an id'],
      [field.required === true, 'nothing has to be filled in'],
    ]),
  ];
}

function ofField(place: string, { label = '', helpText = '' }: DefinedField): string[] {
  const plain = helpText.replaceAll(/`[^`]*`/g, '').replaceAll(/\[[^\]]+\]\(https:\/\/[^\s)]+\)/g, '');
  return broken(place, [
    [!isTitleCase(label), 'D018 the label is in Title Case'],
    [helpText === '' || helpText.toLowerCase() === label.toLowerCase(), 'D011 the help text says more than the label'],
    [/https?:|[[\]]/.test(plain), 'D008 links are whole Markdown links, other addresses in backticks'],
    [/http:/.test(helpText), 'D007 links begin with https'],
  ]);
}

function ofOutput(key: string, { outputFields, sample }: DefinedTrigger['operation']): string[] {
  const values = flattened(sample);
  const fields = new Map(outputFields.map((field) => [field.key, field]));
  // The lines of an empty list have no keys, so a sample may have none for them.
  const missing = [...fields.keys()].filter((name) => !values.has(name) && !name.includes('[]'));
  return [
    ...broken(key, [
      [values.size === 0, 'D012 there is a sample'],
      [typeof sample.id !== 'string', 'D010 the sample has an id'],
      [fields.size < outputFields.length, 'output fields have keys of their own'],
      [missing.length > 0, `D024 the sample has every output field, but not ${missing.join(', ')}`],
    ]),
    ...outputFields.flatMap((field) =>
      broken(`${key}.${field.key}`, [[!isTitleCase(field.label ?? ''), 'D018 the label is in Title Case']]),
    ),
    ...[...values].flatMap(([name, value]) => valueViolations(`${key}.${name}`, fields.get(name), value)),
  ];
}

/** Also for live data: T003, T005. */
export function valueViolations(place: string, field: DefinedField | undefined, value: unknown): string[] {
  // A list without lines, which are what the output fields would be of.
  if (!field && Array.isArray(value) && value.length === 0) return [];
  if (!field) return [`${place}: D024 there is an output field for it`];
  const one = field.list && Array.isArray(value) ? value : [value];
  return broken(place, [
    [
      one.some((each) => each !== null && !fits(field, each)),
      `D024 its value is of the type ${field.type ?? 'string'}`,
    ],
    [one.some((each) => isTimeWithoutZone(each)), 'D023 its time is in ISO 8601 with a zone'],
  ]);
}

function fits({ type = 'string' }: DefinedField, value: unknown): boolean {
  if (type === 'datetime') return typeof value === 'string' && isIsoTime(value);
  if (type === 'integer') return Number.isInteger(value);
  return typeof value === type;
}

function isIsoTime(text: string): boolean {
  return (
    /^\d{4}-\d\d-\d\d(?:T\d\d:\d\d:\d\d(?:\.\d+)?(?:Z|[+-]\d\d:?\d\d))?$/.test(text) && !Number.isNaN(Date.parse(text))
  );
}

/** A date or a time that is none by ISO 8601, or has no zone. */
function isTimeWithoutZone(value: unknown): boolean {
  if (typeof value !== 'string') return false;
  const looksLikeOne = /^\d{4}-\d\d-\d\d|^\d{1,2}[ ./-](?:\d{1,2}|[A-Za-z]{3,})[ ./-]\d{4}/.test(value);
  return looksLikeOne && !isIsoTime(value);
}

const smallWords = new Set([
  'a',
  'an',
  'and',
  'as',
  'at',
  'by',
  'for',
  'from',
  'in',
  'of',
  'on',
  'or',
  'the',
  'to',
  'with',
]);

function isTitleCase(label: string): boolean {
  const words = label.split(' ');
  return words.every((word, index) => /^\(?[A-Z0-9]/.test(word) || (index > 0 && smallWords.has(word)));
}
