import { TestBellhop } from '../harness/bellhop.ts';
import type { Answers, DemoPlatform } from './stand-in.ts';
import { StandIn, usualAnswers } from './stand-in.ts';

/** A server of its own with an empty store, and a receiver for each platform. */
export interface Stage {
  readonly server: TestBellhop;
  readonly standIns: Readonly<Record<DemoPlatform, StandIn>>;
  /** Stops the receivers, which ends what hangs, then the server; removes the store. */
  stop(): Promise<void>;
}

export async function startStage(answers: Partial<Answers> = {}): Promise<Stage> {
  await using parts = new AsyncDisposableStack();
  const server = await TestBellhop.start();
  parts.defer(() => server.stop());
  const start = async (platform: DemoPlatform) => {
    const standIn = await StandIn.start(platform, answers[platform] ?? usualAnswers[platform]);
    parts.defer(() => standIn.stop());
    return standIn;
  };
  const standIns = {
    custom: await start('custom'),
    zapier: await start('zapier'),
    make: await start('make'),
    n8n: await start('n8n'),
  };
  const started = parts.move();
  return { server, standIns, stop: () => started.disposeAsync() };
}
