import { platformProfile, recognisePlatform } from '@bellhop/shared/platforms';
import { Stack, Switch, Textarea, TextInput } from '@mantine/core';
import { problemAt } from '../../../api/problems.ts';
import { counted } from '../../../parts/counted.ts';
import type { FieldsProps } from './fields.ts';

/** Whether events are sent, as a switch. */
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
  if (!enabled) return 'Events are held until it is switched on.';
  return status === undefined || status === 'active'
    ? 'Events are sent as they happen.'
    : 'On saving, what was held is sent, then events as they happen.';
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
        description="Helps you to tell your webhooks apart. It is not sent."
        placeholder="Leads to the CRM"
        maxLength={200}
        value={draft.name}
        onChange={(event) => change({ name: event.currentTarget.value })}
        error={problemAt(problems, 'name')}
      />
      <Textarea
        label="Description (optional)"
        description="What it is for and who looks after it. It is not sent."
        autosize
        minRows={1}
        maxLength={1000}
        value={draft.description}
        // The API takes one line.
        onChange={(event) => change({ description: event.currentTarget.value.replaceAll('\n', ' ') })}
        error={problemAt(problems, 'description')}
      />
    </Stack>
  );
}

function UrlHint({ url }: { readonly url: string }) {
  const parsed = URL.parse(url);
  if (!parsed) return 'Where the events are sent, by POST. It begins with https://.';
  if (parsed.protocol === 'http:')
    return 'It begins with http://, so what is sent is not encrypted. Use https:// if you can.';
  const { id, name, pace } = platformProfile(recognisePlatform(parsed));
  if (id === 'custom') return 'Where the events are sent, by POST.';
  const limit = pace
    ? ` It is sent at most ${counted(pace.requests, 'request')} in ${counted(pace.seconds, 'second')}.`
    : '';
  return `Recognised as a webhook of ${name}.${limit}`;
}
