import { Alert, Button, Center } from '@mantine/core';
import type { ComponentType } from 'react';
import { useEffect, useState } from 'react';
import { Icon } from '../shell/icons.tsx';
import { LoadingPage } from './loading.tsx';

/** What an address names, by name, for the page that is shown there. */
type Named = Record<string, string>;

export interface FetchedPage {
  readonly Page: ComponentType<Named>;
  /** Begins to fetch it, as it will be shown soon. */
  readonly fetch: () => void;
}

/**
 * A page whose code is fetched when it is first shown. React's own `lazy` would keep what has arrived back for 300 ms, once it
 * has shown that it is not there yet.
 */
export function fetchedPage(load: () => Promise<{ readonly default: unknown }>): FetchedPage {
  let Loaded: ComponentType<Named> | undefined;
  const fetch = async () => {
    // An address has what its page asks for.
    Loaded = (await load()).default as ComponentType<Named>;
  };
  function Page(props: Named) {
    const [state, setState] = useState<'fetching' | 'there' | 'failed'>(Loaded ? 'there' : 'fetching');
    useEffect(() => {
      if (state !== 'fetching') return;
      fetch().then(
        () => setState('there'),
        () => setState('failed'),
      );
    }, [state]);
    if (Loaded) return <Loaded {...props} />;
    return state === 'failed' ? <NotFetched /> : <LoadingPage />;
  }
  return { Page, fetch: () => void fetch().catch(() => {}) };
}

/** Modules that failed once are not fetched again by a browser, and a newer server has others: both mend by loading anew. */
function NotFetched() {
  return (
    <Center p="xl">
      <Alert color="red" role="alert" title="This page could not be loaded" icon={<Icon name="alert" />}>
        Check your connection, then load the page again.
        <Center mt="sm">
          <Button size="xs" variant="default" onClick={() => window.location.reload()}>
            Load again
          </Button>
        </Center>
      </Alert>
    </Center>
  );
}
