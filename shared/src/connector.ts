/*
 * What every connector does, whatever its platform: subscribe, verify what arrives, say why a call failed. Free of zod:
 * n8n bundles it, and allows no dependencies.
 */
export * from './connector/ask.ts';
export * from './connector/connection.ts';
export * from './connector/event.ts';
export * from './connector/receive.ts';
export * from './connector/secret.ts';
export * from './connector/subscription.ts';
export { isJsonObject, type JsonObject, parseJson } from './json.ts';
export type { ReceivedRequest } from './signing.ts';
