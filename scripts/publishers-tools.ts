import type { Installation } from '@bellhop/test/harness/on-demand';

/** n8n's command line for community nodes, its scanner, and the node's build tools. */
export const tools: Installation = {
  name: 'n8n-tools-0.48.3',
  manifest: {
    name: 'n8n-tools',
    private: true,
    dependencies: {
      '@n8n/node-cli': '0.48.3',
      '@n8n/scan-community-package': '0.32.0',
      esbuild: '0.28.2',
      'n8n-workflow': '2.10.0',
    },
    // Only for nodes that are language models; twice as large as all the rest.
    overrides: { '@n8n/ai-node-sdk': 'file:./stub' },
  },
  files: { 'stub/package.json': '{ "name": "@n8n/ai-node-sdk", "version": "0.0.0" }' },
  options: ['--ignore-scripts'],
};

/** n8n itself. Later releases need siblings that are not all published; `before` keeps them out of the ranges. */
export const n8n: Installation = {
  name: 'n8n-2.41.1',
  manifest: { name: 'n8n-for-tests', private: true, dependencies: { n8n: '2.41.1' } },
  options: ['--ignore-scripts', '--before=2026-09-27'],
  rebuild: ['sqlite3'],
};
