import { Stack } from '@mantine/core';
import { serverUrl } from '../../api/client.ts';
import { CopyField } from '../../parts/copy-field.tsx';
import { Disclosure } from '../../parts/disclosure.tsx';
import { ApiKey } from './api-key.tsx';
import type { CardProps } from './card.tsx';
import { Card } from './card.tsx';
import { exampleOf, isLocal, useProduct } from './product.ts';
import { UrlConnection } from './url-connection.tsx';

/** Uses Zapier's own terms, as docs/connect-zapier.md does. */
export function ZapierCard({ providers }: CardProps) {
  const { name, branded } = useProduct();
  return (
    <Card
      platform="zapier"
      title="Zapier"
      purpose="Start a Zap the moment something happens. Nothing is polled."
      providers={providers}
      steps={[
        <>
          In Zapier, create a Zap and click its <strong>Trigger</strong> step. Search for <strong>{name}</strong> and
          choose it.
        </>,
        <>
          <strong>Trigger event</strong>: choose what starts the Zap, such as <strong>{exampleOf(providers)}</strong>.
        </>,
        <>
          <strong>Account</strong>: choose <strong>Connect</strong>, enter the Server Address and API Key from below,
          and continue.
          {branded && ' Zapier may ask only for the API key.'}
        </>,
        <>
          <strong>Test trigger</strong>, add your actions, and <strong>Publish</strong>. The Zap then appears here.
        </>,
      ]}
    >
      <Stack gap="sm">
        <CopyField
          label="Server Address"
          value={serverUrl}
          description={
            isLocal(serverUrl)
              ? 'Zapier cannot reach a server on your own computer. It needs an address on the internet.'
              : undefined
          }
        />
        <ApiKey name="Zapier" label="API Key" />
      </Stack>
      <Disclosure label="Use a Catch Hook of Webhooks by Zapier instead">
        <UrlConnection platform="zapier" providers={providers} placeholder="https://hooks.zapier.com/hooks/catch/…" />
      </Disclosure>
    </Card>
  );
}
