import { Pool } from 'undici';
import { answerCalls } from './calls.ts';
import type { Recorded } from './receiver.ts';

/**
 * The measure for the server: undici, requests that are rendered and signed already, and nothing else. It keeps as many
 * requests on the wire as it is told to and reads every answer.
 */
interface Prepared {
  readonly path: string;
  readonly headers: Record<string, string>;
  readonly body: string;
}

let pool: Pool | undefined;
let requests: readonly Prepared[] = [];

async function post(count: number, concurrency: number): Promise<void> {
  let started = 0;
  const work = async () => {
    while (started < count) {
      const request = requests[started++ % requests.length];
      if (!request || !pool) throw new Error('The bare client has nothing to post.');
      const answer = await pool.request({ ...request, method: 'POST' });
      await answer.body.text();
      if (answer.statusCode !== 200) throw new Error(`The receiver answered ${answer.statusCode}.`);
    }
  };
  await Promise.all(Array.from({ length: concurrency }, work));
}

/** What the connection and undici set themselves. */
const connectionHeaders = new Set(['host', 'connection', 'content-length']);

function prepared({ path, rawHeaders, body }: Recorded): Prepared {
  const headers: Record<string, string> = {};
  for (let index = 0; index < rawHeaders.length; index += 2) {
    const [name = '', value = ''] = rawHeaders.slice(index, index + 2);
    if (!connectionHeaders.has(name.toLowerCase())) headers[name] = value;
  }
  return { path, headers, body };
}

answerCalls({
  prepare: async (origin: string, concurrency: number, recorded: readonly Recorded[]) => {
    await pool?.close();
    pool = new Pool(origin, { connections: concurrency, pipelining: 1 });
    requests = recorded.map(prepared);
  },
  post,
});
