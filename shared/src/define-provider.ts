import { resolveDeliveryPolicy } from './delivery-policy.ts';
import type { Provider, ProviderInput } from './provider.ts';
import { providerProblems } from './provider-check.ts';

/**
 * Checks a provider and fills in the defaults.
 *
 * @throws {ProviderError} naming every invalid field. A sample that does not match its own schema is one.
 */
export function defineProvider(input: ProviderInput): Provider {
  const problems = providerProblems(input);
  if (problems.length > 0) throw new ProviderError(String(input?.id), problems);
  return {
    ...input,
    webhooks: {
      eventTypes: 'many',
      secret: input.signature ? 'always' : 'never',
      authentication: ['none'],
      additionalHeaders: false,
      ...input.webhooks,
    },
    delivery: resolveDeliveryPolicy(input.delivery),
  };
}

export class ProviderError extends Error {
  override readonly name = 'ProviderError';

  constructor(id: string, problems: readonly string[]) {
    super(`Provider "${id}" is invalid:\n${problems.map((problem) => `  - ${problem}`).join('\n')}`);
  }
}
