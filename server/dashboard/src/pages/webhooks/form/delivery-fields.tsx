import { deliveryPolicyFor } from '@bellhop/shared/delivery-policy';
import { platforms, recognisePlatform } from '@bellhop/shared/platforms';
import { Fieldset, Input, NativeSelect, Radio, Stack, Text, TextInput } from '@mantine/core';
import { problemAt } from '../../../api/problems.ts';
import { platformOf } from './bodies.ts';
import type { Draft, RetryKind } from './draft.ts';
import type { FieldsProps } from './fields.ts';
import { describeSchedule, parseSchedule } from './schedule.ts';

/** The retry schedule. */
export function RetryField({ draft, change, provider, webhook, problems }: FieldsProps) {
  const { kind, text } = draft.retry;
  const parsed = parseSchedule(text);
  const error = problemAt(problems, 'retry');
  const url = URL.parse(draft.url);
  const detected = draft.platform || (url ? recognisePlatform(url) : 'custom');
  const platform = webhook ? platformOf(draft, webhook) : detected;
  const recipient = { platform, format: draft.format, restHook: webhook?.rest_hook ?? false };
  const isCustomers = recipient.platform === 'custom' && !recipient.restHook;
  const { delays } = deliveryPolicyFor(provider.delivery, recipient).retry;
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
            label={isCustomers ? `Retry on ${provider.name}’s schedule` : 'Retry on the default schedule'}
            description={describeSchedule(delays)}
          />
          <Radio value="once" label="Do not retry" description="You can still replay deliveries from the log." />
          <Radio value="own" label="Retry on my own schedule" />
        </Stack>
      </Radio.Group>
      {kind === 'own' && (
        <TextInput
          label="Delay before each retry"
          placeholder="5s, 5m, 2h"
          description={parsed.ok ? describeSchedule(parsed.delays) : 'Delays such as 5s, 5m, 2h, separated by commas.'}
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
        The maximum rate of requests to your endpoint. Requests above it wait. Leave empty for no limit.
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
          label="Per seconds"
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
          description="A request that is waiting for a retry blocks those behind it."
        />
      </Stack>
    </Radio.Group>
  );
}

/** The platform behind the URL. */
export function PlatformField({ draft, change, webhook, problems }: FieldsProps) {
  return (
    <NativeSelect
      label="Platform"
      description="Determines how responses are interpreted and how fast requests are sent."
      value={draft.platform}
      onChange={(event) => change({ platform: event.currentTarget.value as Draft['platform'] })}
      data={[
        ...(webhook ? [] : [{ value: '', label: 'Detect from the URL' }]),
        ...platforms.map(({ id, name }) => ({ value: id, label: name })),
      ]}
      error={problemAt(problems, 'platform')}
    />
  );
}
