import type { X509Certificate } from 'node:crypto';

/** A failed handshake or a rejected certificate. */
export interface TlsFailure {
  /** The receiver, as `host` or `host:port`. */
  readonly host: string;
  /** Node's error code; `UNSPECIFIED` for many causes. */
  readonly code: string;
  /** OpenSSL's words for the cause. */
  readonly reason: string;
  /** The receiver's certificate, if the handshake came so far. */
  readonly certificate?: X509Certificate | undefined;
  /** Several unrelated hosts have certificates of the same untrusted issuer. */
  readonly widespread?: boolean;
}

type Sentence = (failure: TlsFailure) => string;

/** Codes for failed handshakes and rejected certificates (Node documentation, TLS, "X509 certificate error codes"). */
const tlsCode =
  /^(?:EPROTO$|UNSPECIFIED$|ERR_TLS_|ERR_SSL_|CERT_|CRL_|UNABLE_TO_|DEPTH_ZERO_|SELF_SIGNED_|ERROR_IN_|PATH_LENGTH_|INVALID_CA$|INVALID_PURPOSE$|HOSTNAME_MISMATCH$)/;

const askOperator = 'have the operator of this server trust it in targets.ca';

const causes: readonly [codesOrReasons: readonly string[], Sentence][] = [
  [['CERT_HAS_EXPIRED'], expired],
  [
    ['CERT_NOT_YET_VALID'],
    ({ host, certificate }) =>
      `The certificate of ${host} is not valid yet${certificate ? `, only from ${day(certificate.validFromDate)}` : ''}. The receiver has to serve one that is valid today.`,
  ],
  [['ERR_TLS_CERT_ALTNAME_INVALID', 'HOSTNAME_MISMATCH'], forOtherNames],
  [
    ['DEPTH_ZERO_SELF_SIGNED_CERT'],
    ({ host }) =>
      `The certificate of ${host} is self-signed. The receiver has to serve one from a public certificate authority. If it is in your own network, ${askOperator}.`,
  ],
  [['SELF_SIGNED_CERT_IN_CHAIN', 'CERT_UNTRUSTED'], privateAuthority],
  [
    ['UNABLE_TO_VERIFY_LEAF_SIGNATURE', 'UNABLE_TO_GET_ISSUER_CERT', 'UNABLE_TO_GET_ISSUER_CERT_LOCALLY'],
    unknownIssuer,
  ],
  [
    ['CA signature digest algorithm too weak', 'CA md too weak'],
    ({ host }) =>
      `The certificate of ${host}, or one that signs it, has an insecure signature (SHA-1 or MD5). The receiver has to get a new certificate with SHA-256.`,
  ],
  [
    ['EE certificate key too weak', 'ERR_SSL_EE_KEY_TOO_SMALL'],
    ({ host }) =>
      `The key in the certificate of ${host} is too short. The receiver has to get a new certificate, with an RSA key of 2048 bits or more, or an ECDSA key of 256.`,
  ],
  [
    ['CA certificate key too weak', 'ERR_SSL_CA_KEY_TOO_SMALL'],
    ({ host }) =>
      `The authority that signs the certificate of ${host} has a key that is too short. The receiver has to get a certificate from another authority.`,
  ],
  [
    ['permitted subtree violation', 'excluded subtree violation'],
    ({ host }) =>
      `The certificate of ${host} has a name that its authority is not allowed to sign (name constraint). The receiver has to get one from another authority, or with allowed names only.`,
  ],
  [
    ['INVALID_PURPOSE'],
    ({ host }) =>
      `The certificate of ${host} is not for servers. The receiver has to get one with the extended key usage serverAuth.`,
  ],
  [
    [
      'ERR_SSL_TLSV1_ALERT_PROTOCOL_VERSION',
      'ERR_SSL_UNSUPPORTED_PROTOCOL',
      'ERR_SSL_SSL/TLS_ALERT_PROTOCOL_VERSION',
      'ERR_SSL_VERSION_TOO_LOW',
    ],
    ({ host }) => `${host} does not speak TLS 1.2 or TLS 1.3. The receiver has to enable one of them.`,
  ],
  [
    ['ERR_SSL_SSL/TLS_ALERT_HANDSHAKE_FAILURE', 'ERR_SSL_SSLV3_ALERT_HANDSHAKE_FAILURE'],
    // The receiver had chosen a cipher when it sent its certificate.
    (failure) => (failure.certificate ? wantsClientCertificate(failure) : noCommonCipher(failure)),
  ],
  [['ERR_SSL_TLSV1_ALERT_INSUFFICIENT_SECURITY', 'ERR_SSL_NO_SHARED_CIPHER'], noCommonCipher],
  [
    [
      'ERR_SSL_TLSV13_ALERT_CERTIFICATE_REQUIRED',
      'ERR_SSL_TLSV1_ALERT_CERTIFICATE_REQUIRED',
      'ERR_SSL_SSL/TLS_ALERT_BAD_CERTIFICATE',
    ],
    wantsClientCertificate,
  ],
  [
    ['ERR_SSL_TLSV1_ALERT_NO_APPLICATION_PROTOCOL', 'ERR_SSL_TLSV1_NO_APPLICATION_PROTOCOL'],
    ({ host }) => http2Only(host),
  ],
  [
    ['ERR_SSL_TLSV1_UNRECOGNIZED_NAME', 'ERR_SSL_TLSV1_ALERT_UNRECOGNIZED_NAME'],
    ({ host }) => `The receiver has no certificate for ${host}. It has to serve one, or the URL needs another host.`,
  ],
  [
    ['ERR_SSL_WRONG_VERSION_NUMBER', 'ERR_SSL_PACKET_LENGTH_TOO_LONG', 'ERR_SSL_UNEXPECTED_MESSAGE'],
    ({ host }) =>
      `${host} answered without TLS: it speaks plain HTTP or another protocol on this port. Use the port where it serves https://, or enable TLS there.`,
  ],
  [
    ['ERR_SSL_DH_KEY_TOO_SMALL', 'ERR_SSL_BAD_DH_VALUE'],
    ({ host }) =>
      `${host} uses a Diffie-Hellman key that is too short. The receiver has to enable ECDHE, or a key of 2048 bits.`,
  ],
];

const sentences = new Map(causes.flatMap(([keys, sentence]) => keys.map((key) => [key, sentence] as const)));

export function isTlsCode(code: string): boolean {
  return tlsCode.test(code);
}

/** What is wrong and who has to change what, for the customer. */
export function tlsCause(failure: TlsFailure): string {
  const { host, code, reason, certificate } = failure;
  const sentence = sentences.get(code) ?? sentences.get(reason);
  if (sentence) return sentence(failure);
  if (code.startsWith('ERR_SSL_') || code === 'EPROTO') {
    return `TLS with ${host} failed: ${reason || code}. Check the TLS settings and the log of the receiver.`;
  }
  const subject = certificate
    ? `The certificate of ${host} (${commonName(certificate.subject)})`
    : `The certificate of ${host}`;
  return `${subject} is not accepted: ${reason || code}. The receiver has to serve another one.`;
}

export function http2Only(host: string): string {
  return `${host} speaks only HTTP/2. The receiver has to enable HTTP/1.1 too, and to accept http/1.1 in ALPN.`;
}

/** The name of the missing or untrusted certificate at the end of what the receiver sent. */
export function issuerOf(certificate: X509Certificate): string {
  let last = certificate;
  while (last.issuerCertificate && last.issuerCertificate !== last) last = last.issuerCertificate;
  return last.issuer;
}

function expired({ host, certificate }: TlsFailure): string {
  if (!certificate) return `The certificate of ${host} has expired. The receiver has to renew it.`;
  if (certificate.validToDate.getTime() > Date.now()) {
    return `A certificate that signs the one of ${host} has expired. The receiver has to serve the current intermediate certificates.`;
  }
  return `The certificate of ${host} expired on ${day(certificate.validToDate)}. The receiver has to renew it.`;
}

function forOtherNames({ host, certificate }: TlsFailure): string {
  const names = [...(certificate?.subjectAltName ?? '').matchAll(/(?:DNS|IP Address):([\w.:*-]+)/g)].map(
    ([, name]) => name,
  );
  const shown = names.length > 3 ? `${names.slice(0, 3).join(', ')} and ${names.length - 3} more` : names.join(', ');
  const which = names.length > 0 ? `, but for ${shown}` : '; it has no subject alternative name';
  return `The receiver's certificate is not for ${host}${which}. Use a host that it names, or have the receiver serve a certificate for this one.`;
}

function privateAuthority(failure: TlsFailure): string {
  const { host } = failure;
  if (failure.widespread) return intercepted(failure);
  return `The certificate of ${host} is signed by an authority that this server does not trust${named(failure)}. The receiver has to serve one from a public authority. If the authority is yours, ${askOperator}.`;
}

function unknownIssuer(failure: TlsFailure): string {
  const { host } = failure;
  if (failure.widespread) return intercepted(failure);
  return `The certificate of ${host} does not lead to a trusted authority: its signer${named(failure)} was not sent and is unknown to this server. If that is an intermediate certificate, the receiver has to serve it too. If it is an authority of your own, ${askOperator}.`;
}

function intercepted(failure: TlsFailure): string {
  return `The certificate of ${failure.host} is signed by an untrusted authority${named(failure)}, and so are those of unrelated hosts: something between this server and the internet seems to replace certificates. If so, the receiver is not at fault, and the operator of this server has to exempt it from inspection or to trust the authority in targets.ca.`;
}

function noCommonCipher({ host }: TlsFailure): string {
  return `${host} refused the TLS handshake, most likely for want of a common cipher. The receiver has to enable one of today's, such as ECDHE with AES-GCM.`;
}

function wantsClientCertificate({ host }: TlsFailure): string {
  return `${host} requires a client certificate, which this server does not have. The receiver has to accept requests without one; it can verify their signature instead.`;
}

function named({ certificate }: TlsFailure): string {
  return certificate ? ` (${commonName(issuerOf(certificate))})` : '';
}

/** The readable part of a distinguished name, which is whatever the receiver wrote in it. */
function commonName(name: string): string {
  const parts = new Map(
    name.split('\n').map((line) => [line.slice(0, line.indexOf('=')), line.slice(line.indexOf('=') + 1)]),
  );
  const text = parts.get('CN') ?? parts.get('O') ?? name;
  return `"${text.replaceAll(/[^\p{L}\p{N} .,:*&'()/_-]/gu, '').slice(0, 64)}"`;
}

function day(date: Date): string {
  return Number.isNaN(date.getTime()) ? 'an unreadable date' : date.toISOString().slice(0, 10);
}
