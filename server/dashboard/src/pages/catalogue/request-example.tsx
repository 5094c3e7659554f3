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
import { useMay } from '../../session/session.tsx';
import { isOperational } from './operational.ts';
import { Verification } from './verification.tsx';

type Format = Webhook['format'];

interface ExampleProps {
  readonly provider: Provider;
  readonly event: EventType;
}

/** How an event arrives in each of the two formats, and how to check its signature. */
export function RequestExample({ provider, event }: ExampleProps) {
  // Its own format is the standard one.
  const oneFormat = isOperational(provider);
  const [format, setFormat] = useState<Format>(oneFormat ? 'standard' : 'provider');
  const signature = format === 'standard' ? standardFormat.signature : provider.signature;
  return (
    <>
      <Section title="Request" lead={formatInWords(provider, format)}>
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

function formatInWords({ name }: Provider, format: Format): string {
  return format === 'standard'
    ? 'The same for every product, by the Standard Webhooks specification. Zaps and n8n workflows get this one.'
    : `As ${name} itself documents it. A webhook gets this one unless you choose the other.`;
}

/** Shown where a webhook has no secret unless it is given one, so that the signature can be seen. */
const exampleSecret = 'an-example-of-a-secret';

function signedOnDemand({ webhooks }: Provider, format: Format): boolean {
  return format === 'provider' && webhooks.secret === 'optional';
}

function Example({ provider, event, format }: ExampleProps & { readonly format: Format }) {
  const may = useMay('webhooks:read');
  const optional = signedOnDemand(provider, format);
  const body = { provider: provider.id, event: event.type, format, ...(optional && { signing_secret: exampleSecret }) };
  const preview = useRead('previewWebhook', { body }, { enabled: may });
  if (!may)
    return <Text size="sm">To see the request, sign in with a key that may read webhooks (webhooks:read).</Text>;
  return (
    <QueryView query={preview}>
      {(request) => (
        <Stack gap="md">
          <CodeBlock label="Headers" text={headerLines(request.headers)} wraps />
          <MessageBody label="Body" text={request.body} />
          <Text size="sm" c="dimmed">
            Ids, times and the signature are those of this preview.{' '}
            {optional
              ? 'The signature is there once a webhook has a secret.'
              : 'A webhook signs with a secret of its own.'}
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
        Requests in the {provider.name} format are not signed. To tell them from forged ones, give the webhook{' '}
        {alternative}, or choose the standard format, which is signed.
      </Text>
      <Button variant="default" size="xs" onClick={onStandard}>
        Show the standard format
      </Button>
    </Stack>
  );
}
