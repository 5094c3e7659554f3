import { isBuilt } from '../../dashboard/built.ts';
import type { Clock } from '../clock.ts';
import { SteadyClock } from '../clock.ts';
import type { Bellhop } from '../compose.ts';
import { startBellhop } from '../compose.ts';
import { createLog } from '../log.ts';
import { banner } from './banner.ts';
import { developmentKeys, developmentPortal, firstOrganization } from './development.ts';
import { requireKeys } from './environment.ts';
import { fail } from './fail.ts';
import { proxyVariables } from './proxy-variables.ts';
import { readSettings } from './settings.ts';

/** `bellhop start`: runs the server until SIGTERM or SIGINT. A second signal ends it at once. */
export async function serve(): Promise<void> {
  const { environment, file, store } = await readSettings();
  const production = environment.NODE_ENV === 'production';
  if (production) requireKeys(environment);
  const development = production ? undefined : developmentKeys(store.dataDir);
  const keys = {
    root: environment.BELLHOP_ROOT_KEY ?? development?.root ?? '',
    encryption: environment.BELLHOP_ENCRYPTION_KEY ?? development?.encryption ?? new Uint8Array(),
  };
  const { HOST: host, PORT: port, BELLHOP_ROLES: roles } = environment;
  const clock = new SteadyClock();
  const log = createLog('info');
  const variables = proxyVariables(process.env);
  if (variables.length > 0) log.warn({ variables, instead: 'targets.proxy' }, 'proxy variables ignored');
  const bellhop = await startBellhop({
    config: { ...file, ...store, production, host, port, roles, keys },
    log,
    clock,
    onStoreLost: fail,
  });
  stopOnSignal(bellhop);
  const { dataDir, databaseUrl: database } = store;
  const { url } = bellhop;
  const publicUrl = file.dashboard.publicUrl ?? url;
  const shown = development && { ...development, portal: await signInUrl(bellhop, clock, development, publicUrl) };
  const { providers } = file;
  process.stdout.write(
    banner({ url, publicUrl, dashboardBuilt: isBuilt(), dataDir, database, development: shown, providers, roles }),
  );
}

async function signInUrl(
  { store }: Bellhop,
  clock: Clock,
  { apiKey }: { readonly apiKey: string },
  publicUrl: string,
): Promise<string> {
  return developmentPortal(store, clock, await firstOrganization(store, clock, apiKey), publicUrl);
}

function stopOnSignal(bellhop: Bellhop): void {
  let stopping = false;
  const stop = () => {
    if (stopping) process.exit(1);
    stopping = true;
    bellhop.stop().then(
      () => process.exit(0),
      (error: unknown) => fail(error),
    );
  };
  process.on('SIGTERM', stop);
  process.on('SIGINT', stop);
}
