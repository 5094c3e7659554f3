import { maxResponseHeaderBytes } from './answer-head.ts';
import { codingsOf, type Decoded, decode } from './content-coding.ts';
import type { HttpResponse } from './http-result.ts';

export type ReceivedHeaders = Readonly<Record<string, string | string[] | undefined>>;

/** What arrived of a response. */
export interface Received {
  readonly status: number;
  readonly headers: ReceivedHeaders;
  readonly body: Buffer;
  /** The body is longer. */
  readonly truncated: boolean;
  /** There are more headers than are read. */
  readonly overflow: boolean;
  readonly durationMs: number;
}

/** Bytes of headers to keep. */
const maxKeptHeaderBytes = 16_384;

const headersCut = `Only a part of the response headers is stored, because they are longer than ${maxKeptHeaderBytes / 1024} KiB.`;
const headersOverflow = `The response was not read to its end, because its headers or what frames its body are longer than ${maxResponseHeaderBytes / 1024} KiB.`;

/**
 * The response for the log and for deciding what it means, with its body unpacked and decoded as UTF-8.
 *
 * @param maxBodyBytes the most bytes to unpack
 */
export function toResponse(received: Received, maxBodyBytes: number): HttpResponse | Promise<HttpResponse> {
  const { body: bytes, truncated, headers } = received;
  const body = { bytes, truncated };
  const codings = codingsOf(headers['content-encoding']);
  if (codings.length === 0 || bytes.length === 0) return assemble(received, body);
  return decode(body, codings, maxBodyBytes).then((decoded) => assemble(received, decoded));
}

function assemble({ status, headers: all, overflow, durationMs }: Received, body: Decoded): HttpResponse {
  const { headers, cut } = kept(all);
  const { bytes, truncated, note } = body;
  const response = { kind: 'response', status, headers, body: bytes.toString('utf8'), truncated, durationMs } as const;
  if (!overflow && !cut && note === undefined) return response;
  const notes = [...(overflow ? [headersOverflow] : []), ...(cut ? [headersCut] : []), ...(note ? [note] : [])];
  return { ...response, note: notes.join(' ') };
}

/** A header that does not fit is left out, so that short ones after it, such as Retry-After, are kept. */
function kept(all: ReceivedHeaders): { headers: Record<string, string>; cut: boolean } {
  const headers: Record<string, string> = {};
  let left = maxKeptHeaderBytes;
  let cut = false;
  for (const name in all) {
    const value = all[name];
    if (value === undefined) continue;
    const text = typeof value === 'string' ? value : value.join(', ');
    const size = name.length + text.length;
    if (size > left) {
      cut = true;
      continue;
    }
    left -= size;
    headers[name] = text;
  }
  return { headers, cut };
}
