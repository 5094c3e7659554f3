import '@mantine/core/styles.css';
import './styles.css';
import { ApiError } from '@bellhop/shared/call';
import { MutationCache, QueryCache, QueryClient, QueryClientProvider } from '@tanstack/react-query';
import { StrictMode } from 'react';
import { createRoot } from 'react-dom/client';
import { App } from './app.tsx';
import { sessionKey } from './session/session.tsx';

/** A 401 means that the session has ended on the server. */
function endSessionOn401(error: unknown): void {
  const known = client.getQueryData(sessionKey);
  if (known && error instanceof ApiError && error.status === 401) client.setQueryData(sessionKey, null);
}

const client: QueryClient = new QueryClient({
  queryCache: new QueryCache({ onError: endSessionOn401 }),
  mutationCache: new MutationCache({ onError: endSessionOn401 }),
  defaultOptions: {
    queries: {
      staleTime: 5_000,
      // Retry network and server errors only: a 4xx would fail again.
      retry: (failures, error) => failures < 2 && !(error instanceof ApiError && error.status < 500),
    },
  },
});

const root = document.getElementById('root');
if (!root) throw new Error('The page has no element for the app.');
createRoot(root).render(
  <StrictMode>
    <QueryClientProvider client={client}>
      <App />
    </QueryClientProvider>
  </StrictMode>,
);
