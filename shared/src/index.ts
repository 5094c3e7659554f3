export { z } from 'zod';
export type { Scope } from './api/accounts.ts';
export type { JobKind, JobStatus, RecoverInput, ReplayableOutcome, ReplayInput } from './api/jobs.ts';
export { type Problem, type ProblemCode, problemCodes } from './api/problem.ts';
export type {
  Authentication,
  Ordering,
  SignedWith,
  WebhookInput,
  WebhookPatch,
  WebhookStatus,
} from './api/webhooks.ts';
export * from './api.ts';
export { ApiError } from './call.ts';
export * from './catalogue.ts';
export * from './client.ts';
export * from './define-provider.ts';
export * from './delivery-policy.ts';
export * from './event-fields.ts';
export * from './filter.ts';
export * from './ids.ts';
export * from './json.ts';
export * from './platforms.ts';
export type * from './provider.ts';
export * from './providers/bellhop.ts';
export * from './providers/bellhop-server.ts';
export * from './signing.ts';
export { standardFormat, standardSample } from './standard-format.ts';
export * from './wire-format.ts';
