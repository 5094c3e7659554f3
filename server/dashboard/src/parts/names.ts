import type { EventType, Provider, Webhook } from '../api/resources.ts';

/** What webhooks and event types are called. */

/** What a webhook is called: its name, or where it goes. */
export function webhookLabel({ name, url }: Pick<Webhook, 'name' | 'url'>): string {
  return name ?? shortUrl(url);
}

/** Characters of what follows the host that are shown: of a platform's webhook it is a credential, and long. */
const [longestPath, shownPath] = [20, 8];

/** `hooks.example.com/…mer/leads`: a URL to be recognised by, not to be used. */
export function shortUrl(url: string): string {
  const parsed = URL.parse(url);
  if (!parsed) return url;
  const rest = `${parsed.pathname}${parsed.search}`.replace(/\/$/, '');
  return rest.length <= longestPath ? parsed.host + rest : `${parsed.host}/…${rest.slice(-shownPath)}`;
}

const longestTitle = 90;

/** What its own page is called, where there is room for all of a URL. */
export function webhookTitle({ name, url }: Pick<Webhook, 'name' | 'url'>): string {
  return name ?? (url.length > longestTitle ? `${url.slice(0, longestTitle)}…` : url);
}

export function eventTypeOf(provider: Provider | undefined, type: string): EventType | undefined {
  return provider?.events.find((each) => each.type === type);
}

/** What the catalogue has no longer is named as it stands. */
export function eventLabel(provider: Provider | undefined, type: string): string {
  return eventTypeOf(provider, type)?.label ?? type;
}

/** Labels of a webhook's event types. */
export function eventLabels({ provider: id, events }: Webhook, providers: readonly Provider[]): readonly string[] {
  const provider = providers.find((each) => each.id === id);
  return events.map((type) => eventLabel(provider, type));
}

export function providerName({ provider }: Webhook, providers: readonly Provider[]): string {
  return providers.find(({ id }) => id === provider)?.name ?? provider;
}

/** The first sentence of a text; of a long one its beginning, cut between words. */
export function firstWords(text: string, most = 60): string {
  const [sentence = text] = text.split(/(?<=\.) /);
  if (sentence.length <= most) return sentence;
  return `${sentence.slice(0, most).replace(/\s+\S*$/, '')}…`;
}
