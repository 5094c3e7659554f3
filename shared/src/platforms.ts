import { make } from './platforms/make.ts';
import { n8n, starting200 } from './platforms/n8n.ts';
import { powerAutomate } from './platforms/power-automate.ts';
import type { PlatformId, PlatformProfile } from './platforms/profile.ts';
import { zapier } from './platforms/zapier.ts';

export type { AnswerPattern, GoneRule, Meaning, Pace, PlatformId, PlatformProfile } from './platforms/profile.ts';
export { matchesAnswer, platformIds } from './platforms/profile.ts';

const custom: PlatformProfile = {
  id: 'custom',
  name: 'Custom',
  recognises: () => true,
  gone: [],
  busy: [starting200],
  meanings: [],
  final: [],
  pace: null,
};

/** In order of detection: more specific URLs first. */
export const platforms: readonly PlatformProfile[] = [zapier, make, powerAutomate, n8n, custom];

export function platformProfile(id: PlatformId): PlatformProfile {
  return platforms.find((profile) => profile.id === id) ?? custom;
}

/** `custom` if no platform recognises the URL. */
export function recognisePlatform(url: URL): PlatformId {
  return platforms.find((profile) => profile.recognises(url))?.id ?? 'custom';
}

/** A URL for logs, metrics and error messages: path and query are hidden, as they can be a credential. */
export function maskUrl(url: string): string {
  const parsed = URL.parse(url);
  if (!parsed) return '(unreadable URL)';
  const hasMore = parsed.pathname !== '/' || parsed.search !== '';
  return `${parsed.protocol}//${parsed.host}${hasMore ? '/…' : '/'}`;
}
