/** The services that a webhook's URL can belong to. */
export const platformIds = ['zapier', 'make', 'n8n', 'power_automate', 'custom'] as const;

export type PlatformId = (typeof platformIds)[number];

/** A platform's behaviour as data: how to recognise it, what its responses mean, its rate limit. */
export interface PlatformProfile {
  readonly id: PlatformId;
  readonly name: string;
  /** True for target URLs of the platform. Not checked for a subscriber that names its platform. */
  readonly recognises: (url: URL) => boolean;
  /** Responses that mean the subscription has ended, and what to do. The first matching rule applies. */
  readonly gone: readonly GoneRule[];
  /** Responses that mean "slow down", besides 429. */
  readonly busy: readonly AnswerPattern[];
  /** Other 4xx that are not retried because they never succeed later. */
  readonly final: readonly number[];
  /** The platform's rate limit per hook; `null`: none known. */
  readonly pace: Pace | null;
}

export interface Pace {
  readonly requests: number;
  readonly seconds: number;
}

export interface AnswerPattern {
  readonly status: number;
  /** Matched against the start of the body. */
  readonly body?: RegExp;
}

export interface GoneRule extends AnswerPattern {
  /** `remove`: the webhook is gone permanently. `pause`: stop sending, keep the backlog. */
  readonly action: 'remove' | 'pause';
  /** Consecutive responses of this kind before the action is taken. */
  readonly afterAnswers: number;
  /** For the customer: what the response means and what to do. */
  readonly reason: string;
}

const zapier: PlatformProfile = {
  id: 'zapier',
  name: 'Zapier',
  recognises: (url) => url.hostname === 'hooks.zapier.com',
  // Zapier's REST hooks: "if we respond with 410, remove the subscription".
  gone: [
    {
      status: 410,
      action: 'remove',
      afterAnswers: 1,
      reason: 'Zapier answered 410 Gone: the Zap was turned off or deleted. Turn the Zap on to subscribe again.',
    },
    // In 2024 Zapier answered hooks of deleted Zaps so (zapier/visual-builder issues 590 and 619).
    {
      status: 404,
      body: /please unsubscribe me!/,
      action: 'remove',
      afterAnswers: 1,
      reason: 'Zapier asked to be unsubscribed: the Zap was turned off or deleted. Turn the Zap on to subscribe again.',
    },
  ],
  busy: [],
  final: [],
  pace: { requests: 30, seconds: 1 },
};

const make: PlatformProfile = {
  id: 'make',
  name: 'Make',
  recognises: (url) => /^hook\.(?:[a-z0-9-]+\.)?make\.(?:com|celonis\.com)$/.test(url.hostname),
  // Make answers 410 while no active scenario listens on the hook; it recovers when one is switched on.
  gone: [
    {
      status: 410,
      action: 'pause',
      afterAnswers: 5,
      reason:
        'Make keeps answering 410 Gone: no active scenario listens on this webhook. Switch the scenario on, then resume.',
    },
  ],
  busy: [{ status: 400, body: /^Queue is full/ }],
  final: [],
  pace: { requests: 300, seconds: 10 },
};

/** n8n runs on any host, and `/webhook/…` is the path of most tutorials: its name has to be there, or an id as it makes them. */
function isOfN8n(hostname: string, pathname: string): boolean {
  const [before, after] = pathname.split(/\/webhook(?:-test|-waiting)?\//, 2);
  if (after === undefined) return false;
  return /\bn8n\b/.test(`${hostname}${before}`) || /^[0-9a-f]{8}(?:-[0-9a-f]{4}){3}-[0-9a-f]{12}\b/.test(after);
}

const n8n: PlatformProfile = {
  id: 'n8n',
  name: 'n8n',
  recognises: ({ hostname, pathname }) => isOfN8n(hostname, pathname),
  gone: [
    {
      status: 404,
      // n8n's own JSON; any other receiver may say that something is not registered.
      body: /"message":\s*"The requested webhook .* is not registered/,
      action: 'pause',
      afterAnswers: 1,
      reason: 'n8n answered that this webhook is not registered: the workflow is inactive. Activate it, then resume.',
    },
  ],
  busy: [],
  final: [],
  pace: null,
};

const powerAutomateGone = {
  action: 'pause',
  afterAnswers: 1,
  reason: 'Power Automate answered that the flow is gone: it was turned off or deleted. Turn it on, then resume.',
} as const;

const powerAutomate: PlatformProfile = {
  id: 'power_automate',
  name: 'Power Automate',
  recognises: (url) => /\.(?:logic\.azure\.com|environment\.api\.powerplatform\.com)$/.test(url.hostname),
  gone: [
    { status: 404, ...powerAutomateGone },
    { status: 410, ...powerAutomateGone },
  ],
  busy: [],
  final: [],
  pace: null,
};

const custom: PlatformProfile = {
  id: 'custom',
  name: 'Custom',
  recognises: () => true,
  gone: [],
  busy: [],
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

export function matchesAnswer(pattern: AnswerPattern, status: number, body: string): boolean {
  return pattern.status === status && (pattern.body === undefined || pattern.body.test(body));
}

/** A URL for logs, metrics and error messages: path and query are hidden, as they can be a credential. */
export function maskUrl(url: string): string {
  const parsed = URL.parse(url);
  if (!parsed) return '(unreadable URL)';
  const hasMore = parsed.pathname !== '/' || parsed.search !== '';
  return `${parsed.protocol}//${parsed.host}${hasMore ? '/…' : '/'}`;
}
