import { createCipheriv, createDecipheriv, createHmac, randomBytes } from 'node:crypto';
import type { Credentials, Webhook } from '../model.ts';

/** Encrypts credentials for the store: AES-256-GCM with a random nonce. */
export class Vault {
  readonly #key: Uint8Array;

  /** @param key 32 bytes. */
  constructor(key: Uint8Array) {
    if (key.length !== 32) throw new TypeError('The encryption key must have 32 bytes.');
    this.#key = key;
  }

  /** @param context authenticated data, required to open it: text moved to another row does not open. */
  seal(credentials: Credentials, context: string): string {
    const nonce = randomBytes(12);
    const cipher = createCipheriv('aes-256-gcm', this.#key, nonce).setAAD(Buffer.from(context));
    const sealed = Buffer.concat([cipher.update(JSON.stringify(credentials), 'utf8'), cipher.final()]);
    return `v2.${Buffer.concat([nonce, cipher.getAuthTag(), sealed]).toString('base64')}`;
  }

  /** @throws {VaultError} when the text was sealed with another key or for another context. */
  open(text: string, context: string): Credentials {
    const bytes = Buffer.from(text.replace(/^v\d\./, ''), 'base64');
    const decipher = createDecipheriv('aes-256-gcm', this.#key, bytes.subarray(0, 12))
      .setAAD(Buffer.from(context))
      .setAuthTag(bytes.subarray(12, 28));
    try {
      return JSON.parse(Buffer.concat([decipher.update(bytes.subarray(28)), decipher.final()]).toString('utf8'));
    } catch (cause) {
      throw new VaultError(context, { cause });
    }
  }

  /** The credentials of a webhook, which open for its row alone. */
  sealFor({ id }: Pick<Webhook, 'id'>, credentials: Credentials): string {
    return this.seal(credentials, id);
  }

  /** @throws {VaultError} */
  openOf({ id, organizationId, sealed }: Pick<Webhook, 'id' | 'organizationId' | 'sealed'>): Credentials {
    // Before, they were bound to the organization; the next change binds them to their row.
    return this.open(sealed, sealed.startsWith('v1.') ? organizationId : id);
  }

  /** Stands for a text that may hold secrets, which cannot be found from it by trying. */
  fingerprint(text: string, context: string): string {
    const key = createHmac('sha256', this.#key).update('fingerprint').digest();
    return createHmac('sha256', key).update(`${context}\n${text}`).digest('hex');
  }
}

export class VaultError extends Error {
  override readonly name = 'VaultError';

  constructor(context: string, options: ErrorOptions) {
    super(
      `Cannot decrypt the secrets of ${context}. Set BELLHOP_ENCRYPTION_KEY to the key they were stored with.`,
      options,
    );
  }
}
