import type { OperationOutput } from '@bellhop/shared';

/** Names for the API's resources. */
export type Session = OperationOutput<'getSession'>;
export type Provider = OperationOutput<'listProviders'>['data'][number];
export type EventType = Provider['events'][number];
export type Webhook = OperationOutput<'getWebhook'>;
export type Attempt = OperationOutput<'listAttempts'>['data'][number];
export type Statistics = OperationOutput<'getWebhookStatistics'>['data'][number];
export type Job = OperationOutput<'getJob'>;
export type ApiKey = OperationOutput<'listApiKeys'>['data'][number];
export type Preview = OperationOutput<'previewWebhook'>;
export type Trial = OperationOutput<'tryWebhook'>;
export type EventSummary = OperationOutput<'listEvents'>['data'][number];
export type EventWithTrace = OperationOutput<'getEvent'>;
export type Trace = EventWithTrace['trace'][number];
export type DeliveryWithAttempts = Trace['deliveries'][number];
export type Platform = Webhook['platform'];
