import { Stack } from '@mantine/core';
import { serverUrl } from '../../api/client.ts';
import { CopyField } from '../../parts/copy-field.tsx';
import { Disclosure } from '../../parts/disclosure.tsx';
import { ApiKey } from './api-key.tsx';
import type { CardProps } from './card.tsx';
import { Card } from './card.tsx';
import { useProduct } from './product.ts';
import { UrlConnection } from './url-connection.tsx';

/** Uses n8n's own terms, as docs/connect-n8n.md does. */
export function N8nCard({ providers }: CardProps) {
  const { name, branded } = useProduct();
  return (
    <Card
      platform="n8n"
      title="n8n"
      purpose="Start a workflow the moment something happens, on n8n Cloud or on your own server."
      providers={providers}
      steps={[
        <>
          In n8n, open <strong>Settings</strong>, <strong>Community nodes</strong>, <strong>Install</strong>, and enter
          the package below{branded && `, or the ${name} package if you have one`}.
        </>,
        <>
          Create a credential <strong>Bellhop API</strong> with the Base URL and an API Key from here.
        </>,
        <>
          Add <strong>Bellhop Trigger</strong> to a workflow. Choose the credential, <strong>Provider</strong> and{' '}
          <strong>Event Types</strong>.
        </>,
        <>
          Press <strong>Listen for test event</strong> to get a sample, add your actions, and publish the workflow.
        </>,
      ]}
    >
      <Stack gap="sm">
        <CopyField label="npm package" value="n8n-nodes-bellhop" />
        <CopyField label="Base URL" value={serverUrl} />
        <ApiKey name="n8n" label="API Key" />
      </Stack>
      <Disclosure label="Use n8n’s own Webhook node instead">
        <UrlConnection platform="n8n" providers={providers} placeholder="https://n8n.example.com/webhook/…" />
      </Disclosure>
    </Card>
  );
}
