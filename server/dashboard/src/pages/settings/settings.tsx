import { useProviders } from '../../api/queries.ts';
import { Page } from '../../parts/page.tsx';
import { QueryView } from '../../parts/query-view.tsx';
import { ApiKeys } from './api-keys.tsx';
import { ProviderSettings } from './provider-settings.tsx';
import { ThisSession } from './this-session.tsx';

export default function Settings() {
  const providers = useProviders();
  return (
    <Page title="Settings" lead="Settings of your organization.">
      <QueryView query={providers} rows={4}>
        {(all) =>
          all
            .filter(({ settings }) => settings !== null)
            .map((provider) => <ProviderSettings key={provider.id} provider={provider} />)
        }
      </QueryView>
      <ApiKeys />
      <ThisSession />
    </Page>
  );
}
