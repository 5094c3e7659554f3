import { afterAll, beforeAll } from 'vitest';
import type { Tenant, TestOptions } from '../harness/bellhop.ts';
import { Stage } from '../harness/stage.ts';
import type { BuiltApp } from './app.ts';
import { builtApp } from './app.ts';
import { Lambda } from './lambda.ts';
import type { Connection, Item } from './zap.ts';
import { Zap } from './zap.ts';

/** A server, and the app as Zapier runs it. */
export class ZapierStage extends Stage {
  readonly #zaps: Zap[] = [];
  #built: BuiltApp | undefined;
  #app: Lambda | undefined;

  constructor(options: TestOptions = {}) {
    super(options);
    beforeAll(async () => {
      this.#built = await builtApp();
      this.#app = await Lambda.start(this.#built.entry);
    }, 60_000);
    afterAll(async () => {
      await Promise.all(this.#zaps.map(({ hook }) => hook.stop()));
      await this.#app?.stop();
      await this.#built?.remove();
    });
  }

  get app(): Lambda {
    if (!this.#app) throw new Error('The stage is used before its suite began.');
    return this.#app;
  }

  connection({ apiKey }: Pick<Tenant, 'apiKey'>): Connection {
    return { server_url: this.server.url, api_key: apiKey };
  }

  /** An organization with the settings that all event types need. */
  async customer(): Promise<Tenant> {
    const tenant = await this.server.tenant();
    const params = { provider: 'bolten' };
    const settings = await tenant.client.getProviderSettings({ params });
    const body = { ...settings, won_stages: ['Won'], lost_stages: ['Lost'] };
    await tenant.client.putProviderSettings({ params, body });
    return tenant;
  }

  async zap(trigger: string, tenant: Pick<Tenant, 'apiKey'>, inputData?: Item): Promise<Zap> {
    const zap = await Zap.draft(this.app, trigger, this.connection(tenant), inputData);
    this.#zaps.push(zap);
    return zap;
  }
}
