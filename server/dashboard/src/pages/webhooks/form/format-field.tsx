import { Radio, Stack, Text } from '@mantine/core';
import { problemAt } from '../../../api/problems.ts';
import type { Provider, Webhook } from '../../../api/resources.ts';
import type { Format } from './draft.ts';
import { secretUse, withFormat } from './draft.ts';
import type { FieldsProps } from './fields.ts';

/** The wire format of requests. */
export function FormatField({ draft, change, provider, problems, webhook }: FieldsProps) {
  return (
    <div>
      <Radio.Group
        label="Format"
        value={draft.format}
        onChange={(value) => change(withFormat(draft, provider, value as Format))}
        error={problemAt(problems, 'format')}
      >
        <Stack gap="xs" mt={6}>
          <Radio
            value="provider"
            label={`${provider.name}’s own`}
            description={`As documented by ${provider.name}, byte for byte.`}
          />
          <Radio
            value="standard"
            label="Standard Webhooks"
            description="The same neutral format for every provider, always signed, with any number of events."
          />
        </Stack>
      </Radio.Group>
      {webhook && webhook.format !== draft.format && (
        <Text size="sm" mt="xs" role="status">
          {switchNote(provider, webhook, draft.format)}
        </Text>
      )}
    </div>
  );
}

function switchNote(provider: Provider, webhook: Webhook, format: Format): string {
  const use = secretUse(provider, format);
  if (use === 'never') return 'Requests in this format are not signed. The format changes with the next request.';
  const signed = 'Your receiver must verify requests differently';
  if (use === 'always' && !webhook.has_signing_secret) {
    return `${signed}. A signing secret is generated when you save; copy it from the webhook’s page.`;
  }
  return `${signed}, and the signing secret may change. Check the webhook’s page after saving.`;
}
