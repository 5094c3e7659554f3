import { platformProfile } from '@bellhop/shared/platforms';
import { Code, Group, Stack, Text } from '@mantine/core';
import type { Provider, Webhook } from '../../api/resources.ts';
import { CopyIcon } from '../../parts/copy-button.tsx';
import { DateTime } from '../../parts/date-time.tsx';
import { Fact, Facts } from '../../parts/facts.tsx';
import { eventTypeOf } from '../../parts/names.ts';
import { Section } from '../../parts/section.tsx';
import { authenticationText, formatText, orderingText, rateText, retryText } from './settings-text.ts';

/** A change this soon after creation is part of the creation. */
const creationMs = 5000;

/** The webhook's settings at a glance. */
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
        <Fact name="Filter">{filter === null ? 'None: all events' : <Code className="breaks">{filter}</Code>}</Fact>
        <Fact name="Format">{formatText(webhook, provider)}</Fact>
        <Fact name="Authentication">{authenticationText(webhook)}</Fact>
        <Fact name="Headers">{headers.length === 0 ? 'None' : `${headers.join(', ')} (values hidden)`}</Fact>
        <Fact name="Rate limit">{rateText(webhook)}</Fact>
        <Fact name="Order">{orderingText(webhook)}</Fact>
        <Fact name="Retries">{retryText(webhook, provider)}</Fact>
        <Fact name="Created">
          <DateTime at={created_at} />
          {rest_hook && `, by ${platformProfile(platform).name}`}
        </Fact>
        {Date.parse(updated_at) - Date.parse(created_at) > creationMs && (
          <Fact name="Changed">
            <DateTime at={updated_at} />
          </Fact>
        )}
        {external_id !== null && (
          <Fact name={`${platformProfile(platform).name} ID`}>
            <Copied text={external_id} label="the platform’s ID" />
          </Fact>
        )}
        <Fact name="ID">
          <Copied text={id} label="ID" />
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
                no longer in the catalogue
              </Text>
            )}
          </li>
        );
      })}
    </Stack>
  );
}
