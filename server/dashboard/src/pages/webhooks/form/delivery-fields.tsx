import { platforms } from '@bellhop/shared/platforms';
import { Fieldset, Input, NativeSelect, Radio, Stack, Text, TextInput } from '@mantine/core';
import { problemAt } from '../../../api/problems.ts';
import type { Draft, RetryKind } from './draft.ts';
import type { FieldsProps } from './fields.ts';
import { parseSchedule, scheduleInWords } from './schedule.ts';

/** When what failed is tried again. */
export function RetryField({ draft, change, provider, problems }: FieldsProps) {
  const { kind, text } = draft.retry;
  const parsed = parseSchedule(text);
  const error = problemAt(problems, 'retry');
  return (
    <Stack gap="xs">
      <Radio.Group
        label="When a request fails"
        value={kind}
        onChange={(value) => change({ retry: { text, kind: value as RetryKind } })}
      >
        <Stack gap="xs" mt={6}>
          <Radio
            value="provider"
            label={`Try again as ${provider.name} does`}
            description={scheduleInWords(provider.delivery.retry.delays)}
          />
          <Radio value="once" label="Do not try again" description="You can still replay it from the log." />
          <Radio value="own" label="Try again on my own schedule" />
        </Stack>
      </Radio.Group>
      {kind === 'own' && (
        <TextInput
          label="Wait before each further attempt"
          placeholder="5s, 5m, 2h"
          description={parsed.ok ? scheduleInWords(parsed.delays) : 'Times such as 5s, 5m, 2h, with commas between.'}
          value={text}
          onChange={(event) => change({ retry: { kind, text: event.currentTarget.value } })}
          error={error}
          autoComplete="off"
          spellCheck={false}
        />
      )}
      {kind !== 'own' && error && <Input.Error>{error}</Input.Error>}
    </Stack>
  );
}

export function RateLimitField({ draft, change, problems }: FieldsProps) {
  const { rateLimit } = draft;
  const set = (changes: Partial<Draft['rateLimit']>) => change({ rateLimit: { ...rateLimit, ...changes } });
  return (
    <Fieldset legend="Rate limit (optional)">
      <Text size="sm" c="dimmed" mb="xs">
        The most requests that your endpoint takes. What comes faster waits. Empty: no limit of your own.
      </Text>
      <div className="pair">
        <TextInput
          label="Requests"
          inputMode="numeric"
          placeholder="10"
          value={rateLimit.requests}
          onChange={(event) => set({ requests: event.currentTarget.value })}
          error={problemAt(problems, 'rate_limit.requests') ?? problems.rate_limit}
          autoComplete="off"
        />
        <TextInput
          label="In so many seconds"
          inputMode="numeric"
          placeholder="1"
          value={rateLimit.seconds}
          onChange={(event) => set({ seconds: event.currentTarget.value })}
          error={problemAt(problems, 'rate_limit.seconds')}
          autoComplete="off"
        />
      </div>
    </Fieldset>
  );
}

export function OrderingField({ draft, change, problems }: FieldsProps) {
  return (
    <Radio.Group
      label="Order"
      value={draft.ordering}
      onChange={(value) => change({ ordering: value as Draft['ordering'] })}
      error={problemAt(problems, 'ordering')}
    >
      <Stack gap="xs" mt={6}>
        <Radio value="parallel" label="As fast as possible" description="Several requests at a time, in any order." />
        <Radio
          value="fifo"
          label="One at a time, in order"
          description="A request that has to be tried again holds up those behind it."
        />
      </Stack>
    </Radio.Group>
  );
}

/** What stands behind the URL; it can be said only when the webhook is made. */
export function PlatformField({ draft, change, problems }: FieldsProps) {
  return (
    <NativeSelect
      label="Platform"
      description="Decides what its answers mean and how fast it is sent to."
      value={draft.platform}
      onChange={(event) => change({ platform: event.currentTarget.value as Draft['platform'] })}
      data={[
        { value: '', label: 'Recognise it by the URL' },
        ...platforms.map(({ id, name }) => ({ value: id, label: name })),
      ]}
      error={problemAt(problems, 'platform')}
    />
  );
}
