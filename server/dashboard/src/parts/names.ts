import type { EventType, Provider, Webhook } from '../api/resources.ts';

/** A webhook's name, or a short form of its URL. */
export function webhookLabel({ name, url }: Pick<Webhook, 'name' | 'url'>): string {
  return name ?? shortUrl(url);
}

/** A path of up to 20 characters is shown; of a longer one, which can be a credential, the last 8. */
const [longestPath, shownPath] = [20, 8];

/** `hooks.example.com/…mer/leads` */
export function shortUrl(url: string): string {
  const parsed = URL.parse(url);
  if (!parsed) return url;
  const rest = `${parsed.pathname}${parsed.search}`.replace(/\/$/, '');
  return rest.length <= longestPath ? parsed.host + rest : `${parsed.host}/…${rest.slice(-shownPath)}`;
}

const longestTitle = 90;

/** The title of the webhook's page, which has room for a whole URL. */
export function webhookTitle({ name, url }: Pick<Webhook, 'name' | 'url'>): string {
  return name ?? (url.length > longestTitle ? `${url.slice(0, longestTitle)}…` : url);
}

export function eventTypeOf(provider: Provider | undefined, type: string): EventType | undefined {
  return provider?.events.find((each) => each.type === type);
}

/** The label of an event type, or its name if it is not in the catalogue. */
export function eventLabel(provider: Provider | undefined, type: string): string {
  return eventTypeOf(provider, type)?.label ?? type;
}

export function eventLabels({ provider: id, events }: Webhook, providers: readonly Provider[]): readonly string[] {
  const provider = providers.find((each) => each.id === id);
  return events.map((type) => eventLabel(provider, type));
}

export function providerName({ provider }: Webhook, providers: readonly Provider[]): string {
  return providers.find(({ id }) => id === provider)?.name ?? provider;
}

/** The first sentence of a text, cut between words if it is longer than `most` characters. */
export function firstSentence(text: string, most = 60): string {
  const [sentence = text] = text.split(/(?<=\.) /);
  if (sentence.length <= most) return sentence;
  return `${sentence.slice(0, most).replace(/\s+\S*$/, '')}…`;
}
