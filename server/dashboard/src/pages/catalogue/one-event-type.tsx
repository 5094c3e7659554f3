import { Button, Code, Text } from '@mantine/core';
import { Link } from 'wouter';
import { useProviders } from '../../api/queries.ts';
import type { EventType, Provider } from '../../api/resources.ts';
import { CodeBlock } from '../../parts/code-block.tsx';
import { CopyIcon } from '../../parts/copy-button.tsx';
import { Empty } from '../../parts/empty.tsx';
import { Page } from '../../parts/page.tsx';
import { QueryView } from '../../parts/query-view.tsx';
import { Section } from '../../parts/section.tsx';
import { useAllowed } from '../../session/session.tsx';
import { Icon } from '../../shell/icons.tsx';
import { FieldTable } from './field-table.tsx';
import { RequestExample } from './request-example.tsx';

const up = { to: '/catalogue', label: 'Catalogue' } as const;

/** One event type: description, fields, sample, request, and how to verify it. */
export default function OneEventType({ provider: id, type }: { readonly provider: string; readonly type: string }) {
  const providers = useProviders();
  const provider = providers.data?.find((each) => each.id === id);
  const event = provider?.events.find((each) => each.type === type);
  if (provider && event) return <Described provider={provider} event={event} />;
  return (
    <Page title={type} up={up}>
      <QueryView query={providers} rows={6}>
        {() => <Unknown />}
      </QueryView>
    </Page>
  );
}

function Unknown() {
  return (
    <Empty
      icon="book"
      title="No such event type"
      action={
        <Button component={Link} href="/catalogue">
          See all event types
        </Button>
      }
    >
      It may have been renamed, or the link may be incomplete.
    </Empty>
  );
}

function Described({ provider, event }: { readonly provider: Provider; readonly event: EventType }) {
  const { type, label, description, schema, sample } = event;
  return (
    <Page
      title={label}
      aside={<TypeName type={type} />}
      up={up}
      lead={
        <>
          {provider.name} · {description}
        </>
      }
      actions={<Create to={`/webhooks/new?${new URLSearchParams({ provider: provider.id, event: type })}`} />}
    >
      <Section title="Fields" lead="The data of this event. New fields can be added at any time.">
        <FieldTable schema={schema} label={`Fields of ${label}`} />
      </Section>
      <Section title="Sample" lead="The data that a test sends.">
        <CodeBlock label="Sample data" text={JSON.stringify(sample, null, 2)} />
      </Section>
      <RequestExample provider={provider} event={event} />
    </Page>
  );
}

function TypeName({ type }: { readonly type: string }) {
  return (
    <Text component="span" className="shrinks">
      <Code className="breaks">{type}</Code>
      <CopyIcon text={type} label="event type" />
    </Text>
  );
}

function Create({ to }: { readonly to: string }) {
  const allowed = useAllowed('webhooks:write');
  const label = 'Create a webhook for this event';
  if (allowed) {
    return (
      <Button component={Link} href={to} leftSection={<Icon name="plus" size={16} />}>
        {label}
      </Button>
    );
  }
  return (
    <div>
      <Button disabled>{label}</Button>
      <Text size="sm" c="dimmed" mt={4}>
        Creating webhooks requires the webhooks:write scope.
      </Text>
    </div>
  );
}
