import type { Answers } from '../../api/client.ts';

type Secret = Answers['getWebhookSecret'];

/** What signs requests now. */
export function signedWords({ signed_with, previous }: Pick<Secret, 'signed_with' | 'previous'>): string {
  switch (signed_with) {
    case 'both':
      return `Every request carries a signature by the new secret and by ${previous.length === 1 ? 'the replaced one' : 'each replaced one'}. Put the new one in its place at your receiver before the time is over.`;
    case 'previous':
      return 'Requests are still signed with the replaced secret. When its time is over, the new one takes over: let your receiver accept both before that.';
    case 'new':
      return 'Requests are signed with the new secret.';
    case null:
      return 'Requests are not signed.';
  }
}
