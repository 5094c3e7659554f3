import { useSearchParams } from 'wouter';
import { useProviders } from '../../api/queries.ts';
import type { Provider } from '../../api/resources.ts';
import { Page } from '../../parts/page.tsx';
import { QueryView } from '../../parts/query-view.tsx';
import { newDraft } from './form/draft.ts';
import { WebhookForm } from './form/webhook-form.tsx';

/** Creates a webhook; `?provider=` and `?event=` preselect. */
export default function NewWebhook() {
  const providers = useProviders();
  return (
    <Page
      title="Create a webhook"
      lead="Events are sent to your URL as they happen."
      up={{ to: '/webhooks', label: 'Webhooks' }}
    >
      <QueryView query={providers} rows={6}>
        {(known) => <NewForm providers={known} />}
      </QueryView>
    </Page>
  );
}

function NewForm({ providers }: { readonly providers: readonly Provider[] }) {
  const [search] = useSearchParams();
  const provider = providers.find(({ id }) => id === search.get('provider')) ?? providers[0];
  if (!provider) return null;
  return (
    <WebhookForm
      key={search.toString()}
      providers={providers}
      initial={newDraft(provider, search.get('event') ?? '')}
    />
  );
}
