import { Writable } from 'node:stream';
import { pino } from 'pino';
import { describe, expect, test } from 'vitest';
import type { HttpFailure, HttpResult } from '../../src/target/http-result.ts';
import { OwnFaults } from '../../src/target/own-faults.ts';
import { HeldClock } from '../cluster/held-clock.ts';

const ok: HttpResult = { kind: 'response', status: 200, headers: {}, body: '', truncated: false, durationMs: 1 };

function failure(code: HttpFailure['code'], more: Partial<HttpFailure> = {}): HttpFailure {
  return { kind: 'error', code, message: 'It failed.', durationMs: 1, ...more };
}

function scene() {
  const clock = new HeldClock();
  const lines: { msg: string; level: number; part: string; cause?: string }[] = [];
  const stream = new Writable({
    write(chunk, _, done) {
      lines.push(JSON.parse(String(chunk)));
      done();
    },
  });
  return { clock, lines, faults: new OwnFaults(clock, pino({ level: 'info' }, stream)) };
}

describe('what only this side can be the reason of', () => {
  test.each(['EMFILE', 'ENFILE', 'ENOBUFS', 'ENOMEM', 'EADDRNOTAVAIL', 'ENETDOWN', 'ENETUNREACH'])(
    '%s is not charged to the receiver',
    async (system) => {
      const judged = await scene().faults.judge('a.example', failure('network', { system }));
      expect(judged).toMatchObject({
        code: 'hindered',
        message: expect.stringMatching(/^Nothing was sent: this server.+ The receiver is not at fault/),
      });
    },
  );

  test('is in the log once when it begins and once when it is over', async () => {
    const { clock, lines, faults } = scene();
    for (let count = 0; count < 5; count += 1)
      await faults.judge('a.example', failure('network', { system: 'EMFILE' }));
    await faults.judge('a.example', ok);
    expect(lines).toMatchObject([{ level: 40, msg: 'deliveries are hindered', part: 'network' }]);
    clock.advance(5000);
    for (let count = 0; count < 3; count += 1) await faults.judge('a.example', ok);
    expect(lines).toMatchObject([{}, { level: 30, msg: 'deliveries are hindered no more', for_ms: 5000 }]);
  });
});

describe('hosts that cannot be reached', () => {
  const lost = failure('timeout');

  test('are at fault themselves, if it is one or two of them', async () => {
    const { clock, faults } = scene();
    const judged = ['a.example', 'b.example', 'a.example'].map((host) => faults.judge(host, lost));
    clock.advance(1000);
    expect((await Promise.all(judged)).map((result) => (result as HttpFailure).code)).toEqual(Array(3).fill('timeout'));
  });

  test('are not at fault if there are three at once, the first of them neither', async () => {
    const { lines, faults } = scene();
    const judged = ['a.example', 'b.example', 'c.example'].map((host) => faults.judge(host, lost));
    for (const result of await Promise.all(judged)) {
      expect(result).toMatchObject({
        code: 'hindered',
        message: expect.stringContaining('no host can be reached from this server'),
      });
    }
    expect(lines).toHaveLength(1);
  });

  test('are not at fault if the request began while nothing was reached, and fails when all is well', async () => {
    const { clock, lines, faults } = scene();
    await Promise.all(['a.example', 'b.example', 'c.example'].map((host) => faults.judge(host, lost)));
    await faults.judge('well.example', ok);
    clock.advance(1000);
    expect(await faults.judge('d.example', { ...lost, durationMs: 5000 })).toMatchObject({ code: 'hindered' });
    expect(lines).toHaveLength(1);
    const later = faults.judge('d.example', { ...lost, durationMs: 500 });
    clock.advance(1000);
    expect(await later).toMatchObject({ code: 'timeout' });
  });

  test('are at fault themselves if another is reached meanwhile', async () => {
    const { faults } = scene();
    const judged = ['a.example', 'b.example'].map((host) => faults.judge(host, lost));
    await faults.judge('well.example', ok);
    expect((await Promise.all(judged)).map((result) => (result as HttpFailure).code)).toEqual(['timeout', 'timeout']);
  });

  test('are at fault themselves if they ceased to be reached one after another', async () => {
    const { clock, faults } = scene();
    const codes = [];
    for (const host of ['a.example', 'b.example', 'c.example', 'd.example']) {
      const judged = faults.judge(host, lost);
      clock.advance(16_000);
      codes.push(((await judged) as HttpFailure).code);
    }
    expect(codes).toEqual(Array(4).fill('timeout'));
  });

  test.each(['refused', 'reset', 'tls', 'protocol'] as const)(
    'but answer in some way (%s) are reached',
    async (code) => {
      const { faults } = scene();
      const hosts = ['a.example', 'b.example', 'c.example'];
      const results = await Promise.all(hosts.map((host) => faults.judge(host, failure(code))));
      expect(results.map((result) => (result as HttpFailure).code)).toEqual([code, code, code]);
    },
  );
});
