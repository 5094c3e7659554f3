/** A request from the log. */
export interface LoggedRequest {
  readonly headers: Readonly<Record<string, string>>;
  readonly body: string;
}

/** The API's placeholder for a credential. */
const hidden = '********';

/** Linux limits an argument to 128 KiB. The limit does not apply to a shell's built-in printf. */
const longestArgument = 100_000;

/**
 * A curl command that repeats a request with the same bytes, for bash and other POSIX shells. Credentials are not known
 * here; a comment says which to fill in.
 */
export function curlCommand(url: string, { headers, body }: LoggedRequest): string {
  const long = new TextEncoder().encode(quoted(body)).length > longestArgument;
  const given = [
    // Brackets and braces in the URL are not a glob pattern.
    `curl --globoff -X POST ${quoted(url)}`,
    ...Object.entries(headers).map(([name, value]) => `-H ${quoted(header(name, value))}`),
    ...(hasContentType(headers) ? [] : ["-H 'Content-Type:'"]),
    long ? '--data-binary @-' : `--data-raw ${quoted(body)}`,
  ].join(' \\\n  ');
  const command = long ? `printf %s ${quoted(body)} |\n${given}` : given;
  return [...credentialsComment(headers), command].join('\n');
}

/** In curl, `Name:` removes the header and `Name;` sends it empty. */
function header(name: string, value: string): string {
  return value.trim() === '' ? `${name};` : `${name}: ${value}`;
}

/** Without the header, curl declares the body a form. */
function hasContentType(headers: LoggedRequest['headers']): boolean {
  return Object.keys(headers).some((name) => name.toLowerCase() === 'content-type');
}

/**
 * A comment in plain words. zsh does not take comments at its prompt and runs the line, so it must not contain anything
 * special to a shell, not even in a header's name.
 */
function credentialsComment(headers: LoggedRequest['headers']): string[] {
  const names = Object.keys(headers).filter((name) => headers[name] === hidden && /^[A-Za-z0-9_-]+$/.test(name));
  if (!Object.values(headers).includes(hidden)) return [];
  const which = names.length > 0 ? `the values of ${names.join(', ')}` : 'the values of your own headers';
  return [`# Replace the asterisks with your credentials first: ${which}`];
}

/** Quotes text as one shell word. */
function quoted(text: string): string {
  if (!controls.test(text)) return `'${text.replaceAll("'", "'\\''")}'`;
  const escaped = text.replace(/['\\]/g, '\\$&').replace(new RegExp(controls, 'g'), octal);
  return `$'${escaped}'`;
}

/** Control characters that a terminal acts on when text is pasted. Line breaks inside quotes are harmless. */
// biome-ignore lint/suspicious/noControlCharactersInRegex: the pattern is meant to match control characters
const controls = /[\x01-\x09\x0b-\x1f\x7f-\x9f]/;

function octal(character: string): string {
  return [...new TextEncoder().encode(character)].map((byte) => `\\${byte.toString(8).padStart(3, '0')}`).join('');
}
