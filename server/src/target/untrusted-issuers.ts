import { isIP } from 'node:net';

/** Codes of Node for a certificate whose issuer is not trusted. */
const untrusted = new Set([
  'SELF_SIGNED_CERT_IN_CHAIN',
  'UNABLE_TO_VERIFY_LEAF_SIGNATURE',
  'UNABLE_TO_GET_ISSUER_CERT',
  'UNABLE_TO_GET_ISSUER_CERT_LOCALLY',
]);

/** One private authority may well sign for a company's two domains. */
const manyDomains = 3;
const maxIssuers = 64;

/**
 * Notices a middlebox that signs certificates for all hosts: the same untrusted issuer for several unrelated domains.
 * This changes only the words of an error, as a receiver can choose its issuer's name.
 */
export class UntrustedIssuers {
  readonly #domains = new Map<string, Set<string>>();

  isWidespread(code: string, issuer: string, hostname: string): boolean {
    if (!untrusted.has(code)) return false;
    const domains = this.#domains.get(issuer) ?? new Set();
    if (domains.size < manyDomains) domains.add(domainOf(hostname));
    // The last one used is the last one forgotten.
    this.#domains.delete(issuer);
    this.#domains.set(issuer, domains);
    const [oldest] = this.#domains.keys();
    if (this.#domains.size > maxIssuers && oldest !== undefined) this.#domains.delete(oldest);
    return domains.size >= manyDomains;
  }
}

/** The last two labels, which unrelated names rarely share. All addresses count as one. */
function domainOf(hostname: string): string {
  const host = hostname.replaceAll(/[[\]]/g, '');
  return isIP(host) !== 0 ? 'address' : host.split('.').slice(-2).join('.');
}
