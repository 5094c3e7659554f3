import { X509Certificate } from 'node:crypto';
import { readFileSync } from 'node:fs';
import { resolve } from 'node:path';

const certificate = /-----BEGIN CERTIFICATE-----[^-]+-----END CERTIFICATE-----/g;

/**
 * Reads the certificates (PEM) of a file. Its name is relative to the working directory.
 *
 * @throws an error that names the file and says what to change
 */
export function readAuthorityFile(name: string): string[] {
  const file = resolve(name);
  const found = [...read(file).matchAll(certificate)].map(([pem]) => pem);
  if (found.length === 0) {
    throw new Error(
      `${file} contains no certificate. Use a PEM file, which has the line -----BEGIN CERTIFICATE-----; convert others with: openssl x509 -inform der`,
    );
  }
  for (const [index, pem] of found.entries()) check(pem, index + 1, file);
  return found;
}

function read(file: string): string {
  try {
    return readFileSync(file, 'latin1');
  } catch (cause) {
    const { code = 'error' } = cause as NodeJS.ErrnoException;
    throw new Error(`${file} cannot be read (${code}). Correct the name, or let this user read it.`, { cause });
  }
}

function check(pem: string, number: number, file: string): void {
  try {
    new X509Certificate(pem);
  } catch (cause) {
    throw new Error(`Certificate ${number} in ${file} is damaged. Export it again.`, { cause });
  }
}
