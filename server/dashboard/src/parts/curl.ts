/** A request as the log keeps it. */
export interface KeptRequest {
  readonly headers: Readonly<Record<string, string>>;
  readonly body: string;
}

/** What the API shows in the place of a credential. */
const hidden = '********';

/** Linux takes no argument of 128 KiB or more; what a shell's own printf is given is not one. */
const longestArgument = 100_000;

/**
 * The command that makes a request again: the same bytes, whatever is in them. For bash and other POSIX shells. Credentials
 * are not known here; the command names them and leaves their places open.
 */
export function curlCommand(url: string, { headers, body }: KeptRequest): string {
  const long = new TextEncoder().encode(quoted(body)).length > longestArgument;
  const given = [
    // What looks like a pattern of several URLs is none.
    `curl --globoff -X POST ${quoted(url)}`,
    ...Object.entries(headers).map(([name, value]) => `-H ${quoted(header(name, value))}`),
    ...(hasContentType(headers) ? [] : ["-H 'Content-Type:'"]),
    long ? '--data-binary @-' : `--data-raw ${quoted(body)}`,
  ].join(' \\\n  ');
  const command = long ? `printf %s ${quoted(body)} |\n${given}` : given;
  return [...toFillIn(headers), command].join('\n');
}

/** To curl `Name:` says that the header is to be left out, and `Name;` that it is empty. */
function header(name: string, value: string): string {
  return value.trim() === '' ? `${name};` : `${name}: ${value}`;
}

/** curl would say that the body is a form. */
function hasContentType(headers: KeptRequest['headers']): boolean {
  return Object.keys(headers).some((name) => name.toLowerCase() === 'content-type');
}

/**
 * A comment of plain words: a shell that takes none at its prompt (zsh) tries to run the line, so nothing in it may mean
 * anything to it, not even a header's name.
 */
function toFillIn(headers: KeptRequest['headers']): string[] {
  const names = Object.keys(headers).filter((name) => headers[name] === hidden && /^[A-Za-z0-9_-]+$/.test(name));
  if (!Object.values(headers).includes(hidden)) return [];
  const which = names.length > 0 ? `the values of ${names.join(', ')}` : 'the values of your own headers';
  return [`# Put your credentials in the place of the asterisks first: ${which}`];
}

/** Text as one word of a shell. */
function quoted(text: string): string {
  if (!controls.test(text)) return `'${text.replaceAll("'", "'\\''")}'`;
  const escaped = text.replace(/['\\]/g, '\\$&').replace(new RegExp(controls, 'g'), octal);
  return `$'${escaped}'`;
}

/** Characters that a terminal obeys when the command is pasted; line breaks are none inside of quotes. */
// biome-ignore lint/suspicious/noControlCharactersInRegex: they are what is looked for
const controls = /[\x01-\x09\x0b-\x1f\x7f-\x9f]/;

function octal(character: string): string {
  return [...new TextEncoder().encode(character)].map((byte) => `\\${byte.toString(8).padStart(3, '0')}`).join('');
}
