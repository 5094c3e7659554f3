import type { Provider, Webhook } from '../../api/resources.ts';

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

/** Labels of a webhook's event types; what the catalogue has no longer is named as it stands. */
export function eventLabels({ provider, events }: Webhook, providers: readonly Provider[]): readonly string[] {
  const known = providers.find(({ id }) => id === provider)?.events ?? [];
  return events.map((type) => known.find((event) => event.type === type)?.label ?? type);
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
