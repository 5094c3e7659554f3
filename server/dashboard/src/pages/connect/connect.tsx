import { SimpleGrid } from '@mantine/core';
import { useProviders } from '../../api/queries.ts';
import { Page } from '../../parts/page.tsx';
import { QueryView } from '../../parts/query-view.tsx';
import { CustomCard } from './custom-card.tsx';
import { MakeCard } from './make-card.tsx';
import { N8nCard } from './n8n-card.tsx';
import { ZapierCard } from './zapier-card.tsx';

/** The start page: ways to connect events to a platform or a URL. */
export default function Connect() {
  const providers = useProviders();
  return (
    <Page
      title="Connect"
      lead="Choose where your events go: a Zap, a Make scenario, an n8n workflow, or your own code."
    >
      <QueryView query={providers} rows={6}>
        {(known) => (
          <SimpleGrid cols={{ base: 1, lg: 2 }} style={{ alignItems: 'start' }}>
            <ZapierCard providers={known} />
            <MakeCard providers={known} />
            <N8nCard providers={known} />
            <CustomCard providers={known} />
          </SimpleGrid>
        )}
      </QueryView>
    </Page>
  );
}
