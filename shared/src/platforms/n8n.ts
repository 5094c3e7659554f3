import type { AnswerPattern, PlatformProfile } from './profile.ts';
import { html, loginPage } from './profile.ts';

/** n8n runs on any host, and `/webhook/…` is the path of most tutorials: its name has to be there, or an id as it makes them. */
function isOfN8n(hostname: string, pathname: string): boolean {
  const [before, after] = pathname.split(/\/webhook(?:-test|-waiting)?\//, 2);
  if (after === undefined) return false;
  return /\bn8n\b/.test(`${hostname}${before}`) || /^[0-9a-f]{8}(?:-[0-9a-f]{4}){3}-[0-9a-f]{12}\b/.test(after);
}

const starting = 'n8n is starting. Bellhop tries again until it is ready.';

/** While it migrates its database. The text is n8n's own, so it means this at any URL. */
export const starting200: AnswerPattern = {
  status: 200,
  body: /^n8n is starting up\. Please wait/,
  reason: starting,
};

export const n8n: PlatformProfile = {
  id: 'n8n',
  name: 'n8n',
  recognises: ({ hostname, pathname }) => isOfN8n(hostname, pathname),
  gone: [
    {
      status: 404,
      // n8n's own JSON; any other receiver may say that something is not registered. The hint tells a test URL.
      body: /"message":\s*"The requested webhook .* is not registered(?!.*"hint":\s*"Click the )/,
      action: 'pause',
      afterAnswers: 1,
      reason:
        'n8n answered that this webhook is not registered: the workflow is inactive. Activate the workflow; Bellhop then continues by itself.',
    },
  ],
  busy: [
    starting200,
    { status: 503, body: /"message":\s*"Database is not ready!"/, reason: starting },
    // Express says this of a path without a handler; n8n handles all below /webhook/ as soon as it has started.
    {
      status: 404,
      type: html,
      body: /<pre>Cannot POST \/(?:[^<\s]*\/)?webhook(?:-test)?\//,
      reason: `${starting} If this goes on, n8n has its webhooks at another path: check the URL.`,
    },
    loginPage('n8n'),
  ],
  meanings: [
    {
      status: 404,
      body: /"message":\s*"This webhook is not registered for POST requests/,
      reason: 'The Webhook node takes no POST requests. Set its HTTP Method to POST and activate the workflow again.',
    },
    {
      status: 404,
      body: /"message":\s*"The requested webhook .* is not registered.*"hint":\s*"Click the /,
      reason: "This is the workflow's test URL, which works only while n8n listens for a test. Use the production URL.",
    },
    {
      status: 401,
      body: /^Authorization is required!/,
      reason: 'The Webhook node asks for credentials. Add its header to this webhook, or set Authentication to None.',
    },
    {
      status: 403,
      body: /^Authorization data is wrong!/,
      reason: "The Webhook node refused the credentials. Correct this webhook's header.",
    },
    {
      status: 500,
      body: /"message":\s*"(?:Workflow Webhook Error: Workflow could not be started|There was a problem executing)/,
      reason: 'n8n could not start the workflow. Its executions and its log show why.',
    },
  ],
  final: [],
  pace: null,
};
