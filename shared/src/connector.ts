/*
 * What connectors for all platforms do: subscribe, verify requests, explain failed calls. Free of zod, as n8n allows no
 * dependencies.
 */
export * from './connector/ask.ts';
export * from './connector/connection.ts';
export * from './connector/event.ts';
export * from './connector/receive.ts';
export * from './connector/secret.ts';
export * from './connector/subscription.ts';
export { isJsonObject, type JsonObject, parseJson } from './json.ts';
export type { ReceivedRequest } from './signing.ts';
