import type { ILoadOptionsFunctions, INodeProperties, INodePropertyOptions } from 'n8n-workflow';
import type { ListedProvider } from '../core/catalogue.ts';
import { providers } from '../core/catalogue.ts';
import { ask } from './server.ts';

/*
 * Parameters that choose a provider and its event types. What the catalogue had at build time is listed without asking
 * anybody; the providers an operator added are asked of the server.
 */

/** The choice "another provider". No provider has this id. */
const fromServer = '@server';

const expression =
  'Choose from the list, or specify an ID using an <a href="https://docs.n8n.io/code/expressions/">expression</a>';

const expressions =
  'Choose from the list, or specify IDs using an <a href="https://docs.n8n.io/code/expressions/">expression</a>';

export interface ChoiceKind {
  /** Whether several event types may be chosen. */
  readonly several: boolean;
  /** For which providers of the catalogue. */
  readonly of: (provider: ListedProvider) => boolean;
  /** When the parameters are shown. */
  readonly show?: Readonly<Record<string, string[]>>;
}

/** `provider` and, for each provider, its event types (`events`, or `event` where there is one). */
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
      description: `A provider that the operator of your Bellhop server added. ${expression}.`,
      displayOptions: { show: { ...show, provider: [fromServer] } },
    },
    ...listed.map((provider) => eventProperty(provider, several, show)),
    serverEventProperty(several, show),
  ];
}

function eventProperty({ id, events }: ListedProvider, several: boolean, show: ChoiceKind['show']): INodeProperties {
  const displayOptions = { show: { ...show, provider: [id] } };
  const options = events.map(({ type, label, description }) => ({ name: label, value: type, description }));
  if (!several) {
    const [first = ''] = events.map(({ type }) => type);
    return {
      displayName: 'Event Type',
      name: 'event',
      type: 'options',
      options,
      default: first,
      required: true,
      displayOptions,
    };
  }
  const description = 'Which events start the workflow';
  return {
    displayName: 'Event Types',
    name: 'events',
    type: 'multiOptions',
    options,
    default: [],
    required: true,
    description,
    displayOptions,
  };
}

function serverEventProperty(several: boolean, show: ChoiceKind['show']): INodeProperties {
  const displayOptions = { show: { ...show, provider: [fromServer] } };
  const typeOptions = { loadOptionsMethod: 'getEventTypes', loadOptionsDependsOn: ['serverProvider'] };
  return several
    ? {
        displayName: 'Event Type Names or IDs',
        name: 'serverEvents',
        type: 'multiOptions',
        typeOptions,
        default: [],
        required: true,
        description: `Which events start the workflow. ${expressions}.`,
        displayOptions,
      }
    : {
        displayName: 'Event Type Name or ID',
        name: 'serverEvent',
        type: 'options',
        typeOptions,
        default: '',
        required: true,
        description: `${expression}.`,
        displayOptions,
      };
}

/** Reads a parameter of a node, of whichever kind its context is. */
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

/** What n8n calls for the lists that the server makes. */
export const loadOptions = {
  async getProviders(this: ILoadOptionsFunctions): Promise<INodePropertyOptions[]> {
    const { data } = (await ask(this, { method: 'GET', path: '/v1/providers' })) as { data: ServerProvider[] };
    return data.map(({ id, name, description }) => ({ name, value: id, description }));
  },

  async getEventTypes(this: ILoadOptionsFunctions): Promise<INodePropertyOptions[]> {
    const provider = String(this.getCurrentNodeParameter('serverProvider') ?? '');
    if (provider === '') return [];
    const path = `/v1/providers/${encodeURIComponent(provider)}`;
    const { events } = (await ask(this, { method: 'GET', path })) as ServerProvider;
    return events.map(({ type, label, description }) => ({ name: label, value: type, description }));
  },
};
