import { useState } from 'react';
import type { Answers } from '../../api/client.ts';
import type { Platform, Provider } from '../../api/resources.ts';
import { Made } from './made.tsx';
import { UrlForm } from './url-form.tsx';

export interface UrlConnectionProps {
  /** Whose card it is in. The webhook's own platform is recognised by its URL. */
  readonly platform: Platform;
  readonly providers: readonly Provider[];
  readonly placeholder: string;
}

/** Connects a URL that is pasted; then proves that it works. */
export function UrlConnection(props: UrlConnectionProps) {
  const [webhook, setWebhook] = useState<Answers['createWebhook']>();
  if (!webhook) return <UrlForm {...props} onMade={setWebhook} />;
  const provider = props.providers.find(({ id }) => id === webhook.provider);
  return <Made webhook={webhook} provider={provider} onAnother={() => setWebhook(undefined)} />;
}
