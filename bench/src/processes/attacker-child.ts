import { Agent } from 'undici';
import { pause, sharedNow } from '../measure/clock.ts';
import type { Shot } from './attacker.ts';
import { answerCalls } from './calls.ts';

answerCalls({
  shoot: async ({ url, apiKey, senders, pauseMs, method, path, body, seconds }: Shot) => {
    const agent = new Agent({ connections: senders, headersTimeout: 20_000 });
    const over = new AbortController();
    const end = sharedNow() + seconds * 1000;
    const answers: Record<string, number> = {};
    const headers = { 'content-type': 'application/json', ...(apiKey ? { authorization: `Bearer ${apiKey}` } : {}) };
    const send = async () => {
      const request = { origin: url, path, method, headers, body: body ?? null, signal: over.signal };
      const answer = await agent.request(request).catch(() => undefined);
      for await (const _ of answer?.body ?? []);
      return answer?.statusCode ?? 'error';
    };
    const work = async () => {
      while (sharedNow() < end) {
        const status = await send().catch(() => 'error');
        answers[status] = (answers[status] ?? 0) + 1;
        // Who is refused at once begins again no sooner than others.
        await pause(Math.max(pauseMs, 1));
      }
    };
    const timer = setTimeout(() => over.abort(), seconds * 1000 + 500);
    await Promise.all(Array.from({ length: senders }, work));
    clearTimeout(timer);
    await agent.destroy();
    return answers;
  },
});
