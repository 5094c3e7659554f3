import type { EventType } from '@bellhop/shared';
import type { Bundle, PlainInputField } from 'zapier-platform-core';
import { links } from './edition.ts';
import { exampleFilter } from './example-filter.ts';

type Types = Readonly<Record<string, EventType>>;

/** All of them optional. */
export function inputFields(types: Types): PlainInputField[] {
  return Object.keys(types).length > 1 ? [eventsField(types), filterField(types)] : [filterField(types)];
}

function eventsField(types: Types): PlainInputField {
  return {
    key: 'events',
    label: 'Events',
    type: 'string',
    list: true,
    choices: Object.entries(types).map(([value, { label }]) => ({ value, label, sample: value })),
    helpText: 'Which events trigger the Zap. Leave it empty for all of them.',
  };
}

function filterField(types: Types): PlainInputField {
  const [type = '', eventType] = Object.entries(types)[0] ?? [];
  const example = eventType && exampleFilter(type, eventType);
  const suchAs = example === undefined ? '' : `, such as \`${example}\``;
  return {
    key: 'filter',
    label: 'Filter',
    type: 'string',
    helpText: `Trigger only for events whose data satisfies this${suchAs}. [Learn to write a filter](${links.filter}).`,
  };
}

/** Default: all. */
export function chosenTypes(types: Types, { inputData }: Bundle): string[] {
  const chosen = Array.isArray(inputData.events) ? inputData.events : [inputData.events];
  const wanted = Object.keys(types).filter((type) => chosen.includes(type));
  return wanted.length > 0 ? wanted : Object.keys(types);
}

export function filterOf({ inputData }: Bundle): string | null {
  const text = typeof inputData.filter === 'string' ? inputData.filter.trim() : '';
  return text === '' ? null : text;
}
