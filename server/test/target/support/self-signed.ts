import { generateKeyPairSync, type KeyObject, randomBytes, sign } from 'node:crypto';

export interface SelfSigned {
  /** PEM. */
  readonly key: string;
  readonly cert: string;
}

export interface Dates {
  readonly notBefore?: Date;
  readonly notAfter?: Date;
}

export interface CertificateOptions extends Dates {
  /** The host name the certificate is for. */
  readonly host: string;
}

/** A new self-signed certificate (RFC 5280), so that no key lies in the repository and none expires. */
export function selfSigned({ host, ...dates }: CertificateOptions): SelfSigned {
  const key = ecKey();
  return issue({
    name: host,
    key,
    issuer: { name: host, key: key.privateKey },
    extensions: [subjectAltName(host)],
    ...dates,
  });
}

export interface LeafOptions extends Dates {
  /** Default: serverAuth and clientAuth, as none is named. */
  readonly usage?: 'clientAuth';
  readonly hash?: 'sha1';
  readonly rsaBits?: number;
}

/** A certificate authority of one's own. `cert` includes those above it, but not the root. */
export class Authority {
  readonly name: string;
  /** PEM. */
  readonly cert: string;
  readonly #above: string;
  readonly #key: KeyObject;

  /** @param permitted the domain that its certificates have to be for (RFC 5280 section 4.2.1.10) */
  constructor(name: string, { issuer, permitted, ...dates }: Dates & { issuer?: Authority; permitted?: string } = {}) {
    const key = ecKey();
    this.name = name;
    this.#key = key.privateKey;
    const extensions = [extension('551d13', sequence(tlv(0x01, Buffer.from([0xff]))))];
    if (permitted)
      extensions.push(extension('551d1e', sequence(explicit(0, sequence(tlv(0x82, Buffer.from(permitted)))))));
    const signer = issuer ? { name: issuer.name, key: issuer.#key } : { name, key: this.#key };
    this.cert = issue({ name, key, issuer: signer, extensions, ...dates }).cert;
    this.#above = issuer ? this.cert + issuer.#above : '';
  }

  /** `cert` has the intermediate certificates too. */
  leaf(host: string, { usage, hash, rsaBits, ...dates }: LeafOptions = {}): SelfSigned {
    const key = rsaBits ? generateKeyPairSync('rsa', { modulusLength: rsaBits }) : ecKey();
    const extensions = [subjectAltName(host)];
    if (usage) extensions.push(extension('551d25', sequence(oid('06082b06010505070302'))));
    const issuer = { name: this.name, key: this.#key };
    const leaf = issue({ name: host, key, issuer, extensions, hash, ...dates });
    return { ...leaf, cert: leaf.cert + this.#above };
  }
}

interface Issue extends Dates {
  readonly name: string;
  readonly key: { readonly publicKey: KeyObject; readonly privateKey: KeyObject };
  readonly issuer: { readonly name: string; readonly key: KeyObject };
  readonly extensions: readonly Buffer[];
  readonly hash?: 'sha1' | undefined;
}

function issue({ name, key, issuer, extensions, hash, notBefore, notAfter }: Issue): SelfSigned {
  const day = 86_400_000;
  const ecdsa = sequence(oid(hash ? '06072a8648ce3d0401' : '06082a8648ce3d040302'));
  const tbs = sequence(
    explicit(0, integer(Buffer.from([2]))),
    integer(Buffer.concat([Buffer.from([1]), randomBytes(8)])),
    ecdsa,
    distinguishedName(issuer.name),
    sequence(time(notBefore ?? new Date(Date.now() - day)), time(notAfter ?? new Date(Date.now() + day))),
    distinguishedName(name),
    key.publicKey.export({ type: 'spki', format: 'der' }),
    explicit(3, sequence(...extensions)),
  );
  const signature = sign(hash ?? 'sha256', tbs, issuer.key);
  const cert = sequence(tbs, ecdsa, tlv(0x03, Buffer.concat([Buffer.from([0]), signature])));
  return {
    key: key.privateKey.export({ type: 'pkcs8', format: 'pem' }).toString(),
    cert: `-----BEGIN CERTIFICATE-----\n${cert.toString('base64')}\n-----END CERTIFICATE-----\n`,
  };
}

function ecKey() {
  return generateKeyPairSync('ec', { namedCurve: 'prime256v1' });
}

function distinguishedName(commonName: string): Buffer {
  return sequence(set(sequence(oid('0603550403'), utf8String(commonName))));
}

/** @param id of an extension of RFC 5280, in hex */
function extension(id: string, value: Buffer): Buffer {
  return sequence(oid(`0603${id}`), tlv(0x04, value));
}

function subjectAltName(host: string): Buffer {
  return extension('551d11', sequence(tlv(0x82, Buffer.from(host))));
}

/** GeneralizedTime is for years from 2050 on; UTCTime until then (RFC 5280 section 4.1.2.5). */
function time(date: Date): Buffer {
  const digits = date.toISOString().replaceAll(/[-:T]|\.\d+/g, '');
  return tlv(0x17, Buffer.from(digits.slice(2)));
}

function tlv(tag: number, content: Buffer): Buffer {
  const { length } = content;
  const size = length < 128 ? [length] : length < 256 ? [0x81, length] : [0x82, length >> 8, length & 0xff];
  return Buffer.concat([Buffer.from([tag, ...size]), content]);
}

function sequence(...parts: Buffer[]): Buffer {
  return tlv(0x30, Buffer.concat(parts));
}

function set(...parts: Buffer[]): Buffer {
  return tlv(0x31, Buffer.concat(parts));
}

function explicit(tag: number, content: Buffer): Buffer {
  return tlv(0xa0 + tag, content);
}

function integer(bytes: Buffer): Buffer {
  return tlv(0x02, bytes);
}

function utf8String(text: string): Buffer {
  return tlv(0x0c, Buffer.from(text));
}

/** An encoded object identifier, tag and length included. */
function oid(hex: string): Buffer {
  return Buffer.from(hex, 'hex');
}
