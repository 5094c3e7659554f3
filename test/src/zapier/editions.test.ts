import { mkdtemp, readFile, rm } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { builtInProviders, Catalogue, evaluateFilter, parseFilter } from '@bellhop/shared';
import { inboundflow } from '@bellhop/shared/providers/inboundflow';
import { chosen, links, nameOf } from 'bellhop-zapier/edition';
import { exampleFilter } from 'bellhop-zapier/example-filter';
import { triggersOf } from 'bellhop-zapier/triggers';
import { describe, expect, test } from 'vitest';
import { Guide } from '../api/guide.ts';
import { eventTypes } from '../api/support.ts';
import { repository } from '../harness/server-run.ts';
import { builtApp } from './app.ts';
import type { Definition } from './definition.ts';
import { Lambda } from './lambda.ts';
import { violations } from './publishing-rules.ts';

/* Build settings: vendors, server, documentation. */

async function edition(environment: Record<string, string>): Promise<{ app: Definition; problems: unknown }> {
  const built = await builtApp(environment);
  try {
    const lambda = await Lambda.start(built.entry);
    const [app, problems] = [await lambda.command<Definition>('definition'), await lambda.command('validate')];
    await lambda.stop();
    return { app, problems };
  } finally {
    await built.remove();
  }
}

function labelsOf({ triggers }: Definition): string[] {
  return Object.values(triggers).map(({ display }) => display.label);
}

describe('BELLHOP_PROVIDERS=inboundflow', () => {
  const name = inboundflow.name;

  test("makes an app with that vendor's triggers alone, in the vendor's name", async () => {
    const { app, problems } = await edition({ BELLHOP_PROVIDERS: 'inboundflow' });
    expect(problems).toEqual([]);
    expect(labelsOf(app)).toEqual([
      'Call Completed',
      'Call Transferred',
      'Appointment Booked',
      'Lead Created',
      'Any Event',
    ]);
    expect(violations(app, [name])).toEqual([]);
    const [address] = app.authentication.fields;
    expect(address?.helpText).toContain(`Where your ${name} server is`);
    expect(JSON.stringify(app)).not.toContain('Bellhop');
    for (const other of builtInProviders)
      if (other !== inboundflow) expect(JSON.stringify(app)).not.toContain(other.name);
  });

  test('has the keys of the app with all of them, so that a Zap can be moved', async () => {
    const { app } = await edition({ BELLHOP_PROVIDERS: ' inboundflow , salpre ' });
    const all = Object.keys(triggersOf(new Catalogue().providers));
    expect(all).toEqual(expect.arrayContaining(Object.keys(app.triggers)));
    expect(Object.keys(app.triggers)).toHaveLength(4 + 1 + 6 + 1);
  });

  test('an unknown vendor is refused, with those there are', async () => {
    const building = edition({ BELLHOP_PROVIDERS: 'inboundflow,acme' });
    await expect(building).rejects.toThrow(/BELLHOP_PROVIDERS: unknown provider "acme"\. Choose from boltcall, /);
  });
});

test('BELLHOP_SERVER_URL makes an app of one server: customers give their API key and nothing else', async () => {
  const { app, problems } = await edition({ BELLHOP_SERVER_URL: 'https://events.example.com' });
  expect(problems).toEqual([]);
  expect(app.authentication.fields.map(({ key }) => key)).toEqual(['api_key']);
  expect(app.authentication.connectionLabel).toBe('{{organization_name}}');
  const insecure = edition({ BELLHOP_SERVER_URL: 'http://events.example.com' });
  await expect(insecure).rejects.toThrow(/BELLHOP_SERVER_URL is invalid\. The server address must begin with `https/);
});

test('all links lead to BELLHOP_DOCS_URL', async () => {
  const { app } = await edition({ BELLHOP_DOCS_URL: 'https://help.example.com/zapier' });
  const links = JSON.stringify(app).match(/\]\(https:[^)]*\)/g) ?? [];
  expect(links.length).toBeGreaterThan(20);
  for (const link of links)
    expect(link).toMatch(/^\]\(https:\/\/help\.example\.com\/zapier\/connect-zapier\.md#[a-z-]+\)$/);
});

test('every link leads to a section of the guide', async () => {
  const guide = await readFile(`${repository}docs/connect-zapier.md`, 'utf8');
  const sections = [...guide.matchAll(/^#+ (.*)$/gm)].map(([, title = '']) => title.toLowerCase().replaceAll(' ', '-'));
  const wanted = Object.values(links).map((link) => link.slice(link.indexOf('#') + 1));
  expect(sections).toEqual(expect.arrayContaining(wanted));
});

test("BELLHOP_CONFIG: an operator's own product, from the file that the server reads", async () => {
  const directory = await mkdtemp(join(tmpdir(), 'bellhop-zapier-config-'));
  try {
    const config = await (await Guide.read()).write(directory, 'bellhop.config.ts');
    const { app, problems } = await edition({ BELLHOP_CONFIG: config, BELLHOP_PROVIDERS: 'slotwise' });
    expect(problems).toEqual([]);
    expect(labelsOf(app)).toEqual(['Booking Created', 'Booking Cancelled', 'Any Event']);
    expect(app.triggers.slotwise_booking_created?.operation.sample).toMatchObject({
      event_type: 'booking.created',
      booking_id: 'bkg_4821',
      customer: { name: 'Ines Weber' },
    });
  } finally {
    await rm(directory, { recursive: true, force: true });
  }
});

describe('what a build is of', () => {
  const all = new Catalogue().providers;

  test.each([undefined, '', ' ', ','])('%j: everything in the catalogue', (names) => {
    expect(chosen(all, names)).toEqual(all);
  });

  test("is named by its vendor, or Bellhop's where there are several", () => {
    expect(nameOf(chosen(all, 'boltly'))).toBe('Boltly');
    expect(nameOf(chosen(all, 'boltly,bellhop'))).toBe('Boltly');
    expect(nameOf(chosen(all, 'boltly,bolten'))).toBe('Bellhop');
    expect(nameOf(all)).toBe('Bellhop');
  });

  test('two event types that would be one trigger are refused', () => {
    const [{ id, events } = { id: '', events: {} }] = builtInProviders;
    const [[, eventType] = []] = Object.entries(events);
    const twins = {
      ...builtInProviders[0],
      events: { 'a.b': eventType, a_b: eventType },
    } as (typeof builtInProviders)[number];
    expect(() => triggersOf([twins])).toThrow(`Two triggers have the key "${id}_a_b". Rename an event type of ${id}.`);
  });
});

test.each(eventTypes.map(({ type, eventType, provider }) => ({ name: `${provider.id} ${type}`, type, eventType })))(
  '$name: the filter that its help shows is satisfied by its sample',
  ({ type, eventType }) => {
    const parsed = parseFilter(exampleFilter(type, eventType) ?? '');
    expect(parsed.ok && evaluateFilter(parsed.filter, eventType.sample).matches).toBe(true);
  },
);
