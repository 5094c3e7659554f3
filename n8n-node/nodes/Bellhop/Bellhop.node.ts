import type { IExecuteFunctions, INodeExecutionData, INodeType, INodeTypeDescription } from 'n8n-workflow';
import { NodeConnectionTypes, NodeOperationError } from 'n8n-workflow';
import { listProperties, publishProperties, webhookProperties } from '../../lib/action-properties.ts';
import { actions, tolerant } from '../../lib/actions.ts';
import { loadOptions } from '../../lib/choices.ts';
import { listSearch } from '../../lib/search.ts';

export class Bellhop implements INodeType {
  description: INodeTypeDescription = {
    displayName: 'Bellhop',
    name: 'bellhop',
    icon: { light: 'file:../../icons/bellhop.svg', dark: 'file:../../icons/bellhop.dark.svg' },
    group: ['output'],
    version: 1,
    subtitle: '={{ $parameter["operation"] + ": " + $parameter["resource"] }}',
    description: 'Publish events through Bellhop, and manage webhooks and their deliveries',
    defaults: { name: 'Bellhop' },
    usableAsTool: true,
    inputs: [NodeConnectionTypes.Main],
    outputs: [NodeConnectionTypes.Main],
    credentials: [{ name: 'bellhopApi', required: true }],
    properties: [
      {
        displayName: 'Resource',
        name: 'resource',
        type: 'options',
        noDataExpression: true,
        options: [
          { name: 'Delivery', value: 'delivery' },
          { name: 'Event', value: 'event' },
          { name: 'Webhook', value: 'webhook' },
        ],
        default: 'event',
      },
      {
        displayName: 'Operation',
        name: 'operation',
        type: 'options',
        noDataExpression: true,
        displayOptions: { show: { resource: ['event'] } },
        options: [
          {
            name: 'Publish',
            value: 'publish',
            action: 'Publish an event',
            description: 'Send an event to every webhook that subscribes to it',
          },
        ],
        default: 'publish',
      },
      {
        displayName: 'Operation',
        name: 'operation',
        type: 'options',
        noDataExpression: true,
        displayOptions: { show: { resource: ['webhook'] } },
        options: [
          {
            name: 'Get Many',
            value: 'getAll',
            action: 'Get many webhooks',
            description: 'List webhooks, newest first',
          },
          {
            name: 'Pause',
            value: 'pause',
            action: 'Pause a webhook',
            description: 'Stop sending; deliveries are held',
          },
          {
            name: 'Resume',
            value: 'resume',
            action: 'Resume a webhook',
            description: 'Send again, beginning with held deliveries',
          },
          { name: 'Send Test', value: 'test', action: 'Send a test to a webhook', description: 'Send a sample now' },
        ],
        default: 'getAll',
      },
      {
        displayName: 'Operation',
        name: 'operation',
        type: 'options',
        noDataExpression: true,
        displayOptions: { show: { resource: ['delivery'] } },
        options: [
          {
            name: 'Get Many',
            value: 'getAll',
            action: 'Get many deliveries',
            description: 'List the deliveries of a webhook, newest first, each with its last attempt',
          },
          { name: 'Replay', value: 'replay', action: 'Replay a delivery', description: 'Send a delivery again' },
        ],
        default: 'getAll',
      },
      ...publishProperties,
      ...webhookProperties,
      ...listProperties,
    ],
  };

  methods = { loadOptions, listSearch };

  async execute(this: IExecuteFunctions): Promise<INodeExecutionData[][]> {
    const output: INodeExecutionData[] = [];
    for (const [item] of this.getInputData().entries()) {
      const name = `${this.getNodeParameter('resource', item)}.${this.getNodeParameter('operation', item)}`;
      const action = actions[name];
      if (!action) throw new NodeOperationError(this.getNode(), `There is no operation ${name}`, { itemIndex: item });
      const results = await (this.continueOnFail() ? tolerant(action) : action)(this, item);
      output.push(...results.map((json) => ({ json, pairedItem: { item } })));
    }
    return [output];
  }
}
