import { Button, Text } from '@mantine/core';
import { useState } from 'react';
import { problemAt } from '../../../api/problems.ts';
import type { Provider } from '../../../api/resources.ts';
import { SecretInput } from '../../../parts/secret-input.tsx';
import type { Format } from './draft.ts';
import { secretUse } from './draft.ts';
import type { FieldsProps } from './fields.ts';

/**
 * What a new webhook's requests are signed with. Where every request is signed one is made on saving, unless somebody
 * brings one; later it is seen to on the webhook's own page, which can rotate it.
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
          It is generated when you save. You can then copy it, to verify that requests come from {provider.name}.
        </Text>
        <Button size="compact-sm" variant="subtle" mt={4} onClick={() => setOwn(true)}>
          Use a secret of my own
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
        description={`${onGenerate ? '' : 'If you set one, every request is signed with it. '}${shape(provider, draft.format)}`}
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
          Let one be generated
        </Button>
      )}
    </div>
  );
}

function shape({ signature }: Provider, format: Format): string {
  return format === 'standard' || signature?.key === 'base64'
    ? 'It is “whsec_” followed by the base64 of 24 to 64 random bytes.'
    : 'It has 16 to 256 characters, without spaces.';
}
