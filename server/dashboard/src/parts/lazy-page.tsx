import { Alert, Button, Center } from '@mantine/core';
import type { ComponentType } from 'react';
import { useEffect, useState } from 'react';
import { Icon } from '../shell/icons.tsx';
import { LoadingPage } from './loading.tsx';

/** Parameters of the page's address. */
type Params = Record<string, string>;

export interface LazyPage {
  readonly Page: ComponentType<Params>;
  /** Preloads the page's code. */
  readonly fetch: () => void;
}

/**
 * A page whose code is loaded when it is first shown. React's `lazy` would delay the page for 300 ms after showing its
 * fallback.
 */
export function lazyPage(load: () => Promise<{ readonly default: unknown }>): LazyPage {
  let Loaded: ComponentType<Params> | undefined;
  const fetch = async () => {
    // An address has the parameters that its page takes.
    Loaded = (await load()).default as ComponentType<Params>;
  };
  function Page(props: Params) {
    const [state, setState] = useState<'loading' | 'loaded' | 'failed'>(Loaded ? 'loaded' : 'loading');
    useEffect(() => {
      if (state !== 'loading') return;
      fetch().then(
        () => setState('loaded'),
        () => setState('failed'),
      );
    }, [state]);
    if (Loaded) return <Loaded {...props} />;
    return state === 'failed' ? <LoadFailed /> : <LoadingPage />;
  }
  return { Page, fetch: () => void fetch().catch(() => {}) };
}

/** A browser does not retry a module that failed, and an upgraded server has other modules: a reload fixes both. */
function LoadFailed() {
  return (
    <Center p="xl">
      <Alert color="red" role="alert" title="This page could not be loaded" icon={<Icon name="alert" />}>
        Check your connection, then reload the page.
        <Center mt="sm">
          <Button size="xs" variant="default" onClick={() => window.location.reload()}>
            Reload
          </Button>
        </Center>
      </Alert>
    </Center>
  );
}
