import type { ILoadOptionsFunctions, INodeListSearchResult } from 'n8n-workflow';
import type { Page } from './server.ts';
import { ask } from './server.ts';

interface ListedWebhook {
  readonly id: string;
  readonly name: string | null;
  readonly provider: string;
  readonly events: readonly string[];
  readonly url: string;
  readonly status: string;
}

export const listSearch = {
  async searchWebhooks(this: ILoadOptionsFunctions, filter?: string, cursor?: string): Promise<INodeListSearchResult> {
    const query = { limit: '100', ...(cursor ? { cursor } : {}) };
    const page = await ask<Page<ListedWebhook>>(this, { method: 'GET', path: '/v1/webhooks', query });
    const { data, next_cursor } = page;
    const results = data
      .map((webhook) => ({ name: nameOf(webhook), value: webhook.id }))
      .filter(({ name, value }) => !filter || `${name} ${value}`.toLowerCase().includes(filter.toLowerCase()));
    return { results, ...(next_cursor === null ? {} : { paginationToken: next_cursor }) };
  },
};

/** Leaves out the URL's path, which many platforms use as a credential. */
function nameOf({ name, provider, events, url, status }: ListedWebhook): string {
  const host = URL.canParse(url) ? new URL(url).host : url;
  const [first, ...others] = events;
  const what = `${provider}: ${first ?? ''}${others.length > 0 ? ` and ${others.length} more` : ''}`;
  return `${name ?? host} (${what}${status === 'active' ? '' : `, ${status}`})`;
}
