import type { DeliveryPolicy } from '@bellhop/shared/delivery-policy';
import { deliveryPolicyFor } from '@bellhop/shared/delivery-policy';
import { platformProfile } from '@bellhop/shared/platforms';
import type { Provider, Webhook } from '../../api/resources.ts';
import { counted } from '../../parts/counted.ts';

/** `hooks.example.com` */
export function hostOf(url: string): string {
  return URL.canParse(url) ? new URL(url).host : url;
}

export function formatText({ format }: Webhook, provider: Provider | undefined): string {
  return format === 'standard' ? 'Standard Webhooks' : `${provider?.name ?? 'The provider'}’s own`;
}

export function authenticationText({ authentication: { type, username } }: Webhook): string {
  switch (type) {
    case 'none':
      return 'None';
    case 'basic':
      return `Basic, as ${username ?? ''}`;
    case 'api_key':
      return 'API key, in the X-API-KEY header';
    case 'bearer':
      return 'Bearer token';
  }
}

export function rateText({ rate_limit: own, platform }: Webhook): string {
  const { name, pace } = platformProfile(platform);
  const limit = own ? paceText(own) : 'None';
  return pace ? `${limit}; ${name} accepts ${paceText(pace)}` : limit;
}

const each: Readonly<Record<number, string>> = { 1: 'second', 60: 'minute', 3600: 'hour' };

function paceText({ requests, seconds }: { readonly requests: number; readonly seconds: number }): string {
  return `${counted(requests, 'request')} per ${each[seconds] ?? span(seconds)}`;
}

export function orderingText({ ordering }: Webhook): string {
  return ordering === 'fifo' ? 'One at a time, in publishing order' : 'Several requests at a time';
}

/** The rules that the webhook is delivered by, apart from a schedule of its own. */
export function policyOf({ platform, format, rest_hook: restHook }: Webhook, { delivery }: Provider): DeliveryPolicy {
  return deliveryPolicyFor(delivery, { platform, format, restHook });
}

export function retryText(webhook: Webhook, provider: Provider | undefined): string {
  const delays = webhook.retry?.schedule ?? (provider && policyOf(webhook, provider).retry.delays);
  if (!delays) return 'The provider’s schedule';
  if (delays.length === 0) return 'None';
  const [last = '', ...others] = delays.map(span).reverse();
  const waits = others.length === 0 ? last : `${others.reverse().join(', ')} and ${last}`;
  return `${counted(delays.length, 'retry', 'retries')}, after ${waits}`;
}

const units = [
  ['day', 86_400],
  ['h', 3600],
  ['min', 60],
  ['s', 1],
] as const;

/** `5 s`, `1 h 30 min`, `2 days` */
export function span(seconds: number): string {
  if (seconds < 1) return seconds === 0 ? 'no wait' : `${Math.round(seconds * 1000)} ms`;
  let left = Math.round(seconds);
  const parts: string[] = [];
  for (const [unit, length] of units) {
    const count = Math.floor(left / length);
    // A single day is written as 24 h.
    if (count === 0 || (unit === 'day' && seconds <= 86_400)) continue;
    parts.push(unit === 'day' ? counted(count, 'day') : `${count}\u00a0${unit}`);
    left -= count * length;
  }
  return parts.join(' ');
}

/** `12 deliveries`, `more than 10,000 deliveries` */
export function backlogText({ deliveries, more }: { readonly deliveries: number; readonly more: boolean }): string {
  const words = counted(deliveries, 'delivery', 'deliveries');
  return more ? `more than ${words}` : words;
}
