import type { INodeProperties } from 'n8n-workflow';
import { choiceProperties } from './choices.ts';

const publishing = { resource: ['event'], operation: ['publish'] };
const listing = { resource: ['webhook', 'delivery'], operation: ['getAll'] };
const ofOneWebhook = [
  { resource: ['webhook'], operation: ['pause', 'resume', 'test'] },
  { resource: ['delivery'], operation: ['getAll'] },
];

export const publishProperties: INodeProperties[] = [
  ...choiceProperties({ several: false, of: ({ publishable }) => publishable, show: publishing }),
  {
    displayName: 'Data',
    name: 'data',
    type: 'json',
    default: '={{ $json }}',
    required: true,
    description: "The event's data as a JSON object. The server checks it against the event type's schema.",
    displayOptions: { show: publishing },
  },
  {
    displayName: 'Options',
    name: 'options',
    type: 'collection',
    placeholder: 'Add option',
    default: {},
    displayOptions: { show: publishing },
    options: [
      {
        displayName: 'Idempotency Key',
        name: 'idempotencyKey',
        type: 'string',
        default: '',
        placeholder: 'e.g. lead-17-created',
        description: 'Publishing again with the same key within 24 hours publishes nothing new',
      },
      {
        displayName: 'Occurred At',
        name: 'occurredAt',
        type: 'dateTime',
        default: '',
        description: 'When it happened. Now, if left empty.',
      },
    ],
  },
];

export const webhookProperties: INodeProperties[] = [
  ...ofOneWebhook.map(
    (show): INodeProperties => ({
      displayName: 'Webhook',
      name: 'webhookId',
      type: 'resourceLocator',
      default: { mode: 'list', value: '' },
      required: true,
      displayOptions: { show },
      modes: [
        {
          displayName: 'From List',
          name: 'list',
          type: 'list',
          typeOptions: { searchListMethod: 'searchWebhooks', searchable: true },
        },
        {
          displayName: 'By ID',
          name: 'id',
          type: 'string',
          placeholder: 'e.g. wh_01890a5d-ac96-774b-bcce-b302099a8057',
        },
      ],
    }),
  ),
  {
    displayName: 'Delivery ID',
    name: 'deliveryId',
    type: 'string',
    default: '',
    required: true,
    placeholder: 'e.g. dlv_01890a5d-ac96-774b-bcce-b302099a8057',
    displayOptions: { show: { resource: ['delivery'], operation: ['replay'] } },
  },
];

export const listProperties: INodeProperties[] = [
  {
    displayName: 'Return All',
    name: 'returnAll',
    type: 'boolean',
    default: false,
    description: 'Whether to return all results or only up to a given limit',
    displayOptions: { show: listing },
  },
  {
    displayName: 'Limit',
    name: 'limit',
    type: 'number',
    typeOptions: { minValue: 1 },
    default: 50,
    description: 'Max number of results to return',
    displayOptions: { show: { ...listing, returnAll: [false] } },
  },
  {
    displayName: 'Filters',
    name: 'filters',
    type: 'collection',
    placeholder: 'Add filter',
    default: {},
    displayOptions: { show: { resource: ['webhook'], operation: ['getAll'] } },
    options: [
      {
        displayName: 'Provider ID',
        name: 'provider',
        type: 'string',
        default: '',
        description: 'Only webhooks of this provider',
      },
      {
        displayName: 'Status',
        name: 'status',
        type: 'options',
        default: 'active',
        options: [
          { name: 'Active', value: 'active' },
          { name: 'Disabled', value: 'disabled' },
          { name: 'Gone', value: 'gone' },
          { name: 'Paused', value: 'paused' },
        ],
      },
    ],
  },
];
