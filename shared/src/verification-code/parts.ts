import type { SignatureScheme } from '../signing.ts';

/** Joins the lines of a program and leaves out those that are false. */
export function code(...lines: readonly (string | false)[]): string {
  return `${lines.filter((line) => line !== false).join('\n')}\n`;
}

export interface Needs {
  readonly id: boolean;
  readonly timestamp: boolean;
  /** True when the secret is base64 after `whsec_`, not the key itself. */
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

/** The signed content as runs: text (parts and the dots between them) or the body, which is bytes. */
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

/** A string literal of JavaScript, PHP and Ruby. */
export function single(text: string): string {
  return `'${text.replaceAll('\\', '\\\\').replaceAll("'", "\\'")}'`;
}

/** A string literal of Python and Go. */
export function double(text: string): string {
  return JSON.stringify(text);
}

/** A header's name in CGI, PHP and Rack: `HTTP_WEBHOOK_ID`. */
export function cgiName(header: string): string {
  return `HTTP_${header.toUpperCase().replaceAll('-', '_')}`;
}
