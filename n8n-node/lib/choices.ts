import type { ILoadOptionsFunctions, INodeProperties, INodePropertyOptions } from 'n8n-workflow';
import type { ListedProvider } from '../core/catalogue.ts';
import { providers } from '../core/catalogue.ts';
import { ask } from './server.ts';

/*
 * Parameters for a provider and its event types. Those of the catalogue are listed as of the build; the server lists those
 * that an operator added.
 */

/** The choice of a provider that the server lists. Not a valid provider id. */
const fromServer = '@server';

const expression = 'using an <a href="https://docs.n8n.io/code/expressions/">expression</a>';
const chooseId = `Choose from the list, or specify an ID ${expression}`;
const chooseIds = `Choose from the list, or specify IDs ${expression}`;

export interface ChoiceKind {
  readonly several: boolean;
  /** Which providers of the catalogue to list. */
  readonly of: (provider: ListedProvider) => boolean;
  /** When to show the parameters. Default: always. */
  readonly show?: Readonly<Record<string, string[]>>;
}

/** `provider` and, for each provider, `events` or `event`. */
export function choiceProperties({ several, of, show = {} }: ChoiceKind): INodeProperties[] {
  const listed = providers.filter(of);
  return [
    {
      displayName: 'Provider',
      name: 'provider',
      type: 'options',
      noDataExpression: true,
      options: [
        ...listed.map(({ id, name }) => ({ name, value: id })),
        { name: 'Another (From Your Server)', value: fromServer },
      ],
      default: listed[0]?.id ?? fromServer,
      description: 'The product whose events they are',
      displayOptions: { show },
    },
    {
      displayName: 'Provider Name or ID',
      name: 'serverProvider',
      type: 'options',
      typeOptions: { loadOptionsMethod: 'getProviders' },
      default: '',
      required: true,
      description: `A provider that the operator of your Bellhop server added. ${chooseId}.`,
      displayOptions: { show: { ...show, provider: [fromServer] } },
    },
    ...listed.map((provider) => eventProperty(provider, several, show)),
    serverEventProperty(several, show),
  ];
}

function eventProperty({ id, events }: ListedProvider, several: boolean, show: ChoiceKind['show']): INodeProperties {
  return {
    displayName: several ? 'Event Types' : 'Event Type',
    name: several ? 'events' : 'event',
    type: several ? 'multiOptions' : 'options',
    options: events.map(({ type, label, description }) => ({ name: label, value: type, description })),
    default: several ? [] : (events[0]?.type ?? ''),
    required: true,
    ...(several ? { description: 'Which events start the workflow' } : {}),
    displayOptions: { show: { ...show, provider: [id] } },
  };
}

function serverEventProperty(several: boolean, show: ChoiceKind['show']): INodeProperties {
  return {
    displayName: several ? 'Event Type Names or IDs' : 'Event Type Name or ID',
    name: several ? 'serverEvents' : 'serverEvent',
    type: several ? 'multiOptions' : 'options',
    typeOptions: { loadOptionsMethod: 'getEventTypes', loadOptionsDependsOn: ['serverProvider'] },
    default: several ? [] : '',
    required: true,
    description: several ? `Which events start the workflow. ${chooseIds}.` : `${chooseId}.`,
    displayOptions: { show: { ...show, provider: [fromServer] } },
  };
}

/** `getNodeParameter` of any context. */
export type ReadParameter = (name: string) => unknown;

export function chosenProvider(read: ReadParameter): string {
  const provider = String(read('provider'));
  return provider === fromServer ? String(read('serverProvider')) : provider;
}

export function chosenEvents(read: ReadParameter): string[] {
  const chosen = read(read('provider') === fromServer ? 'serverEvents' : 'events');
  return Array.isArray(chosen) ? [...new Set(chosen.map(String))] : [];
}

export function chosenEvent(read: ReadParameter): string {
  return String(read(read('provider') === fromServer ? 'serverEvent' : 'event'));
}

interface ServerProvider {
  readonly id: string;
  readonly name: string;
  readonly description: string;
  readonly events: readonly { readonly type: string; readonly label: string; readonly description: string }[];
}

export const loadOptions = {
  async getProviders(this: ILoadOptionsFunctions): Promise<INodePropertyOptions[]> {
    const { data } = await ask<{ data: ServerProvider[] }>(this, { method: 'GET', path: '/v1/providers' });
    return data.map(({ id, name, description }) => ({ name, value: id, description }));
  },

  async getEventTypes(this: ILoadOptionsFunctions): Promise<INodePropertyOptions[]> {
    const provider = String(this.getCurrentNodeParameter('serverProvider') ?? '');
    if (provider === '') return [];
    const path = `/v1/providers/${encodeURIComponent(provider)}`;
    const { events } = await ask<ServerProvider>(this, { method: 'GET', path });
    return events.map(({ type, label, description }) => ({ name: label, value: type, description }));
  },
};
