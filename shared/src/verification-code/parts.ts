import type { SignatureScheme } from '../signing.ts';

/** Lines of a program; those that a scheme has no need of are false. */
export function code(...lines: readonly (string | false)[]): string {
  return `${lines.filter((line) => line !== false).join('\n')}\n`;
}

export interface Needs {
  readonly id: boolean;
  readonly timestamp: boolean;
  /** Whether the secret's text is base64 behind `whsec_`, and not the key itself. */
  readonly decoding: boolean;
  readonly hex: boolean;
  readonly several: boolean;
}

export function needsOf({ content, key, encoding, several }: SignatureScheme): Needs {
  return {
    id: content.includes('id'),
    timestamp: content.includes('timestamp'),
    decoding: key === 'base64',
    hex: encoding === 'hex',
    several,
  };
}

/** What is signed as runs of what is text (parts and the dots between them) and the body, which is bytes. */
export function runsOf(content: SignatureScheme['content']): (readonly Token[] | 'body')[] {
  const runs: (Token[] | 'body')[] = [];
  const add = (token: Token) => {
    const last = runs.at(-1);
    if (Array.isArray(last)) last.push(token);
    else runs.push([token]);
  };
  for (const [index, part] of content.entries()) {
    if (index > 0) add('.');
    if (part === 'body') runs.push(part);
    else add(part);
  }
  return runs;
}

export type Token = 'id' | 'timestamp' | '.';

/** A text as JavaScript, PHP and Ruby write it. */
export function single(text: string): string {
  return `'${text.replaceAll('\\', '\\\\').replaceAll("'", "\\'")}'`;
}

/** A text as Python and Go write it. */
export function double(text: string): string {
  return JSON.stringify(text);
}

/** A header's name as CGI has it, and PHP and Rack after it: `HTTP_WEBHOOK_ID`. */
export function cgiName(header: string): string {
  return `HTTP_${header.toUpperCase().replaceAll('-', '_')}`;
}
