import { standardFormat } from '@bellhop/shared/standard-format';
import { Button, SegmentedControl, Stack, Text } from '@mantine/core';
import { useState } from 'react';
import { useRead } from '../../api/queries.ts';
import type { EventType, Provider, Webhook } from '../../api/resources.ts';
import { CodeBlock } from '../../parts/code-block.tsx';
import { headerLines } from '../../parts/header-lines.ts';
import { MessageBody } from '../../parts/message-body.tsx';
import { QueryView } from '../../parts/query-view.tsx';
import { Section } from '../../parts/section.tsx';
import { useAllowed } from '../../session/session.tsx';
import { isOperational } from './operational.ts';
import { Verification } from './verification.tsx';

type Format = Webhook['format'];

interface ExampleProps {
  readonly provider: Provider;
  readonly event: EventType;
}

/** The request of an event in each format, and how to verify its signature. */
export function RequestExample({ provider, event }: ExampleProps) {
  // The own format of operational events is the standard one.
  const oneFormat = isOperational(provider);
  const [format, setFormat] = useState<Format>(oneFormat ? 'standard' : 'provider');
  const signature = format === 'standard' ? standardFormat.signature : provider.signature;
  return (
    <>
      <Section title="Request" lead={formatDescription(provider, format)}>
        {!oneFormat && (
          <SegmentedControl
            aria-label="Format"
            value={format}
            onChange={(value) => setFormat(value as Format)}
            data={[
              { value: 'provider', label: provider.name },
              { value: 'standard', label: 'Standard' },
            ]}
            w="100%"
            maw={360}
          />
        )}
        <Example provider={provider} event={event} format={format} />
      </Section>
      <Section title="Verify the signature">
        {signature ? (
          <Verification scheme={signature} optional={signedOnDemand(provider, format)} />
        ) : (
          <Unsigned provider={provider} onStandard={() => setFormat('standard')} />
        )}
      </Section>
    </>
  );
}

function formatDescription({ name }: Provider, format: Format): string {
  return format === 'standard'
    ? 'The same for every product, following the Standard Webhooks specification. Zaps and n8n workflows use it.'
    : `As documented by ${name}. Webhooks use it unless you choose the standard format.`;
}

/** Used where secrets are optional, so that the preview shows a signature. */
const exampleSecret = 'an-example-of-a-secret';

function signedOnDemand({ webhooks }: Provider, format: Format): boolean {
  return format === 'provider' && webhooks.secret === 'optional';
}

function Example({ provider, event, format }: ExampleProps & { readonly format: Format }) {
  const allowed = useAllowed('webhooks:read');
  const optional = signedOnDemand(provider, format);
  const body = { provider: provider.id, event: event.type, format, ...(optional && { signing_secret: exampleSecret }) };
  const preview = useRead('previewWebhook', { body }, { enabled: allowed });
  if (!allowed) return <Text size="sm">Viewing the request requires the webhooks:read scope.</Text>;
  return (
    <QueryView query={preview}>
      {(request) => (
        <Stack gap="md">
          <CodeBlock label="Headers" text={headerLines(request.headers)} wraps />
          <MessageBody label="Body" text={request.body} />
          <Text size="sm" c="dimmed">
            Ids, times and signature are examples.{' '}
            {optional ? 'Requests are signed if the webhook has a secret.' : 'Each webhook signs with its own secret.'}
          </Text>
        </Stack>
      )}
    </QueryView>
  );
}

function Unsigned({ provider, onStandard }: { readonly provider: Provider; readonly onStandard: () => void }) {
  const { authentication, additionalHeaders } = provider.webhooks;
  const others = [
    authentication.some((kind) => kind !== 'none') && 'authentication',
    additionalHeaders && 'an additional header with a secret value',
  ].filter((each) => each !== false);
  const alternative = others.length > 0 ? others.join(' or ') : 'authentication';
  return (
    <Stack gap="sm" align="flex-start">
      <Text size="sm">
        Requests in the {provider.name} format are not signed. To detect forged requests, give the webhook {alternative}
        , or choose the standard format, which is signed.
      </Text>
      <Button variant="default" size="xs" onClick={onStandard}>
        Show the standard format
      </Button>
    </Stack>
  );
}
