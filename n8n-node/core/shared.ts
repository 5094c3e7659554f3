/*
 * What the node takes of `shared`, and nothing with zod in it. Where the package is built to be published, these files
 * themselves lie beside this one (scripts/n8n-mirror.ts).
 */
export { hmacSha256 } from '@bellhop/shared/crypto';
export type { JsonObject, JsonValue } from '@bellhop/shared/json';
export type { VerificationFailure } from '@bellhop/shared/signing';
export { verify } from '@bellhop/shared/signing';
export { standardFormat } from '@bellhop/shared/standard-format';
