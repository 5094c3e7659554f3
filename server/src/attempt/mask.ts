import { hiddenValue } from '@bellhop/shared/api/fields';
import type { Credentials } from '../model.ts';
import { authenticationHeaders } from './render.ts';

/** Shorter values would be found by chance in what receivers answer. */
const shortestSecret = 8;

/** Hides a webhook's secrets in a text for the log: a receiver can answer what it was sent. */
export function maskerOf(credentials: Credentials): (text: string) => string {
  const secrets = secretValues(credentials)
    .filter((value) => value.length >= shortestSecret)
    // One that contains another goes first.
    .sort((a, b) => b.length - a.length);
  return (text) => secrets.reduce((masked, secret) => masked.replaceAll(secret, hiddenValue), text);
}

function secretValues({ authentication, headers, secrets, previous = [] }: Credentials): string[] {
  // Without the scheme: `Basic …`, `Bearer …`.
  const sent = Object.values(authenticationHeaders(authentication)).map((value) =>
    value.replace(/^(?:Basic|Bearer) /, ''),
  );
  const password = authentication.type === 'basic' ? [authentication.password] : [];
  return [...sent, ...password, ...Object.values(headers), ...secrets, ...previous.map(({ secret }) => secret)];
}
