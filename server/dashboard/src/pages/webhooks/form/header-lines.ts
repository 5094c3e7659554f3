import { headerLines as lines } from '../../../parts/header-lines.ts';
import { asSaved } from './bodies.ts';

/** `Name: value`, one header per line. A placeholder in Basic credentials is shown as text, not in base64. */
export function headerLines(headers: Readonly<Record<string, string>>): string {
  const readable = Object.entries(headers).map(([name, value]) => [
    name,
    isSavedBasic(value) ? `Basic ${asSaved}` : value,
  ]);
  return lines(Object.fromEntries(readable));
}

function isSavedBasic(value: string): boolean {
  const [scheme, encoded = ''] = value.split(' ');
  if (scheme !== 'Basic') return false;
  try {
    return atob(encoded).endsWith(`:${asSaved}`);
  } catch {
    return false;
  }
}
