import type {
  Authentication,
  Catalogue,
  FormatId,
  Ordering,
  PlatformId,
  Provider,
  WebhookPatch,
  WebhookStatus,
} from '@bellhop/shared';
import { platformProfile, recognisePlatform, secretProblem, wireFormat } from '@bellhop/shared';
import { graceMs } from '../attempt/decide.ts';
import { previousAt } from '../attempt/secrets.ts';
import type { Clock } from '../clock.ts';
import { newId } from '../ids.ts';
import type { Credentials, Rate, StatusReason, Webhook } from '../model.ts';
import { invalidInput, notFound, ProblemError, waitOrCancel } from '../problem.ts';
import { newSigningSecret } from '../security/keys.ts';
import type { Vault } from '../security/vault.ts';
import type { JobReader, Renewal, WebhookStore } from '../store/contract/index.ts';
import type { TargetPolicy } from '../target/policy.ts';
import { checkTargetUrl } from '../target/target-url.ts';
import type { RotationInput, WebhookSecrets } from './rotation.ts';
import { rotated, schemeToRotate, secretsAt } from './rotation.ts';
import type { WebhookDraft } from './rules.ts';
import { movedCredentialProblems, secretUse, webhookProblems } from './rules.ts';

/** The engine, as this stage sees it: changes take effect in it before a request is answered. */
export interface WebhookListener {
  refresh(webhook: Webhook): void;
  remove(webhookId: string): void;
}

export interface WebhookServiceParts {
  readonly catalogue: Catalogue;
  readonly store: WebhookStore & JobReader;
  readonly vault: Vault;
  readonly targets: TargetPolicy;
  readonly engine: WebhookListener;
  readonly clock: Clock;
}

export interface NewWebhook {
  readonly provider: string;
  readonly events: readonly string[];
  readonly url: string;
  readonly name?: string | null | undefined;
  readonly description?: string | null | undefined;
  readonly format?: FormatId | undefined;
  readonly authentication?: Authentication | undefined;
  readonly headers?: Readonly<Record<string, string>> | undefined;
  readonly rate_limit?: Rate | null | undefined;
  readonly retry?: { readonly schedule: readonly number[] } | null | undefined;
  readonly ordering?: Ordering | undefined;
  readonly filter?: string | null | undefined;
  readonly signing_secret?: string | null | undefined;
  readonly platform?: PlatformId | undefined;
  readonly external_id?: string | undefined;
  readonly acknowledges?: boolean | undefined;
  /** For a test listener: when it ends. */
  readonly listen_seconds?: number | undefined;
  /** Default: active. A paused one holds its events until it is resumed. */
  readonly status?: 'active' | 'paused' | undefined;
}

export interface WithSecret {
  readonly webhook: Webhook;
  readonly signingSecret: string | null;
}

/** An idempotency key, and the request it stands for. */
export interface Once {
  readonly key: string;
  readonly content: string;
}

/** For errors: maps a field of a webhook to its name in the caller's input, where that differs. */
export type FieldNames = Readonly<Record<string, string>>;

/** Bounds the time of a resume request. Deliveries beyond these steps keep their times. */
const forwardSteps = 200;

const resumedAtOnce = 100;
/** Bounds the time of a request that resumes all webhooks. */
const mostResumed = 1000;

/** For optimistic locking: how often a change is tried before a conflict is reported. */
const updateTries = 5;

export class WebhookService {
  readonly #parts: WebhookServiceParts;

  constructor(parts: WebhookServiceParts) {
    this.#parts = parts;
  }

  /** Builds what {@link create} stores. @throws {ProblemError} `invalid_input`, naming every wrong field. */
  draft(organizationId: string, input: NewWebhook, fields: FieldNames = {}): WithSecret {
    return this.#build(organizationId, input, false, fields);
  }

  /**
   * @param once a repeated request returns the first webhook as it is now, with its secret.
   * @throws {ProblemError} `invalid_input`, naming every wrong field; `idempotency_key_reused`; `conflict`, when the first
   * webhook was deleted.
   */
  async create(organizationId: string, input: NewWebhook, once?: Once): Promise<WithSecret> {
    const { store, vault } = this.#parts;
    const { webhook, signingSecret } = this.draft(organizationId, input);
    const idempotency = once && { key: once.key, hash: vault.fingerprint(once.content, organizationId) };
    const creation = await store.insertWebhook(webhook, idempotency);
    if (creation.kind === 'created') return { webhook, signingSecret };
    const key = `The idempotency key "${once?.key}"`;
    if (creation.kind === 'key_reused') {
      const detail = `${key} was used for another request. Use a new key for a new request.`;
      throw new ProblemError('idempotency_key_reused', detail);
    }
    const first = await store.getWebhook(organizationId, creation.id);
    if (first) return { webhook: first, signingSecret: this.secretOf(first) };
    throw new ProblemError('conflict', `${key} created a webhook that was deleted. Use a new key for a new webhook.`);
  }

  /**
   * Creates a REST hook, or renews the existing one: it becomes active and takes this format, filter and platform. It
   * keeps its secret, unless the subscriber gives one or changes the format.
   */
  async subscribe(organizationId: string, input: NewWebhook, fields: FieldNames = {}): Promise<WithSecret> {
    const { webhook: hook } = this.#build(organizationId, input, true, fields);
    const keepSecret = input.signing_secret === undefined;
    const webhook = await this.#subscribed(hook, keepSecret);
    await this.#requireStatus(webhook, 'active');
    this.#parts.engine.refresh(webhook);
    return { webhook, signingSecret: this.secretOf(webhook) };
  }

  async #subscribed(hook: Webhook, keepSecret: boolean): Promise<Webhook> {
    const { store, vault, clock } = this.#parts;
    let renewal: Renewal | undefined;
    for (let tries = 0; tries < updateTries; tries += 1) {
      const outcome = await store.subscribe(hook, keepSecret, clock.now(), renewal);
      if (outcome.kind === 'subscribed') return outcome.webhook;
      const { id } = outcome;
      renewal = { id, sealed: vault.sealFor({ id }, vault.openOf(hook)) };
    }
    throw new ProblemError('conflict', 'The hook was changed by other requests at the same time. Try again.');
  }

  async get(organizationId: string, id: string): Promise<Webhook> {
    const webhook = await this.#parts.store.getWebhook(organizationId, id);
    if (!webhook) throw notFound('webhook');
    return webhook;
  }

  async update(organizationId: string, id: string, patch: WebhookPatch): Promise<Webhook> {
    const { saved } = await this.#change(organizationId, id, (webhook) => this.#patched(webhook, patch));
    return saved;
  }

  /**
   * Replaces the signing secret, with an optional overlap (rotation.ts). Where a secret is optional and there is none,
   * this sets the first.
   *
   * @throws {ProblemError} `conflict`, when requests are not signed; `invalid_input`, when the secret does not fit.
   */
  async rotateSecret(organizationId: string, id: string, input: RotationInput = {}): Promise<WebhookSecrets> {
    const { changed } = await this.#change(organizationId, id, (webhook) => this.#rotated(webhook, input));
    return this.secretsOf(changed);
  }

  async pause(organizationId: string, id: string): Promise<Webhook> {
    return this.#setStatus(organizationId, id, { status: 'paused', reason: pausedAt(this.#parts.clock.now()) });
  }

  /** Everything held becomes due, including retries scheduled for later: the receiver is assumed to work again. */
  async resume(organizationId: string, id: string): Promise<Webhook> {
    const { status } = requireNotGone(await this.get(organizationId, id));
    if (status !== 'active') await this.#bringForward(organizationId, id);
    return this.#setStatus(organizationId, id, { status: 'active', reason: null });
  }

  /** Resumes what is disabled, as many as one call may take. What a customer paused stays paused. */
  async resumeAll(
    organizationId: string,
    { since = 0, provider }: { readonly since?: number | undefined; readonly provider?: string | undefined },
  ): Promise<{ resumed: number; more: boolean }> {
    let resumed = 0;
    let cursor: string | undefined;
    do {
      const filter = { status: 'disabled', provider } as const;
      const found = await this.#parts.store.listWebhooks(organizationId, filter, { limit: resumedAtOnce, cursor });
      for (const { id, statusReason } of found) {
        if ((statusReason?.at ?? 0) < since) continue;
        if (resumed === mostResumed) return { resumed, more: true };
        await this.resume(organizationId, id);
        resumed += 1;
      }
      cursor = found.length === resumedAtOnce ? found.at(-1)?.id : undefined;
    } while (cursor !== undefined);
    return { resumed, more: false };
  }

  /**
   * Ends a REST hook, as its platform asks. What waits is kept for a while, for a hook that replaces it: platforms edit a
   * subscription by removing it first. Once this resolves, nothing is sent but the requests already on the wire.
   */
  async unsubscribe(organizationId: string, id: string): Promise<void> {
    const { store, clock, engine } = this.#parts;
    const { platform } = await this.get(organizationId, id);
    const message = `${platformProfile(platform).name} unsubscribed. What waits is kept for ${graceMs / 60_000} minutes, in case that it subscribes again.`;
    const now = clock.now();
    const outcome = await store.unsubscribe(organizationId, id, { message, until: now + graceMs }, now);
    if (outcome === 'unknown') throw notFound('webhook');
    engine.remove(id);
  }

  /** Once this resolves, nothing is sent but the requests already on the wire. */
  async delete(organizationId: string, id: string): Promise<'deleted' | 'already'> {
    const outcome = await this.#parts.store.deleteWebhook(organizationId, id, this.#parts.clock.now());
    if (outcome === 'unknown') throw notFound('webhook');
    this.#parts.engine.remove(id);
    return outcome;
  }

  /** Refreshes the engine's copy from the store. */
  async announce(organizationId: string, id: string): Promise<void> {
    this.#parts.engine.refresh(await this.get(organizationId, id));
  }

  credentialsOf(webhook: Webhook): Credentials {
    return this.#parts.vault.openOf(webhook);
  }

  secretOf(webhook: Webhook): string | null {
    return this.credentialsOf(webhook).secrets[0] ?? null;
  }

  secretsOf(webhook: Webhook): WebhookSecrets {
    const { catalogue, clock } = this.#parts;
    return secretsAt(catalogue, webhook, this.credentialsOf(webhook), clock.now());
  }

  /**
   * Reads a webhook, changes and saves it, and refreshes the engine. Retries when another change comes first.
   *
   * @param change can be called several times
   */
  async #change(
    organizationId: string,
    id: string,
    change: (webhook: Webhook) => Webhook,
  ): Promise<{ readonly changed: Webhook; readonly saved: Webhook }> {
    const { store, clock, engine } = this.#parts;
    for (let tries = 0; tries < updateTries; tries += 1) {
      const changed = change(requireNotGone(await this.get(organizationId, id)));
      const outcome = await store.updateWebhook(changed, clock.now());
      if (outcome === 'saved') {
        const saved = await this.get(organizationId, id);
        engine.refresh(saved);
        return { changed, saved };
      }
      if (outcome === 'taken') {
        throw new ProblemError('conflict', 'Another REST hook already has this URL, provider and event types.');
      }
    }
    throw new ProblemError('conflict', 'The webhook was changed by other requests at the same time. Try again.');
  }

  async #setStatus(
    organizationId: string,
    id: string,
    change: Parameters<WebhookStore['setWebhookStatus']>[2],
  ): Promise<Webhook> {
    requireNotGone(await this.get(organizationId, id));
    const webhook = await this.#parts.store.setWebhookStatus(organizationId, id, change, this.#parts.clock.now());
    if (!webhook) throw notFound('webhook');
    await this.#requireStatus(webhook, change.status);
    this.#parts.engine.refresh(webhook);
    return webhook;
  }

  async #bringForward(organizationId: string, id: string): Promise<void> {
    const { store, clock } = this.#parts;
    for (let step = 0; step < forwardSteps; step += 1) {
      if (!(await store.bringForward(organizationId, id, clock.now()))) return;
    }
  }

  /** @throws {ProblemError} `conflict`, when the status did not change because the backlog is being discarded. */
  async #requireStatus({ id, organizationId, status }: Webhook, wanted: WebhookStatus): Promise<void> {
    if (status === wanted) return;
    const running = { webhookId: id, status: 'running' } as const;
    const jobs = await this.#parts.store.listJobs(organizationId, running, { limit: 1 });
    const advice = jobs[0] ? waitOrCancel(jobs[0].id) : 'Try again.';
    throw new ProblemError(
      'conflict',
      `The backlog of this webhook is being discarded, so it stays ${status}. ${advice}`,
    );
  }

  #build(organizationId: string, input: NewWebhook, restHook: boolean, fields: FieldNames = {}): WithSecret {
    const draft: WebhookDraft = {
      provider: input.provider,
      events: input.events,
      url: input.url,
      format: input.format ?? 'provider',
      authentication: input.authentication ?? { type: 'none' },
      headers: input.headers ?? {},
      signingSecret: input.signing_secret,
    };
    const { provider, url } = this.#check(draft, fields);
    const id = newId('webhook');
    const secrets = this.#secrets(provider, draft, { secrets: [] });
    const now = this.#parts.clock.now();
    const webhook: Webhook = {
      id,
      organizationId,
      provider: provider.id,
      name: input.name ?? null,
      description: input.description ?? null,
      url: url.href,
      events: input.events,
      format: draft.format,
      platform: input.platform ?? recognisePlatform(url),
      externalId: input.external_id ?? null,
      restHook,
      acknowledges: input.acknowledges ?? false,
      rateLimit: input.rate_limit ?? null,
      retry: input.retry ?? null,
      filter: input.filter ?? null,
      ordering: input.ordering ?? 'parallel',
      sealed: this.#parts.vault.sealFor({ id }, { ...pickCredentials(draft), ...secrets }),
      ...beginning(input, now),
      consecutiveFailures: 0,
      goneAnswers: 0,
      revision: 1,
      createdAt: now,
      updatedAt: now,
    };
    return { webhook, signingSecret: secrets.secrets[0] ?? null };
  }

  #patched(webhook: Webhook, patch: WebhookPatch): Webhook {
    const credentials = this.credentialsOf(webhook);
    // What the patch leaves out stays; null is a value.
    const { name = webhook.name, description = webhook.description, ordering = webhook.ordering } = patch;
    const { rate_limit: rateLimit = webhook.rateLimit, retry = webhook.retry, filter = webhook.filter } = patch;
    const draft: WebhookDraft = {
      provider: webhook.provider,
      events: patch.events ?? webhook.events,
      url: patch.url ?? webhook.url,
      format: patch.format ?? webhook.format,
      authentication: patch.authentication ?? credentials.authentication,
      headers: patch.headers ?? credentials.headers,
      signingSecret: patch.signing_secret,
    };
    const { provider, url } = this.#check(draft);
    const moved = movedCredentialProblems({ from: webhook.url, to: url.href }, credentials, patch);
    if (moved.length > 0) throw invalidInput(moved);
    // A new format is verified in another way, with the newest secret: a change of format ends the overlap.
    const existing = draft.format === webhook.format ? credentials : { secrets: credentials.secrets };
    const secrets = this.#secrets(provider, draft, existing);
    return {
      ...webhook,
      ...{ name, description, rateLimit, retry, filter, ordering },
      events: draft.events,
      url: patch.url === undefined ? webhook.url : url.href,
      format: draft.format,
      platform: patch.platform ?? webhook.platform,
      sealed: this.#parts.vault.sealFor(webhook, { ...pickCredentials(draft), ...secrets }),
    };
  }

  #check(draft: WebhookDraft, fields: FieldNames = {}): { provider: Provider; url: URL } {
    const { catalogue, targets } = this.#parts;
    const problems = webhookProblems(catalogue, targets, draft);
    const provider = catalogue.provider(draft.provider);
    const target = checkTargetUrl(draft.url ?? '', targets);
    if (problems.length > 0 || !provider || !target.ok) {
      throw invalidInput(problems.map(({ field, message }) => ({ field: fields[field] ?? field, message })));
    }
    return { provider, url: target.url };
  }

  #rotated(webhook: Webhook, input: RotationInput): Webhook {
    const { catalogue, vault, clock } = this.#parts;
    const scheme = schemeToRotate(catalogue, webhook);
    const credentials = rotated(scheme, this.credentialsOf(webhook), input, clock.now());
    return { ...webhook, sealed: vault.sealFor(webhook, credentials) };
  }

  /**
   * The webhook's new secrets: the given one, the existing ones that still fit the scheme, a generated one, or none. A
   * given or generated secret replaces the others at once.
   */
  #secrets(provider: Provider, draft: WebhookDraft, existing: Secrets): Secrets {
    const use = secretUse(provider, draft.format);
    const { signature } = wireFormat(provider, draft.format);
    if (use === 'never' || !signature || draft.signingSecret === null) return { secrets: [] };
    if (draft.signingSecret !== undefined) return { secrets: [draft.signingSecret] };
    const secrets = existing.secrets.filter((secret) => secretProblem(signature, secret) === undefined);
    if (secrets.length > 0) return { secrets, previous: previousAt(existing, this.#parts.clock.now()) };
    return { secrets: use === 'always' ? [newSigningSecret()] : [] };
  }
}

type Beginning = Pick<Webhook, 'status' | 'statusReason' | 'statusUntil' | 'listener'>;

function beginning({ status = 'active', listen_seconds: seconds }: NewWebhook, now: number): Beginning {
  return {
    status,
    statusReason: status === 'paused' ? pausedAt(now) : null,
    statusUntil: seconds === undefined ? null : now + seconds * 1000,
    listener: seconds !== undefined,
  };
}

function pausedAt(now: number): StatusReason {
  return { code: 'paused_by_customer', message: 'Paused on request.', at: now };
}

type Secrets = Pick<Credentials, 'secrets' | 'previous'>;

function pickCredentials({ authentication, headers }: WebhookDraft): Pick<Credentials, 'authentication' | 'headers'> {
  return { authentication, headers };
}

/** @throws {ProblemError} `conflict`, when the webhook is gone. */
export function requireNotGone(webhook: Webhook): Webhook {
  if (webhook.status !== 'gone') return webhook;
  const why = webhook.statusReason?.message ?? 'The platform ended it.';
  throw new ProblemError('conflict', `This webhook is gone. ${why}`);
}
