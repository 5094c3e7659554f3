import type { ServerProcess, Service } from './server.ts';

/** Servers that share a database. */
export class Nodes implements Service {
  readonly #servers: readonly [ServerProcess, ...ServerProcess[]];

  constructor(first: ServerProcess, others: readonly ServerProcess[]) {
    this.#servers = [first, ...others];
  }

  get urls(): string[] {
    return this.#servers.map(({ url }) => url);
  }

  get pids(): number[] {
    return this.#servers.map(({ pid }) => pid);
  }

  tenant(name: string): ReturnType<Service['tenant']> {
    return this.#servers[0].tenant(name);
  }

  startMeasuring(): void {
    for (const server of this.#servers) server.startMeasuring();
  }
}
