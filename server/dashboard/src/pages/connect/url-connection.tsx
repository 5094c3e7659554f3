import { useState } from 'react';
import type { Responses } from '../../api/client.ts';
import { Created } from './created.tsx';
import type { UrlFormProps } from './url-form.tsx';
import { UrlForm } from './url-form.tsx';

/** Connects a pasted URL, then sends samples to it. */
export function UrlConnection(props: Omit<UrlFormProps, 'onCreated'>) {
  const [webhook, setWebhook] = useState<Responses['createWebhook']>();
  if (!webhook) return <UrlForm {...props} onCreated={setWebhook} />;
  const provider = props.providers.find(({ id }) => id === webhook.provider);
  return <Created webhook={webhook} provider={provider} onAnother={() => setWebhook(undefined)} />;
}
