/* The node's only import of `shared`. In the published repository it is a copy beside this file (scripts/n8n-mirror.ts). */
export * from '@bellhop/shared/connector';
