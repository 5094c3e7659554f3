import { execFile } from 'node:child_process';
import { mkdtemp, readdir, rm } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import type { Provider } from '@bellhop/shared';
import { builtInProviders } from '@bellhop/shared';
import { afterAll, beforeAll, describe, expect, test } from 'vitest';
import { firstEventType } from '../flows/support.ts';
import type { Received } from '../harness/receiver.ts';
import { publishEverything, rowsOf } from './deliveries.ts';
import type { Published } from './formats.ts';
import { painter } from './paint.ts';
import { failures, runDemo, summary } from './run.ts';
import type { Stage } from './stage.ts';
import { startStage } from './stage.ts';
import type { Answers } from './stand-in.ts';
import type { Subscription } from './subscriptions.ts';
import { createWebhook, subscribeHook } from './subscriptions.ts';
import { verifyRequest } from './verification.ts';

const plain = painter(false, {});

test('the demo ends well, with a row for every event type on every platform, and leaves nothing behind', async () => {
  const temporary = await mkdtemp(join(tmpdir(), 'bellhop-demo-'));
  const { code, stdout, stderr } = await runMain({ ...process.env, TMPDIR: temporary });
  expect({ code, stderr }).toEqual({ code: 0, stderr: '' });
  for (const [type] of builtInProviders.flatMap(({ events }) => Object.entries(events))) {
    expect(stdout).toMatch(new RegExp(`^.{13}${type} +Custom +200 +\\S.+ \\d+\n +Zapier.+\n +Make.+\n +n8n.+$`, 'm'));
  }
  expect(stdout).toMatch(/\n104 of 104 deliveries verified in \d+\.\d s\.\n$/);
  expect(stdout).not.toContain('\u001b');
  expect(await readdir(temporary)).toEqual([]);
  await rm(temporary, { recursive: true });
});

test('a demo that cannot start says so and ends with 1', async () => {
  const { code, stderr } = await runMain({ ...process.env, TMPDIR: '/nowhere' });
  expect(code).toBe(1);
  expect(stderr).toContain('/nowhere');
});

test('a receiver that refuses fails its rows, by name and with the reason', async () => {
  const { outcome, printed } = await run({ n8n: () => ({ status: 500, body: 'Workflow could not be started' }) });
  const failed = outcome.rows.filter(({ problems }) => problems.length > 0);
  expect(failed).toHaveLength(26);
  expect(failed.every(({ platform, status }) => platform === 'n8n' && status === 500)).toBe(true);
  expect(failures(outcome)[0]).toMatch(/^Boltcall \S+ to n8n: The receiver answered 500 Internal Server Error\.$/);
  expect(printed.filter((line) => line.includes('✗'))).toHaveLength(26);
  expect(summary(outcome, 2, plain)[0]).toBe('78 of 104 deliveries verified in 2.0 s. Failed:');
});

describe('a row', () => {
  let stage: Stage;
  beforeAll(async () => {
    stage = await startStage();
  });
  afterAll(() => stage.stop());

  test('fails when no request comes in time', async () => {
    const tenant = await stage.server.tenant();
    const [provider] = builtInProviders as [Provider];
    const { type } = firstEventType(provider.id);
    const subscription = await createWebhook(tenant.client, stage.standIns.custom, provider, [type]);
    await tenant.client.pauseWebhook({ params: { id: subscription.webhookId } });
    const deadline = Date.now() + 500;
    const rows = await rowsOf(tenant, await publishEverything(tenant, provider, [subscription], deadline), deadline);
    const problems = ['No request came.', 'The attempt log has nothing on it.'];
    expect(rows).toMatchObject([{ event: type, status: null, signature: null, milliseconds: null, problems }]);
  });

  test.each(builtInProviders.map((provider) => [provider.name, provider] as const))(
    'fails when a request of %s was tampered with, in either format',
    async (_, provider) => {
      const { client, organizationId } = await stage.server.tenant();
      const { type, sample: data } = firstEventType(provider.id);
      const subscriptions = [
        await createWebhook(client, stage.standIns.custom, provider, [type]),
        await subscribeHook(client, stage.standIns.make, provider.id, [type]),
      ];
      const occurredAt = new Date();
      const event = { provider: provider.id, type, data };
      const { id } = await client.publishEvent({ body: { ...event, occurred_at: occurredAt.toISOString() } });
      for (const subscription of subscriptions) {
        const request = await subscription.receiver.take(subscription.url, () => true, 5000);
        expectTamperingToShow(subscription, { id, organizationId, ...event, occurredAt }, request);
      }
    },
  );
});

function expectTamperingToShow({ format, secret }: Subscription, published: Published, request: Received | undefined) {
  if (!request) throw new Error('No request came.');
  const signed = format.signature !== null;
  const genuine = verifyRequest(format, secret, published, request);
  expect(genuine).toEqual({ signature: signed ? 'valid' : 'unsigned', problems: [] });
  const tampered = verifyRequest(format, secret, published, withOtherData(request));
  expect(tampered.signature).toBe(signed ? 'invalid' : 'unsigned');
  expect(tampered.problems.at(-1)).toMatch(/^In the body, (data|payload) differs from what was published\.$/);
}

async function run(answers: Partial<Answers>) {
  const stage = await startStage(answers);
  const printed: string[] = [];
  try {
    const outcome = await runDemo(stage, { print: (line) => void printed.push(line), paint: plain });
    return { outcome, printed };
  } finally {
    await stage.stop();
  }
}

function runMain(env: NodeJS.ProcessEnv): Promise<{ code: number; stdout: string; stderr: string }> {
  return new Promise((resolve) => {
    const child = execFile(process.execPath, [join(import.meta.dirname, 'main.ts')], { env }, (_, stdout, stderr) =>
      resolve({ code: child.exitCode ?? -1, stdout, stderr }),
    );
  });
}

/** The same request with one letter of the event's data changed. */
function withOtherData(request: Received): Received {
  const at = request.body.lastIndexOf('a', request.body.lastIndexOf('"}') - 1);
  const body = `${request.body.slice(0, at)}b${request.body.slice(at + 1)}`;
  return { ...request, body, json: JSON.parse(body) };
}
