import { platformProfile, recognisePlatform } from '@bellhop/shared/platforms';
import { Stack, Switch, Textarea, TextInput } from '@mantine/core';
import { problemAt } from '../../../api/problems.ts';
import { counted } from '../../../parts/counted.ts';
import type { FieldsProps } from './fields.ts';

export function EnabledField({ draft, change, problems, webhook }: FieldsProps) {
  return (
    <Switch
      label="Enabled"
      checked={draft.enabled}
      onChange={(event) => change({ enabled: event.currentTarget.checked })}
      description={enabledHint(draft.enabled, webhook?.status)}
      error={problemAt(problems, 'status')}
    />
  );
}

function enabledHint(enabled: boolean, status: string | undefined): string {
  if (!enabled) return 'Events are held until you enable the webhook.';
  return status === undefined || status === 'active'
    ? 'Events are sent as they happen.'
    : 'After saving, held deliveries are sent first, then events as they happen.';
}

export function DestinationFields({ draft, change, problems }: FieldsProps) {
  return (
    <Stack>
      <TextInput
        label="Endpoint URL"
        description={<UrlHint url={draft.url.trim()} />}
        placeholder="https://example.com/webhooks"
        type="url"
        inputMode="url"
        autoComplete="off"
        spellCheck={false}
        required
        value={draft.url}
        onChange={(event) => change({ url: event.currentTarget.value })}
        error={problemAt(problems, 'url')}
      />
      <TextInput
        label="Name (optional)"
        description="Helps you tell your webhooks apart. Not sent to the receiver."
        placeholder="Leads to the CRM"
        maxLength={200}
        value={draft.name}
        onChange={(event) => change({ name: event.currentTarget.value })}
        error={problemAt(problems, 'name')}
      />
      <Textarea
        label="Description (optional)"
        description="What it is for and who maintains it. Not sent to the receiver."
        autosize
        minRows={1}
        maxLength={1000}
        value={draft.description}
        // The API accepts a single line.
        onChange={(event) => change({ description: event.currentTarget.value.replaceAll('\n', ' ') })}
        error={problemAt(problems, 'description')}
      />
    </Stack>
  );
}

function UrlHint({ url }: { readonly url: string }) {
  const parsed = URL.parse(url);
  if (!parsed) return 'Events are sent here by POST. Starts with https://.';
  if (parsed.protocol === 'http:') return 'Requests to http:// URLs are not encrypted. Use https:// if possible.';
  const { id, name, pace } = platformProfile(recognisePlatform(parsed));
  if (id === 'custom') return 'Events are sent here by POST.';
  const limit = pace ? ` Limited to ${counted(pace.requests, 'request')} per ${counted(pace.seconds, 'second')}.` : '';
  return `Detected as a ${name} webhook.${limit}`;
}
