import { resolve } from 'node:path';
import { SteadyClock } from './clock.ts';
import type { Bellhop } from './compose.ts';
import { startBellhop } from './compose.ts';
import { ConfigError } from './config.ts';
import { createLog } from './log.ts';
import { banner } from './start/banner.ts';
import { loadConfigFile } from './start/config-file.ts';
import { developmentKeys, firstOrganization } from './start/development.ts';
import { readEnvironment } from './start/environment.ts';
import { StoreError } from './store/errors.ts';

/** `npm start`: reads the environment and the configuration, starts the server, and stops it on SIGTERM and SIGINT. */
async function main(): Promise<void> {
  const environment = readEnvironment(process.env);
  const file = await loadConfigFile(environment.BELLHOP_CONFIG, process.cwd());
  const production = environment.NODE_ENV === 'production';
  const dataDir = resolve(environment.DATA_DIR);
  const development = production ? undefined : developmentKeys(dataDir);
  const keys = {
    root: environment.BELLHOP_ROOT_KEY ?? development?.root ?? '',
    encryption: environment.BELLHOP_ENCRYPTION_KEY ?? development?.encryption ?? new Uint8Array(),
  };
  const { HOST: host, PORT: port, DATABASE_URL: databaseUrl } = environment;
  const log = createLog('info');
  const clock = new SteadyClock();
  const bellhop = await startBellhop({
    config: { ...file, production, host, port, dataDir, databaseUrl, keys },
    log,
    clock,
    onStoreLost: fail,
  });
  stopOnSignal(bellhop);
  if (development) await firstOrganization(bellhop.store, clock, development.apiKey);
  process.stdout.write(
    banner({ url: bellhop.url, dataDir, database: databaseUrl, development, providers: file.providers }),
  );
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

function fail(error: unknown): never {
  const expected = error instanceof ConfigError || error instanceof StoreError;
  process.stderr.write(`\n${expected ? error.message : error instanceof Error ? error.stack : String(error)}\n\n`);
  process.exit(1);
}

main().catch(fail);
