import { generateKeyPairSync, randomBytes, sign } from 'node:crypto';

export interface SelfSigned {
  /** PEM. */
  readonly key: string;
  readonly cert: string;
}

export interface CertificateOptions {
  /** The host name the certificate is for. */
  readonly host: string;
  readonly notBefore?: Date;
  readonly notAfter?: Date;
}

/** A new self-signed certificate (RFC 5280), so that no key lies in the repository and none expires. */
export function selfSigned({ host, notBefore, notAfter }: CertificateOptions): SelfSigned {
  const { publicKey, privateKey } = generateKeyPairSync('ec', { namedCurve: 'prime256v1' });
  const day = 86_400_000;
  const ecdsaWithSha256 = sequence(oid('06082a8648ce3d040302'));
  const name = sequence(set(sequence(oid('0603550403'), utf8String(host))));
  const tbs = sequence(
    explicit(0, integer(Buffer.from([2]))),
    integer(Buffer.concat([Buffer.from([1]), randomBytes(8)])),
    ecdsaWithSha256,
    name,
    sequence(time(notBefore ?? new Date(Date.now() - day)), time(notAfter ?? new Date(Date.now() + day))),
    name,
    publicKey.export({ type: 'spki', format: 'der' }),
    explicit(3, sequence(subjectAltName(host))),
  );
  const signature = sign('sha256', tbs, privateKey);
  const cert = sequence(tbs, ecdsaWithSha256, tlv(0x03, Buffer.concat([Buffer.from([0]), signature])));
  return {
    key: privateKey.export({ type: 'pkcs8', format: 'pem' }).toString(),
    cert: `-----BEGIN CERTIFICATE-----\n${cert.toString('base64')}\n-----END CERTIFICATE-----\n`,
  };
}

function subjectAltName(host: string): Buffer {
  const dnsName = tlv(0x82, Buffer.from(host));
  return sequence(oid('0603551d11'), tlv(0x04, sequence(dnsName)));
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
