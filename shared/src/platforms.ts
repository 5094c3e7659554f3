/** What stands behind a webhook's URL. */
export const platformIds = ['zapier', 'make', 'n8n', 'power_automate', 'custom'] as const;

export type PlatformId = (typeof platformIds)[number];

/** A platform's manners as data: how to recognise it, what its answers mean, how fast it may be sent to. */
export interface PlatformProfile {
  readonly id: PlatformId;
  readonly name: string;
  /** Whether a target URL belongs to the platform. A subscriber that names its platform is believed without it. */
  readonly recognises: (url: URL) => boolean;
  /** Answers that say nobody listens any more, and what to do about it. The first rule that matches holds. */
  readonly gone: readonly GoneRule[];
  /** Answers that mean "slower", beside 429, which always does. */
  readonly busy: readonly AnswerPattern[];
  /** Other 4xx that can never succeed later, so are not retried. */
  readonly final: readonly number[];
  /** The most requests the platform takes per hook; `null`: no limit known. */
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
  /** `remove`: the webhook is gone for good. `pause`: stop sending, keep the backlog. */
  readonly action: 'remove' | 'pause';
  /** How many such answers in a row it takes. */
  readonly afterAnswers: number;
  /** Said to the customer; what it means and how to go on. */
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
  ],
  busy: [],
  final: [],
  pace: { requests: 30, seconds: 1 },
};

const make: PlatformProfile = {
  id: 'make',
  name: 'Make',
  recognises: (url) => /^hook\.(?:[a-z0-9-]+\.)?make\.(?:com|celonis\.com)$/.test(url.hostname),
  // 410 comes back while no scenario listens on the hook, which ends when one is switched on.
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

const n8n: PlatformProfile = {
  id: 'n8n',
  name: 'n8n',
  recognises: (url) => /(?:^|\/)webhook\//.test(url.pathname),
  gone: [
    {
      status: 404,
      body: /not registered/,
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

/** Every platform, the more telling URL first. */
export const platforms: readonly PlatformProfile[] = [zapier, make, powerAutomate, n8n, custom];

export function platformProfile(id: PlatformId): PlatformProfile {
  return platforms.find((profile) => profile.id === id) ?? custom;
}

/** The platform a URL belongs to; `custom` when none claims it. */
export function recognisePlatform(url: URL): PlatformId {
  return platforms.find((profile) => profile.recognises(url))?.id ?? 'custom';
}

export function matchesAnswer(pattern: AnswerPattern, status: number, body: string): boolean {
  return pattern.status === status && (pattern.body === undefined || pattern.body.test(body));
}

/** A URL with everything that could serve as a credential hidden: for logs, metrics and error messages. */
export function maskUrl(url: string): string {
  const parsed = URL.parse(url);
  if (!parsed) return '(unreadable URL)';
  const hasMore = parsed.pathname !== '/' || parsed.search !== '';
  return `${parsed.protocol}//${parsed.host}${hasMore ? '/…' : '/'}`;
}
