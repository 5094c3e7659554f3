/*
 * What the node takes of `shared`, and nothing with zod in it. Where the package is built to be published, these files
 * themselves lie beside this one (scripts/n8n-mirror.ts).
 */
export * from '@bellhop/shared/connector';
