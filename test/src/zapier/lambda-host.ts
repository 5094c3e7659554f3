import { pathToFileURL } from 'node:url';

/*
 * Runs a Zapier app's entry point (zapierwrapper.js) as Zapier's Lambda does, in a child process: calls the handler with each
 * message and sends back its results, error and logs.
 */

interface Invocation {
  readonly number: number;
  readonly event: Record<string, unknown>;
}

type Handler = (event: Record<string, unknown>) => Promise<{ readonly results: unknown }>;

const [entry = ''] = process.argv.slice(2);
const { handler } = (await import(pathToFileURL(entry).href)) as { handler: Handler };

process.on('message', ({ number, event }: Invocation) => void invoke(number, event));
process.send?.('ready');

async function invoke(number: number, event: Record<string, unknown>): Promise<void> {
  const logs: unknown[] = [];
  const customLogger = (message: string, data: unknown) => logs.push({ message, data });
  const outcome = await handler({ ...event, calledFromCli: true, customLogger }).then(
    ({ results }) => ({ results }),
    (error: unknown) => ({
      error:
        error instanceof Error ? { name: error.name, message: error.message } : { name: '', message: String(error) },
    }),
  );
  process.send?.({ number, logs, ...outcome });
}
