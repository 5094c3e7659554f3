import type { Standing } from '../attempt/decide.ts';
import type { Target } from '../attempt/sender.ts';
import type { Webhook } from '../model.ts';
import type { WebhookEffect } from '../store/contract/index.ts';

/** What a lane knows of its webhook, and whether that is new enough to send by. */
export class KnownWebhook {
  #target: Target | undefined;
  #failingSince: number | null = null;
  #failedAt: number | null = null;
  #failuresSeen = 0;
  #loading = false;
  #outdated = false;
  #removed = false;
  /** The newest revision that a delivery of the lane was stored with. */
  #needed = 0;

  /** Undefined: it was never loaded. */
  get target(): Target | undefined {
    return this.#target;
  }

  /** How many failures were counted. */
  get failuresSeen(): number {
    return this.#failuresSeen;
  }

  /**
   * How it has fared, for an attempt that began when so many failures had been counted. Undefined: it was never loaded.
   */
  standing(seen: number): Standing | undefined {
    const [failingSince, failedAt] = [this.#failingSince, this.#failedAt];
    return this.#target && { ...this.#target.webhook, failingSince, failedAt, together: this.#failuresSeen > seen };
  }

  /** Undefined: it was never loaded. */
  get revision(): number | undefined {
    return this.#target?.webhook.revision;
  }

  /** It is as new as the lane's deliveries need, and nobody has said that it changed. */
  get isCurrent(): boolean {
    if (this.#removed) return true;
    return !this.#loading && !this.#outdated && (this.revision ?? -1) >= this.#needed;
  }

  /** Nothing may be sent: it is paused, disabled, gone or deleted. */
  get isClosed(): boolean {
    return this.#removed || (this.#target !== undefined && this.#target.webhook.status !== 'active');
  }

  needs(revision: number): void {
    this.#needed = Math.max(this.#needed, revision);
  }

  /** It was changed: nothing is sent before it is loaded again. */
  outdate(): void {
    this.#outdated = true;
  }

  /** False when it is being loaded already. */
  startLoading(): boolean {
    if (this.#loading) return false;
    this.#loading = true;
    this.#outdated = false;
    return true;
  }

  loadingEnded(): void {
    this.#loading = false;
  }

  /** False when a newer one is known. */
  load(target: Target): boolean {
    if (target.webhook.revision < (this.revision ?? -1)) return false;
    this.#target = target;
    return true;
  }

  remove(): void {
    this.#removed = true;
  }

  /**
   * What an answer means for it holds at once, before it is recorded.
   *
   * @param now Unix milliseconds
   */
  learn(effect: WebhookEffect, now: number): void {
    if (!this.#target) return;
    if (effect.failures === 'increment' || effect.goneAnswers === 'increment') this.#failuresSeen += 1;
    if (effect.failures === 'increment') {
      this.#failingSince ??= now;
      this.#failedAt = now;
    } else if (effect.failures === 'reset') this.#failingSince = null;
    const { webhook, credentials } = this.#target;
    const learnt: Webhook = {
      ...webhook,
      consecutiveFailures: count(webhook.consecutiveFailures, effect.failures),
      goneAnswers: count(webhook.goneAnswers, effect.goneAnswers),
      ...(effect.goneAnswers === 'reset' ? { statusReason: null } : {}),
      ...(effect.change ? { status: effect.change.status, statusReason: effect.change.reason } : {}),
    };
    this.#target = { webhook: learnt, credentials };
  }
}

function count(value: number, effect: 'reset' | 'increment' | 'keep'): number {
  if (effect === 'keep') return value;
  return effect === 'reset' ? 0 : value + 1;
}
