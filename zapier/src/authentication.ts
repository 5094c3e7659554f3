import { ask, isJsonObject } from '@bellhop/shared/connector';
import type { Authentication, Bundle, ZObject } from 'zapier-platform-core';
import { fixedServer, links, productName } from './edition.ts';
import { discreet } from './errors.ts';
import { connect } from './server.ts';

/** What the triggers need. */
const scopes = ['webhooks:read', 'webhooks:write'] as const;

interface Me {
  readonly organization: { readonly name: string } | null;
  readonly scopes: readonly string[];
}

function isMe(answer: unknown): boolean {
  return isJsonObject(answer) && isJsonObject(answer.server) && answer.server.name === 'bellhop';
}

async function test(z: ZObject, bundle: Bundle) {
  const server = connect(z, bundle, 'connecting');
  const me = await ask<Me>(server, { method: 'GET', path: '/v1/me' }, isMe);
  if (!me.organization) {
    const text =
      "This is the operator's root key, which belongs to no organization. Use an API key of your organization.";
    throw new z.errors.Error(text, 'root_key');
  }
  const missing = me.scopes.includes('admin') ? [] : scopes.filter((scope) => !me.scopes.includes(scope));
  if (missing.length > 0) {
    const text = `The API key lacks the scope ${missing.join(' and ')}. Create one that has ${scopes.join(' and ')}.`;
    throw new z.errors.Error(text, 'missing_scope');
  }
  return { organization_name: me.organization.name, server: new URL(server.baseUrl).host };
}

const serverAddress = {
  key: 'server_url',
  label: 'Server Address',
  type: 'string',
  required: true,
  isNoSecret: true,
  placeholder: 'https://events.example.com',
  helpText: `Where your ${productName} server is, such as \`https://events.example.com\`. [Find your server address](${links.serverAddress}).`,
} as const;

const apiKey = {
  key: 'api_key',
  label: 'API Key',
  type: 'password',
  required: true,
  isNoSecret: false,
  helpText: `Begins with \`sk_live_\` and needs the scopes \`webhooks:read\` and \`webhooks:write\`. [Create an API key](${links.apiKey}).`,
} as const;

export const authentication: Authentication = {
  type: 'custom',
  test: discreet(test),
  fields: fixedServer === undefined ? [serverAddress, apiKey] : [apiKey],
  connectionLabel: fixedServer === undefined ? '{{organization_name}} ({{server}})' : '{{organization_name}}',
};
