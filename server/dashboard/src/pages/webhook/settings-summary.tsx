import { platformProfile } from '@bellhop/shared/platforms';
import { Code, Group, Stack, Text } from '@mantine/core';
import type { Provider, Webhook } from '../../api/resources.ts';
import { CopyIcon } from '../../parts/copy-button.tsx';
import { DateTime } from '../../parts/date-time.tsx';
import { Fact, Facts } from '../../parts/facts.tsx';
import { eventTypeOf } from '../../parts/names.ts';
import { Section } from '../../parts/section.tsx';
import { authenticationWords, formatWords, orderingWords, rateWords, retryWords } from './words.ts';

/** What is changed so soon belongs to the making. */
const soonMs = 5000;

/** What the webhook is set to, at a glance. */
export function SettingsSummary({
  webhook,
  provider,
}: {
  readonly webhook: Webhook;
  readonly provider: Provider | undefined;
}) {
  const { url, description, filter, external_id, rest_hook, platform, created_at, updated_at, id } = webhook;
  const headers = Object.keys(webhook.headers);
  return (
    <Section title="Settings">
      <Facts>
        <Fact name="URL">
          <Copied text={url} label="URL" />
        </Fact>
        {description && <Fact name="Description">{description}</Fact>}
        <Fact name="Events">
          <EventTypes webhook={webhook} provider={provider} />
        </Fact>
        <Fact name="Filter">{filter === null ? 'None: every event' : <Code className="breaks">{filter}</Code>}</Fact>
        <Fact name="Format">{formatWords(webhook, provider)}</Fact>
        <Fact name="Authentication">{authenticationWords(webhook)}</Fact>
        <Fact name="Headers">{headers.length === 0 ? 'None' : `${headers.join(', ')} (values hidden)`}</Fact>
        <Fact name="Rate limit">{rateWords(webhook)}</Fact>
        <Fact name="Order">{orderingWords(webhook)}</Fact>
        <Fact name="Retries">{retryWords(webhook, provider)}</Fact>
        <Fact name="Created">
          <DateTime at={created_at} />
          {rest_hook && `, by ${platformProfile(platform).name}`}
        </Fact>
        {Date.parse(updated_at) - Date.parse(created_at) > soonMs && (
          <Fact name="Changed">
            <DateTime at={updated_at} />
          </Fact>
        )}
        {external_id !== null && (
          <Fact name={`Id at ${platformProfile(platform).name}`}>
            <Copied text={external_id} label="the platform’s id" />
          </Fact>
        )}
        <Fact name="Id">
          <Copied text={id} label="id" />
        </Fact>
      </Facts>
    </Section>
  );
}

function Copied({ text, label }: { readonly text: string; readonly label: string }) {
  return (
    <Group gap={4} wrap="nowrap" align="flex-start" component="span">
      <Code className="breaks">{text}</Code>
      <CopyIcon text={text} label={label} />
    </Group>
  );
}

function EventTypes({ webhook, provider }: { readonly webhook: Webhook; readonly provider: Provider | undefined }) {
  return (
    <Stack gap={2} component="ul" className="plain">
      {webhook.events.map((type) => {
        const label = eventTypeOf(provider, type)?.label;
        return (
          <li key={type}>
            {label && `${label} `}
            <Code className="breaks">{type}</Code>
            {provider && !label && (
              <Text span size="sm" c="dimmed">
                {' '}
                not in the catalogue any more
              </Text>
            )}
          </li>
        );
      })}
    </Stack>
  );
}
