import type {
  IHookFunctions,
  INodeType,
  INodeTypeDescription,
  IWebhookFunctions,
  IWebhookResponseData,
} from 'n8n-workflow';
import { NodeConnectionTypes } from 'n8n-workflow';
import { choiceProperties, chosenEvents, chosenProvider, loadOptions } from '../../lib/choices.ts';
import { envelope, simplified } from '../../lib/output.ts';
import { isShuttingDown, receive, refusalOf, statusOf } from '../../lib/receive.ts';
import { create, exists, remove } from '../../lib/subscription.ts';

export class BellhopTrigger implements INodeType {
  description: INodeTypeDescription = {
    displayName: 'Bellhop Trigger',
    name: 'bellhopTrigger',
    icon: { light: 'file:../../icons/bellhop.svg', dark: 'file:../../icons/bellhop.dark.svg' },
    group: ['trigger'],
    version: 1,
    subtitle: '={{ ($parameter["events"] || $parameter["serverEvents"] || []).join(", ") }}',
    description: 'Starts the workflow when an event happens in a product that sends its events through Bellhop',
    eventTriggerDescription: '',
    activationMessage: 'Bellhop now sends these events to this workflow.',
    defaults: { name: 'Bellhop Trigger' },
    inputs: [],
    outputs: [NodeConnectionTypes.Main],
    credentials: [{ name: 'bellhopApi', required: true }],
    webhooks: [
      {
        name: 'default',
        httpMethod: 'POST',
        responseMode: 'onReceived',
        // Empty: n8n answers with the node's `webhookResponse`, after it has stored the execution.
        responseData: '',
        path: 'webhook',
      },
    ],
    properties: [
      ...choiceProperties({ several: true, of: () => true }),
      {
        displayName: 'Simplify',
        name: 'simple',
        type: 'boolean',
        default: true,
        description: 'Whether to return a simplified version of the response instead of the raw data',
      },
      {
        displayName: 'Options',
        name: 'options',
        type: 'collection',
        placeholder: 'Add option',
        default: {},
        options: [
          {
            displayName: 'Filter',
            name: 'filter',
            type: 'string',
            default: '',
            placeholder: 'e.g. score >= 80',
            description:
              'Start the workflow only for events whose data matches. The Bellhop server checks it and sends nothing else.',
          },
        ],
      },
    ],
  };

  methods = { loadOptions };

  webhookMethods = {
    default: {
      async checkExists(this: IHookFunctions): Promise<boolean> {
        return exists(this);
      },

      async create(this: IHookFunctions): Promise<boolean> {
        await create(this);
        return true;
      },

      async delete(this: IHookFunctions): Promise<boolean> {
        await remove(this);
        return true;
      },
    },
  };

  async webhook(this: IWebhookFunctions): Promise<IWebhookResponseData> {
    if (isShuttingDown(this)) {
      // The server tries again on another connection, when n8n is back.
      this.getResponseObject().status(503).set('Connection', 'close').json({ error: 'n8n_is_shutting_down' });
      return { noWebhookResponse: true };
    }
    const received = await receive(this);
    if (!received.ok) {
      // For an error, n8n would answer 500 and keep a failed execution.
      this.getResponseObject().status(statusOf(received.reason)).json(refusalOf(received.reason));
      return { noWebhookResponse: true };
    }
    const { event } = received;
    // What the server waits for; it takes no other answer for a delivery.
    const receipt = { received: event.id };
    const read = (name: string) => this.getNodeParameter(name, undefined);
    if (event.provider !== chosenProvider(read) || !chosenEvents(read).includes(event.type)) {
      // Sent before the workflow was edited.
      this.getResponseObject()
        .status(200)
        .json({ ...receipt, ignored: event.type });
      return { noWebhookResponse: true };
    }
    const json = this.getNodeParameter('simple', true) === true ? simplified(event) : envelope(event);
    return { workflowData: [[{ json }]], webhookResponse: receipt };
  }
}
