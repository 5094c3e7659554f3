import { builtInProviders } from '@bellhop/shared';
import type { Row, Underway } from './deliveries.ts';
import { publishEverything, rowsOf } from './deliveries.ts';
import { boltenSettings } from './formats.ts';
import type { Manner } from './manners.ts';
import { showManners } from './manners.ts';
import type { Paint } from './paint.ts';
import type { Stage } from './stage.ts';
import type { Subscription } from './subscriptions.ts';
import { subscribeToEverything } from './subscriptions.ts';
import { mannerLine, tableHead, tableRow } from './table.ts';

export interface Outcome {
  readonly rows: readonly Row[];
  readonly manners: readonly Manner[];
  /** Requests that came although nothing was published for them. */
  readonly unexpected: readonly string[];
}

export interface Output {
  readonly print: (line: string) => void;
  readonly paint: Paint;
}

/** How long all deliveries together may take. */
const patienceMs = 20_000;

/** The demo from the first webhook to the last request; prints as it goes. */
export async function runDemo(stage: Stage, { print, paint }: Output): Promise<Outcome> {
  const tenant = await stage.server.tenant();
  const { version } = (await tenant.client.getMe()).server;
  await tenant.client.putProviderSettings({ params: { provider: 'bolten' }, body: boltenSettings });
  const subscriptions = await subscribeToEverything(tenant.client, stage.standIns, builtInProviders);
  for (const line of introduction(stage, version, subscriptions)) print(line);

  const deadline = Date.now() + patienceMs;
  const published: Underway[] = [];
  for (const provider of builtInProviders) {
    published.push(await publishEverything(tenant, provider, subscriptions, deadline));
  }

  print(tableHead(paint));
  const rows: Row[] = [];
  for (const underway of published) {
    const added = await rowsOf(tenant, underway, deadline);
    for (const [index, row] of added.entries()) print(tableRow(row, added[index - 1], paint));
    print('');
    rows.push(...added);
  }

  print(paint('bold', 'When a receiver does not simply take it'));
  const manners = await showManners(stage, builtInProviders);
  for (const manner of manners) print(mannerLine(manner, paint));
  print('');
  const unexpected = Object.values(stage.standIns).flatMap(({ name, untaken }) =>
    untaken.map(({ path, body }) => `${name} got a request that nobody expected, at ${path}: ${body.slice(0, 100)}`),
  );
  return { rows, manners, unexpected };
}

function introduction({ server, standIns }: Stage, version: string, subscriptions: readonly Subscription[]): string[] {
  const eventTypes = builtInProviders.flatMap(({ events }) => Object.keys(events));
  const receivers = Object.values(standIns).map(({ platform, name, origin }) => {
    const count = subscriptions.filter(({ receiver }) => receiver.platform === platform).length;
    const what =
      platform === 'custom'
        ? `${count} webhooks, each in its provider's own format`
        : `${count} REST hooks in the standard format (Standard Webhooks)`;
    return `  ${name.padEnd(6)}  ${origin}  ${what}`;
  });
  return [
    `Bellhop ${version} at ${server.url}, with an empty store, and receivers that answer as the platforms do:`,
    '',
    ...receivers,
    '',
    `Publishing all ${eventTypes.length} event types of ${builtInProviders.length} providers. Each request is verified as its format's document says,`,
    'its body to the byte. Status: as the attempt log has it. ms: from the publish call to the receiver.',
    'Bolten and Salpre do not sign their own formats. ↳: Bolten adds this event to a won or lost opportunity.',
    '',
  ];
}

/** What did not come out as it should, a line each; empty when everything did. */
export function failures({ rows, manners, unexpected }: Outcome): string[] {
  return [
    ...rows
      .filter(({ problems }) => problems.length > 0)
      .map(({ provider, event, platform, problems }) => `${provider} ${event} to ${platform}: ${problems.join(' ')}`),
    ...manners.flatMap(({ platform, answer, problem }) => (problem ? [`${platform}, ${answer}: ${problem}`] : [])),
    ...unexpected,
  ];
}

/** The last lines: how much was verified in what time, and everything that failed. */
export function summary(outcome: Outcome, seconds: number, paint: Paint): string[] {
  const { rows } = outcome;
  const verified = rows.filter(({ problems }) => problems.length === 0).length;
  const failed = failures(outcome);
  const sentence = `${verified} of ${rows.length} deliveries verified in ${seconds.toFixed(1)} s.`;
  if (failed.length === 0) return [paint('green', sentence)];
  return [paint('red', `${sentence} Failed:`), ...failed.map((line) => `  ✗ ${line}`)];
}
