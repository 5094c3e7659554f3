import { mkdtemp, readdir, readFile, rm } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { Catalogue, standardSample } from '@bellhop/shared';
import { buildPackage } from 'n8n-nodes-bellhop/build.ts';
import { outputSchemas } from 'n8n-nodes-bellhop/core/schemas.ts';
import { simplified } from 'n8n-nodes-bellhop/lib/output.ts';
import { Bellhop } from 'n8n-nodes-bellhop/nodes/Bellhop/Bellhop.node.ts';
import { BellhopTrigger } from 'n8n-nodes-bellhop/nodes/BellhopTrigger/BellhopTrigger.node.ts';
import type { INodeProperties } from 'n8n-workflow';
import { afterAll, beforeAll, describe, expect, test } from 'vitest';

/* The package's descriptions and files. `npm run check:n8n` checks n8n's rules with n8n's tools. */

const catalogue = new Catalogue();
const root = new URL('../../../n8n-node/', import.meta.url);

function choices(properties: readonly INodeProperties[], name: string, provider?: string): string[] {
  const shown = properties.find(
    (each) => each.name === name && (!provider || each.displayOptions?.show?.provider?.includes(provider)),
  );
  return (shown?.options ?? []).map((option) => ('value' in option ? String(option.value) : ''));
}

describe('the trigger offers', () => {
  const { properties } = new BellhopTrigger().description;

  test('every provider of the catalogue, and those that only a server knows', () => {
    expect(choices(properties, 'provider')).toEqual([...catalogue.providers.map(({ id }) => id), '@server']);
    expect(catalogue.provider('@server')).toBeUndefined();
  });

  test.each(catalogue.providers.map(({ id }) => id))('every event type of %s, with its words', (id) => {
    const events = Object.entries(catalogue.provider(id)?.events ?? {});
    expect(choices(properties, 'events', id)).toEqual(events.map(([type]) => type));
    const options = properties.find(({ name, displayOptions }) => {
      return name === 'events' && displayOptions?.show?.provider?.includes(id);
    })?.options;
    const words = events.map(([, { label, description }]) => ({ name: label, description }));
    expect(
      options?.map(({ name, description }: { name: string; description?: string }) => ({ name, description })),
    ).toEqual(words);
  });
});

test('the action node offers to publish what can be published', () => {
  const { properties } = new Bellhop().description;
  expect(choices(properties, 'provider')).toEqual([...catalogue.publishable.map(({ id }) => id), '@server']);
});

test('every operation has an action and an output schema', async () => {
  const { properties } = new Bellhop().description;
  const named = properties
    .filter(({ name }) => name === 'operation')
    .flatMap(({ options, displayOptions }) => {
      const [resource] = displayOptions?.show?.resource ?? [];
      return (options ?? []).map((option) => `${resource}/${'value' in option ? option.value : ''}`);
    });
  const schemas = Object.keys(outputSchemas).filter((place) => place.startsWith('Bellhop/'));
  expect(schemas.map((place) => place.replace('Bellhop/__schema__/v1.0.0/', '')).toSorted()).toEqual(named.toSorted());
  const { actions } = await import('n8n-nodes-bellhop/lib/actions.ts');
  expect(Object.keys(actions).toSorted()).toEqual(named.map((name) => name.replace('/', '.')).toSorted());
});

test("the example workflow pins the trigger's output for the sample of its event type", async () => {
  const { nodes, pinData } = JSON.parse(await readFile(new URL('examples/hot-leads.json', root), 'utf8'));
  const { provider, events } = nodes[0].parameters as { provider: string; events: string[] };
  const [type = ''] = events;
  const sample = standardSample(provider, type, catalogue.eventType(provider, type)?.sample ?? {});
  expect(pinData).toEqual({ 'Bellhop Trigger': [{ json: simplified(sample) }] });
});

describe('the build', () => {
  let directory = '';
  beforeAll(async () => {
    directory = await mkdtemp(join(tmpdir(), 'bellhop-n8n-build-'));
    await buildPackage(directory);
  });
  afterAll(() => rm(directory, { recursive: true, force: true }));

  test('has the files that package.json makes n8n load, with icons, codex and schemas', async () => {
    const files = await readdir(directory, { recursive: true });
    const { n8n } = JSON.parse(await readFile(new URL('package.json', root), 'utf8'));
    const loaded = [...n8n.nodes, ...n8n.credentials].map((path: string) => path.replace('dist/', ''));
    const beside = ['icons/bellhop.svg', 'icons/bellhop.dark.svg', 'nodes/Bellhop/Bellhop.node.json'];
    const schemas = Object.keys(outputSchemas).map((place) => `nodes/${place}.json`);
    expect(files).toEqual(expect.arrayContaining([...loaded, ...beside, ...schemas]));
    expect(files.filter((name) => name.endsWith('.js')).toSorted()).toEqual(loaded.toSorted());
  });

  test('imports n8n-workflow and node:crypto alone, and uses nothing that n8n Cloud forbids', async () => {
    for (const file of (await readdir(directory, { recursive: true })).filter((name) => name.endsWith('.js'))) {
      const text = await readFile(join(directory, file), 'utf8');
      const needed = [...text.matchAll(/require\("([^"]+)"\)/g)].map(([, name]) => name);
      expect(['n8n-workflow', 'node:crypto']).toEqual(expect.arrayContaining(needed));
      expect(text).not.toMatch(/\b(?:process|globalThis|setTimeout|setInterval|eval)\b|new Function|zod/);
      expect(text.length).toBeLessThan(60_000);
    }
  });
});
