import type { Client } from '@bellhop/shared';
import { afterAll, beforeAll } from 'vitest';
import type { TestOptions } from '../harness/bellhop.ts';
import { TestBellhop } from '../harness/bellhop.ts';
import type { N8nApi, NodeInput, Workflow } from './n8n-api.ts';
import { RealN8n } from './real-n8n.ts';

/** Where scripts/n8n-test.ts says n8n and the packed node are. */
function partsFrom({ BELLHOP_N8N_DIRECTORY: directory, BELLHOP_N8N_TARBALL: tarball }: NodeJS.ProcessEnv) {
  if (!directory || !tarball) throw new Error('This suite is run by npm run test:n8n.');
  return { directory, tarball };
}

/** A real n8n and a real Bellhop for a suite, and an organization of Bellhop's that n8n has the key of. */
export class N8nStage {
  readonly #options: TestOptions;
  #n8n: RealN8n | undefined;
  #server: TestBellhop | undefined;
  #client: Client | undefined;
  #apiKey = '';

  constructor(options: TestOptions = {}) {
    this.#options = options;
    beforeAll(async () => {
      this.#server = await TestBellhop.start(this.#options);
      this.#n8n = await RealN8n.start(partsFrom(process.env));
      const { client, apiKey } = await this.#server.tenant();
      this.#client = client;
      this.#apiKey = apiKey;
      await this.api.useCredential({ baseUrl: this.#server.url, apiKey });
    }, 300_000);
    afterAll(async () => {
      await this.#n8n?.stop();
      await this.#server?.stop();
    }, 60_000);
  }

  get n8n(): RealN8n {
    return there(this.#n8n);
  }

  get api(): N8nApi {
    return this.n8n.api;
  }

  get server(): TestBellhop {
    return there(this.#server);
  }

  get client(): Client {
    return there(this.#client);
  }

  get apiKey(): string {
    return this.#apiKey;
  }

  /** The webhooks that the server has for a workflow. */
  async hooksOf({ id }: Workflow) {
    const { data } = await this.client.listWebhooks({ query: { limit: 100 } });
    return data.filter(({ external_id }) => external_id?.startsWith(`${id}/`));
  }

  async sampleOf(provider: string, type: string): Promise<Record<string, unknown>> {
    return { ...(await this.client.getEventType({ params: { provider, type } })).sample } as Record<string, unknown>;
  }
}

export const trigger = (
  provider: string,
  events: readonly string[],
  more: Record<string, unknown> = {},
): NodeInput => ({
  name: 'Bellhop Trigger',
  type: 'bellhopTrigger',
  parameters: { provider, events, ...more },
});

/** n8n publishes workflows that do something with what starts them. */
export const after: NodeInput = { name: 'After', type: 'n8n-nodes-base.noOp', parameters: {} };

function there<T>(part: T | undefined): T {
  if (!part) throw new Error('The stage is used before its suite began.');
  return part;
}
