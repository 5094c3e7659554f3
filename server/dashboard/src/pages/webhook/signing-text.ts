import type { Responses } from '../../api/client.ts';

type Secret = Responses['getWebhookSecret'];

/** Which secrets sign requests now. */
export function signingText({ signed_with, previous }: Pick<Secret, 'signed_with' | 'previous'>): string {
  switch (signed_with) {
    case 'both':
      return `Requests are signed with the new secret and ${previous.length === 1 ? 'the replaced one' : 'every replaced one'}. Switch your receiver to the new one before the replaced one expires.`;
    case 'previous':
      return 'Requests are signed with the replaced secret until it expires, then with the new one. Make your receiver accept both before that.';
    case 'new':
      return 'Requests are signed with the new secret.';
    case null:
      return 'Requests are not signed.';
  }
}
