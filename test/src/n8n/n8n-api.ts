import { randomUUID } from 'node:crypto';

type Json = Record<string, unknown>;

export interface Workflow {
  readonly id: string;
  readonly versionId: string;
}

export interface NodeInput {
  readonly name: string;
  /** `bellhopTrigger` or `bellhop`; with a dot in it: of another package. */
  readonly type: string;
  readonly parameters: Json;
}

export interface Execution {
  readonly id: string;
  readonly status: string;
  readonly mode: string;
  /** The items that each node gave out, by its name. */
  readonly items: Readonly<Record<string, readonly Json[]>>;
}

const ended = new Set(['success', 'error', 'crashed']);
const password = 'Only-for-this-test-1';

/** n8n's own REST API, as its editor uses it. */
export class N8nApi {
  readonly #url: string;
  #cookie = '';
  #credential: { readonly id: string; readonly name: string } | undefined;

  constructor(url: string) {
    this.#url = url;
  }

  /** The one that workflows use. */
  get credential() {
    return this.#credential;
  }

  /** The owner's session. */
  get cookie(): string {
    return this.#cookie;
  }

  /** Resolves when n8n answers and its active workflows are. */
  async ready(): Promise<void> {
    await until(async () => {
      const [health, settings] = await Promise.all(
        ['/healthz/readiness', '/rest/settings'].map((path) => fetch(this.#url + path).catch(() => undefined)),
      );
      return health?.ok && settings?.ok && settings.headers.get('content-type')?.includes('json');
    }, 120_000);
  }

  /** Makes the owner, whose session is used from then on. */
  async setUp(): Promise<void> {
    const owner = { email: 'owner@example.com', firstName: 'Test', lastName: 'Owner', password };
    await this.call('POST', '/owner/setup', owner);
  }

  /** Makes a credential for our nodes that later workflows use. */
  async useCredential(data: Json): Promise<void> {
    const body = { name: `Bellhop ${randomUUID()}`, type: 'bellhopApi', data };
    const { id, name } = (await this.call('POST', '/credentials', body)) as { id: string; name: string };
    this.#credential = { id, name };
  }

  async testCredential(data: Json): Promise<{ status: string; message: string }> {
    const credentials = { id: '', name: 'Test', type: 'bellhopApi', data };
    return (await this.call('POST', '/credentials/test', { credentials })) as { status: string; message: string };
  }

  async createWorkflow(nodes: readonly NodeInput[], more: Json = {}): Promise<Workflow> {
    const body = { name: `Test ${randomUUID()}`, ...this.#graph(nodes), settings: { executionOrder: 'v1' }, ...more };
    return (await this.call('POST', '/workflows', body)) as Workflow & Json;
  }

  async updateWorkflow({ id }: Workflow, nodes: readonly NodeInput[]): Promise<Workflow> {
    const before = (await this.call('GET', `/workflows/${id}`)) as { nodes: Json[]; versionId: string };
    const graph = this.#graph(nodes);
    // The same nodes, changed: their ids and webhook ids stay.
    const kept = graph.nodes.map((node) => {
      const { id: nodeId, webhookId } = before.nodes.find(({ name }) => name === node.name) ?? {};
      return { ...node, ...(nodeId ? { id: nodeId } : {}), ...(webhookId ? { webhookId } : {}) };
    });
    const body = { ...graph, nodes: kept, versionId: before.versionId };
    return (await this.call('PATCH', `/workflows/${id}`, body)) as Workflow & Json;
  }

  /** Publishes the workflow, and resolves when n8n has activated it or given up. */
  async activate({ id, versionId }: Workflow): Promise<string> {
    await this.call('POST', `/workflows/${id}/activate`, { versionId });
    return this.published(id, versionId);
  }

  async published(id: string, versionId: string): Promise<string> {
    let last: Json = {};
    await until(async () => {
      last = (await this.call('GET', `/workflows/${id}/publication-status`)) as Json;
      if (last.status === 'published') return last.liveVersionId === versionId;
      return last.status === 'failed' || last.status === 'partial';
    }, 60_000);
    return String(last.status);
  }

  async deactivate({ id }: Workflow): Promise<void> {
    await this.call('POST', `/workflows/${id}/deactivate`, {});
    await until(async () => {
      const { status } = (await this.call('GET', `/workflows/${id}/publication-status`)) as Json;
      return status === 'not_published';
    }, 60_000);
  }

  async remove({ id }: Workflow): Promise<void> {
    await this.call('POST', `/workflows/${id}/archive`, {});
    await this.call('DELETE', `/workflows/${id}`);
  }

  async executions(workflow: Workflow): Promise<Execution[]> {
    const found: Execution[] = [];
    // One after the other, as n8n has other work.
    for (const { id } of await this.#listed(workflow)) found.push(await this.#execution(String(id)));
    return found;
  }

  /** Resolves with the executions once there are so many and all have ended. */
  async executed(workflow: Workflow, count: number, patience = 60_000): Promise<Execution[]> {
    let found: Json[] = [];
    await until(async () => {
      found = await this.#listed(workflow);
      return found.length >= count && found.every(({ status }) => ended.has(String(status)));
    }, patience).catch(() => {
      const states = Object.groupBy(found, ({ status }) => String(status));
      const counts = Object.entries(states).map(([status, all]) => `${all?.length} ${status}`);
      throw new Error(`Waited for ${count} executions, and there are ${counts.join(', ') || 'none'}.`);
    });
    return this.executions(workflow);
  }

  /** What pressing "Execute workflow" does, with the given node as the one that starts it. */
  async run({ id }: Workflow, start: string): Promise<Json> {
    return (await this.call('POST', `/workflows/${id}/run`, { triggerToStartFrom: { name: start } })) as Json;
  }

  async call(method: string, path: string, body?: unknown): Promise<unknown> {
    const response = await fetch(`${this.#url}/rest${path}`, {
      method,
      headers: { 'content-type': 'application/json', cookie: this.#cookie },
      body: body === undefined ? null : JSON.stringify(body),
    });
    const cookie = response.headers.getSetCookie().find((each) => each.startsWith('n8n-auth='));
    if (cookie) this.#cookie = cookie.split(';')[0] ?? '';
    const text = await response.text();
    if (!response.ok) throw new Error(`n8n answered ${response.status} to ${method} ${path}: ${text}`);
    return (JSON.parse(text) as { data: unknown }).data;
  }

  /** All executions of a workflow, newest first, without their data. */
  async #listed({ id }: Workflow): Promise<Json[]> {
    const filter = encodeURIComponent(JSON.stringify({ workflowId: id }));
    const found: Json[] = [];
    let next: string | null | undefined = '';
    while (next !== null && next !== undefined) {
      const path = `/executions?limit=100&filter=${filter}${next && `&cursor=${encodeURIComponent(next)}`}`;
      const page = (await this.call('GET', path)) as { results: Json[]; nextCursor?: string | null };
      found.push(...page.results);
      next = page.nextCursor;
    }
    return found;
  }

  async #execution(id: string): Promise<Execution> {
    const { status, mode, data } = (await this.call('GET', `/executions/${id}`)) as Record<string, string>;
    const { resultData } = unflattened(data ?? '[]') as { resultData?: { runData?: RunData } };
    const items = Object.entries(resultData?.runData ?? {}).map(([name, [run]]) => {
      return [name, (run?.data?.main?.[0] ?? []).map(({ json }) => json)] as const;
    });
    return { id, status: String(status), mode: String(mode), items: Object.fromEntries(items) };
  }

  /** Each node connected to the next. */
  #graph(nodes: readonly NodeInput[]) {
    const pairs = nodes.slice(0, -1).map((node, index) => {
      return [node.name, { main: [[{ node: nodes[index + 1]?.name, type: 'main', index: 0 }]] }] as const;
    });
    return {
      nodes: nodes.map(({ name, type, parameters }, index) => ({
        id: randomUUID(),
        name,
        type: type.includes('.') ? type : `n8n-nodes-bellhop.${type}`,
        typeVersion: 1,
        position: [index * 200, 0],
        parameters,
        ...(type.endsWith('Trigger') && !type.includes('manual') ? { webhookId: randomUUID() } : {}),
        ...(type.includes('.') ? {} : { credentials: { bellhopApi: this.#credential } }),
      })),
      connections: Object.fromEntries(pairs),
    };
  }
}

/** n8n stores an execution as a list in which texts inside of objects are the indices of their values. */
function unflattened(text: string): unknown {
  const values = JSON.parse(text) as unknown[];
  const made = new Map<number, unknown>();
  const at = (index: number): unknown => {
    const value = values[index];
    if (typeof value !== 'object' || value === null) return value;
    if (made.has(index)) return made.get(index);
    const target: Json | unknown[] = Array.isArray(value) ? [] : {};
    made.set(index, target);
    for (const [key, each] of Object.entries(value)) {
      Object.assign(target, { [key]: typeof each === 'string' ? at(Number(each)) : each });
    }
    return target;
  };
  return at(0) ?? {};
}

type RunData = Record<string, { data?: { main?: { json: Json }[][] } }[]>;

/** Asks again until it is so; n8n works behind its API. */
export async function until(isSo: () => Promise<unknown>, patience: number): Promise<void> {
  const deadline = performance.now() + patience;
  while (!(await isSo())) {
    if (performance.now() > deadline) throw new Error('It did not come to that in time.');
    await new Promise((resolve) => setTimeout(resolve, 100));
  }
}
