/** The services that a webhook's URL can belong to. */
export const platformIds = ['zapier', 'make', 'n8n', 'power_automate', 'custom'] as const;

export type PlatformId = (typeof platformIds)[number];

/**
 * A platform's behaviour as data: how to recognise it, what its responses mean, its rate limit. A response is compared with
 * `gone` first, then with `busy`, whatever its status: a 200 can be busy. If neither matches, a 2xx is a success, and
 * `meanings` explains a failure.
 */
export interface PlatformProfile {
  readonly id: PlatformId;
  readonly name: string;
  /** True for target URLs of the platform. Not checked for a subscriber that names its platform. */
  readonly recognises: (url: URL) => boolean;
  /** Responses that mean the subscription has ended, and what to do. The first matching rule applies. */
  readonly gone: readonly GoneRule[];
  /** Responses that mean "not now", besides 429: the platform is overloaded, starting, or behind a login. */
  readonly busy: readonly AnswerPattern[];
  /** Failures that are explained to the customer and change nothing else. */
  readonly meanings: readonly Meaning[];
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
  /** Matched against the content type. */
  readonly type?: RegExp;
  /** Matched against the start of the body. */
  readonly body?: RegExp;
  /** For the customer: what the response means and what to do. */
  readonly reason?: string;
}

export interface Meaning extends AnswerPattern {
  readonly reason: string;
}

export interface GoneRule extends Meaning {
  /** `remove`: the webhook is gone permanently. `pause`: stop sending, keep the backlog, try again from time to time. */
  readonly action: 'remove' | 'pause';
  /** Consecutive responses of this kind before the action is taken. */
  readonly afterAnswers: number;
}

/** @param contentType default: none */
export function matchesAnswer(pattern: AnswerPattern, status: number, body: string, contentType = ''): boolean {
  const { type, body: text } = pattern;
  return pattern.status === status && (type?.test(contentType) ?? true) && (text?.test(body) ?? true);
}

export const html = /^text\/html\b/i;

/** A document with a field for a password, as what stands in front of a platform shows to people. */
export function loginPage(name: string): AnswerPattern {
  return {
    status: 200,
    type: html,
    // Within a tag, so that no page takes long to search.
    body: /^\s*<(?:!doctype html|html)\b[\s\S]*<input\b[^<>]*\btype\s*=\s*["']?password\b/i,
    reason: `Something in front of ${name} answered with a login page: the event did not get through. Allow requests to the webhook's path without a login.`,
  };
}
