import { parseConfigFile } from '@bellhop/server';
import { Publisher } from '../load/publisher.ts';
import { subject, tenantWith } from '../load/subject.ts';
import { memoryOf, untilQuiet } from '../measure/process-usage.ts';
import { figure, mebibytes } from '../report.ts';
import { choose } from '../settings.ts';
import type { Scenario } from './scenario.ts';

/** The server's default for requests to one host, which the receiver is. */
const mostPerHost = parseConfigFile({}, 'the defaults').delivery.concurrencyPerHost;

export const memory: Scenario = {
  name: 'memory',
  question: 'What memory does the server need while deliveries pile up behind receivers that never answer?',
  longestSeconds: { full: 120, quick: 45 },

  async run(stage) {
    const webhooks = choose(stage.settings, { full: 500, quick: 100 });
    const events = choose(stage.settings, { full: 200, quick: 50 });
    const receiver = await stage.receiver();
    const server = await stage.server('memory');
    const rows: string[][] = [];
    const started = memoryOf(server.pid).residentBytes;
    const note = (when: string, deliveries: number, before?: number) => {
      const { residentBytes, peakBytes } = memoryOf(server.pid);
      const more = before === undefined ? '–' : figure((residentBytes - before) / deliveries);
      rows.push([when, figure(deliveries), mebibytes(residentBytes), mebibytes(peakBytes), more]);
      return residentBytes;
    };
    const tenant = await tenantWith(server, webhooks, (index) => receiver.url(`/hang/${index}`));
    const publisher = stage.add(new Publisher(tenant));
    // Once with answers, so that compiled code and grown heaps do not count as memory of the deliveries.
    await publisher.batch(Math.ceil(events / 10));
    await untilQuiet(server.pid);
    const before = note('before, warmed up', 0);

    await receiver.hang();
    await publisher.batch(events);
    await receiver.holds(mostPerHost);
    await untilQuiet(server.pid);
    const held = await receiver.held();
    note('all accepted, none answered', webhooks * events, before);
    return [
      {
        title: 'Memory',
        columns: ['when', 'deliveries', 'resident', 'peak so far', 'more bytes per delivery'],
        rows: [['after the start', '0', mebibytes(started), '–', '–'], ...rows],
        notes: [
          `${subject}; ${figure(events)} events to ${figure(webhooks)} webhooks each, in one batch.`,
          `${figure(held)} requests were on the wire, held by the receiver; the other deliveries waited in memory (up to 20,000) and in the store.`,
        ],
      },
    ];
  },
};
