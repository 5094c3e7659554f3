import { resolve } from 'node:path';
import { fileURLToPath } from 'node:url';
import type { Plugin } from 'esbuild';
import { build } from 'esbuild';

/*
 * Bundles the app into one file with everything but Zapier's core. Zapier's own build copies this folder alone and installs
 * its dependencies from the registry, where `@bellhop/shared` is not.
 */

/** Inlined (docs/publish-zapier-app.md). */
const settings = ['BELLHOP_PROVIDERS', 'BELLHOP_SERVER_URL', 'BELLHOP_DOCS_URL'] as const;

export interface BundleOptions {
  readonly outfile: string;
  /** Default: `process.env`. */
  readonly environment?: Readonly<Record<string, string | undefined>>;
}

export async function bundleApp({ outfile, environment = process.env }: BundleOptions): Promise<void> {
  await build({
    entryPoints: [here('src/index.ts')],
    outfile,
    bundle: true,
    platform: 'node',
    format: 'esm',
    // Zapier's own.
    target: 'node22',
    external: ['zapier-platform-core'],
    // For a configuration file outside the repository, which imports `@bellhop/shared`.
    nodePaths: [here('../node_modules')],
    define: Object.fromEntries(
      settings.map((name) => [`process.env.${name}`, JSON.stringify(environment[name] ?? '')]),
    ),
    plugins: environment.BELLHOP_CONFIG ? [vendorsOf(resolve(environment.BELLHOP_CONFIG))] : [],
    logLevel: 'warning',
  });
}

/** Replaces the built-in providers with those of an operator's configuration file. */
function vendorsOf(configuration: string): Plugin {
  return {
    name: 'vendors',
    setup({ onLoad }) {
      const contents = `import config from ${JSON.stringify(configuration)};\nexport const vendors = config.providers;`;
      onLoad({ filter: /[/\\]zapier[/\\]src[/\\]providers\.ts$/ }, () => ({ contents, resolveDir: here('src') }));
    },
  };
}

function here(path: string): string {
  return fileURLToPath(new URL(path, import.meta.url));
}

if (import.meta.main) await bundleApp({ outfile: here('dist/index.js') });
