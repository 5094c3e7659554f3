import { expect, test } from 'vitest';
import type { Signal } from '../../../src/store/contract/signals.ts';
import { channelOf, everyone, News, readPayload } from '../../../src/store/postgres/news.ts';

const idsOf = (signal: Signal | undefined) =>
  signal?.kind === 'born' ? signal.eventIds : signal?.kind === 'changed' ? signal.webhookIds : [];

function newsOf(...signals: Signal[]): News {
  const news = new News('here');
  for (const signal of signals) news.add(signal);
  return news;
}

test('what was told is said once, to whom it is for', () => {
  const news = newsOf(
    { kind: 'due' },
    { kind: 'changed', webhookIds: ['a', 'b'] },
    { kind: 'born', node: 'there', eventIds: ['x'] },
    { kind: 'due' },
    { kind: 'changed', webhookIds: ['b', 'c'] },
    { kind: 'born', node: 'elsewhere', eventIds: ['x'] },
    { kind: 'born', node: 'there', eventIds: ['y', 'x'] },
  );
  const said = news.take().map(({ channel, payload }) => ({ channel, ...readPayload(payload) }));
  expect(said).toEqual([
    { channel: everyone, from: 'here', signal: { kind: 'due' } },
    { channel: everyone, from: 'here', signal: { kind: 'changed', webhookIds: ['a', 'b', 'c'] } },
    { channel: channelOf('there'), from: 'here', signal: { kind: 'born', node: 'there', eventIds: ['x', 'y'] } },
    { channel: channelOf('elsewhere'), from: 'here', signal: { kind: 'born', node: 'elsewhere', eventIds: ['x'] } },
  ]);
  expect(news.empty).toBe(true);
  expect(news.take()).toEqual([]);
});

test('nothing about nothing is no news', () => {
  expect(newsOf({ kind: 'changed', webhookIds: [] }, { kind: 'born', node: 'there', eventIds: [] }).empty).toBe(true);
});

test.each([
  ['ids', (index: number) => `evt_01a214d3-2333-700d-8981-${String(index).padStart(12, '0')}`],
  ['ids of other letters', (index: number) => `"Ärger" ${'\\'.repeat(index % 90)} ${index}`],
])('many %s are split over payloads that PostgreSQL takes', (_, idAt) => {
  const ids = Array.from({ length: 5000 }, (_, index) => idAt(index));
  const messages = newsOf({ kind: 'born', node: 'there', eventIds: ids }).take();
  const sizes = messages.map(({ payload }) => Buffer.byteLength(payload));
  expect(Math.max(...sizes)).toBeLessThanOrEqual(7999);
  expect(Math.min(...sizes.slice(0, -1))).toBeGreaterThan(7700);
  expect(messages.flatMap(({ payload }) => idsOf(readPayload(payload)?.signal))).toEqual(ids);
});

test('what nobody comes for does not pile up for ever', () => {
  const news = new News('here');
  for (let batch = 0; batch < 300; batch += 1) {
    news.add({ kind: 'changed', webhookIds: Array.from({ length: 1000 }, (_, index) => `${batch} ${index}`) });
  }
  expect(news.take().flatMap(({ payload }) => idsOf(readPayload(payload)?.signal))).toHaveLength(100_000);
});

test.each([
  '',
  '{',
  'null',
  '[]',
  '{"from":"there"}',
  '{"from":"there","signal":{"kind":"sung"}}',
  '{"from":"there","signal":{"kind":"changed","webhookIds":"all"}}',
  '{"signal":{"kind":"due"}}',
])('%s says nothing', (payload) => {
  expect(readPayload(payload)).toBeUndefined();
});
