import { isUtf8 } from 'node:buffer';
import type { Transform } from 'node:stream';
import * as zlib from 'node:zlib';

/** What could be read of a body. */
export interface Decoded {
  readonly bytes: Buffer;
  /** There is more than the limit, or than arrived. */
  readonly truncated: boolean;
  /** For the customer: what could not be read, and why. */
  readonly note?: string;
}

/** Small, as a decoder that fails takes the piece it is writing with it. */
const chunkSize = 1024;

/** RFC 9659: the largest window that a sender may use, in bytes as a power of two. */
const zstdWindow = { [zlib.constants.ZSTD_d_windowLogMax]: 23 };

const decoders: Readonly<Record<string, (body: Buffer) => Transform>> = {
  gzip: () => zlib.createGunzip({ chunkSize }),
  'x-gzip': () => zlib.createGunzip({ chunkSize }),
  // RFC 9110 section 8.4.1.2: in the zlib format, but some servers leave that out.
  deflate: (body) => (isZlib(body) ? zlib.createInflate({ chunkSize }) : zlib.createInflateRaw({ chunkSize })),
  br: () => zlib.createBrotliDecompress({ chunkSize }),
  zstd: () => zlib.createZstdDecompress({ chunkSize, params: zstdWindow }),
};

/** The most codings of one body, one inside the other. */
const maxCodings = 2;

/** A damaged body is read in so many steps, to have what comes before the damage, and its checksum by itself. */
const steps = 128;
const checksumBytes = 8;

const none: readonly string[] = [];

const unsupported = 'The response body is stored as it was received, because its Content-Encoding is not supported.';

/** The codings of a Content-Encoding header, in the order in which they were applied. */
export function codingsOf(header: string | readonly string[] | undefined): readonly string[] {
  if (header === undefined) return none;
  const names = [header].flat().join(',').toLowerCase().split(',');
  return names.map((name) => name.trim()).filter((name) => name !== '' && name !== 'identity');
}

/**
 * Unpacks a body, off the main thread. Never rejects: a body that cannot be unpacked stays as it is, a damaged one is
 * read up to the damage.
 *
 * @param limit the most bytes to unpack
 */
export async function decode(body: Decoded, codings: readonly string[], limit: number): Promise<Decoded> {
  if (codings.length > maxCodings || !codings.every((name) => Object.hasOwn(decoders, name))) {
    return { ...body, note: unsupported };
  }
  let read = body;
  for (const name of codings.toReversed()) {
    const { bytes, end } = await unpack(name, read.bytes, limit);
    // Text was never compressed, even if some of it happens to unpack.
    if (end === 'broken' && (bytes.length === 0 || isUtf8(read.bytes))) return { ...body, note: asReceived(name) };
    const truncated = read.truncated || end === 'full';
    // A body that was cut here has no end.
    read = end === 'broken' && !truncated ? { bytes, truncated, note: damaged(name) } : { ...read, bytes, truncated };
  }
  return read;
}

interface Unpacked {
  readonly bytes: Buffer;
  /** `full`: the limit was reached. `broken`: what came is not the whole, or not valid. */
  readonly end: 'whole' | 'full' | 'broken';
}

async function unpack(name: string, body: Buffer, limit: number): Promise<Unpacked> {
  if (body.length === 0) return { bytes: body, end: 'whole' };
  const unpacked = await run(name, body, limit, [body]);
  return unpacked.end === 'broken' ? run(name, body, limit, divided(body)) : unpacked;
}

function divided(body: Buffer): Buffer[] {
  const end = Math.max(0, body.length - checksumBytes);
  const step = Math.ceil(end / steps);
  const count = step === 0 ? 0 : Math.ceil(end / step);
  const parts = Array.from({ length: count }, (_, i) => body.subarray(i * step, Math.min(end, (i + 1) * step)));
  return [...parts, body.subarray(end)];
}

function run(name: string, body: Buffer, limit: number, parts: readonly Buffer[]): Promise<Unpacked> {
  return new Promise((resolve) => {
    const decoder = decoders[name]?.(body);
    const chunks: Buffer[] = [];
    let length = 0;
    const finish = (end: Unpacked['end']) => {
      resolve({ bytes: Buffer.concat(chunks).subarray(0, limit), end });
      decoder?.destroy();
    };
    decoder?.on('data', (chunk: Buffer) => {
      chunks.push(chunk);
      length += chunk.length;
      if (length > limit) finish('full');
    });
    decoder?.on('end', () => finish('whole'));
    decoder?.on('error', () => finish('broken'));
    for (const part of parts) decoder?.write(part);
    decoder?.end();
  });
}

/** RFC 1950 section 2.2. */
function isZlib(body: Buffer): boolean {
  const [first = 0, second = 0] = body;
  return first % 16 === 8 && (first * 256 + second) % 31 === 0;
}

function asReceived(name: string): string {
  return `The response body is stored as it was received, because it is not valid ${name}.`;
}

function damaged(name: string): string {
  return `The response body is not complete: its ${name} data is damaged or breaks off.`;
}
