import { Button, Text } from '@mantine/core';
import { useState } from 'react';
import { problemAt } from '../../../api/problems.ts';
import type { Provider } from '../../../api/resources.ts';
import { SecretInput } from '../../../parts/secret-input.tsx';
import type { Format } from './draft.ts';
import { secretUse } from './draft.ts';
import type { FieldsProps } from './fields.ts';

/**
 * The signing secret of a new webhook: generated on saving, or the customer's own. Later it is rotated on the webhook's
 * page.
 */
export function SecretField(props: FieldsProps) {
  const { draft, provider, problems, webhook } = props;
  const [own, setOwn] = useState(draft.secret !== '');
  const use = secretUse(provider, draft.format);
  if (webhook || use === 'never') return null;
  const error = problemAt(problems, 'signing_secret');
  if (use === 'always' && !own && error === undefined) {
    return (
      <div>
        <Text size="sm" fw={600}>
          Signing secret
        </Text>
        <Text size="sm" c="dimmed">
          Generated when you save. Copy it then, to verify that requests come from {provider.name}.
        </Text>
        <Button size="compact-sm" variant="subtle" mt={4} onClick={() => setOwn(true)}>
          Use my own secret
        </Button>
      </div>
    );
  }
  return <OwnSecret {...props} error={error} onGenerate={use === 'always' ? () => setOwn(false) : undefined} />;
}

function OwnSecret({
  draft,
  change,
  provider,
  error,
  onGenerate,
}: FieldsProps & { readonly error: string | undefined; readonly onGenerate: (() => void) | undefined }) {
  return (
    <div>
      <SecretInput
        label={onGenerate ? 'Signing secret' : 'Signing secret (optional)'}
        description={`${onGenerate ? '' : 'If set, every request is signed with it. '}${shape(provider, draft.format)}`}
        value={draft.secret}
        onChange={(secret) => change({ secret })}
        error={error}
      />
      {onGenerate && (
        <Button
          size="compact-sm"
          variant="subtle"
          mt={4}
          onClick={() => {
            change({ secret: '' });
            onGenerate();
          }}
        >
          Generate a secret
        </Button>
      )}
    </div>
  );
}

function shape({ signature }: Provider, format: Format): string {
  return format === 'standard' || signature?.key === 'base64'
    ? '“whsec_” followed by the base64 of 24 to 64 random bytes.'
    : '8 to 256 characters.';
}
