import type { PlatformId } from '../src/index.ts';

/** What a platform answers to a POST, as its sources, documentation or users say. */
export interface PlatformAnswer {
  readonly platform: Exclude<PlatformId, 'custom'>;
  /** What has happened at the platform. */
  readonly when: string;
  readonly status: number;
  readonly type: string;
  readonly body: string;
  /** How it has to be understood. `explained`: a failure with a reason. */
  readonly means: 'success' | 'remove' | 'pause' | 'busy' | 'explained' | 'failure';
  /** A file in the platform's repository, a page of its documentation, or an issue. */
  readonly source: string;
}

type Row = readonly [
  when: string,
  status: number,
  type: string,
  body: string,
  means: PlatformAnswer['means'],
  source: string,
];

const json = 'application/json; charset=utf-8';
const html = 'text/html; charset=utf-8';
const text = 'text/plain; charset=utf-8';
const none = '';

function of(platform: PlatformAnswer['platform'], rows: readonly Row[]): PlatformAnswer[] {
  return rows.map(([when, status, type, body, means, source]) => ({
    platform,
    when,
    status,
    type,
    body,
    means,
    source,
  }));
}

function document(body: string): string {
  return `<!DOCTYPE html>\n<html lang="en">\n<head>\n<meta charset="utf-8">\n</head>\n<body>\n${body}\n</body>\n</html>\n`;
}

const login = document(
  '<form method="post"><input name="user"><input class="wide" name="secret" type="password"><button>Sign in</button></form>',
);
const atTheDoor = 'a login of the customer, in front of the platform';

const n8n = 'github.com/n8n-io/n8n packages/cli/src/';
const notFound = `${n8n}errors/response-errors/webhook-not-found.error.ts`;
const n8nAuth = 'github.com/n8n-io/n8n packages/nodes-base/nodes/Webhook/error.ts';
const production =
  "The workflow must be active for a production URL to run successfully. You can activate the workflow using the toggle in the top-right of the editor. Note that unlike test URL calls, production URL calls aren't shown on the canvas (only in the executions list)";
const test =
  "Click the 'Execute workflow' button on the canvas, then try again. (In test mode, the webhook only works for one call after you click this button)";

const trigger = (state: string) =>
  `{"error":{"code":"WorkflowTriggerIsNotEnabled","message":"Could not execute workflow '8f088005-1edf-425a-9199-5200734719ec' trigger 'manual' with state '${state}': trigger is not enabled."}}`;
const turnedOff = 'github.com/microsoft/coe-starter-kit/issues/8684';
const learn = 'learn.microsoft.com/azure/connectors/connectors-native-reqres';

const zapierSuccess = '{"attempt":"0193-a","id":"0193-b","request_id":"0193-b","status":"success"}';
const zapierLimits = 'docs.zapier.com/platform/build/troubleshoot-throttles';
const makeWebhooks = 'help.make.com/webhooks';
const makeErrors = 'help.make.com/fix-general-errors';

export const platformAnswers: readonly PlatformAnswer[] = [
  ...of('zapier', [
    ['accepted', 200, json, zapierSuccess, 'success', 'github.com/planningcenter/developers/issues/1156'],
    ['Zap off or deleted', 410, none, '', 'remove', 'docs.zapier.com/platform/build/hook-trigger'],
    ['Zap deleted', 404, text, 'please unsubscribe me!', 'remove', 'github.com/zapier/visual-builder/issues/590'],
    [
      'Zap deleted, in other letters',
      404,
      json,
      '{"status":"Please Unsubscribe Me!"}',
      'remove',
      'github.com/planningcenter/developers/issues/1156',
    ],
    [
      'another 404',
      404,
      html,
      document('<h1>Not Found</h1>'),
      'failure',
      'github.com/zapier/visual-builder/issues/619',
    ],
    ['throttled', 429, none, '', 'busy', zapierLimits],
    ['a web page', 200, html, document('<h1>Zapier</h1>'), 'busy', 'its hooks answer with JSON'],
    ['behind a login', 200, html, login, 'busy', atTheDoor],
    ['overloaded', 503, html, document('<h1>Service Unavailable</h1>'), 'failure', zapierLimits],
  ]),
  ...of('n8n', [
    ['accepted', 200, json, '{"message":"Workflow was started"}', 'success', `${n8n}webhooks/webhook-helpers.ts`],
    ['accepted, without data', 200, none, '', 'success', `${n8n}webhooks/webhook-on-received-response-extractor.ts`],
    [
      'a page from Respond to Webhook',
      200,
      html,
      document('<p>Thank you</p>'),
      'success',
      `${n8n}webhooks/webhook-helpers.ts`,
    ],
    [
      'workflow inactive or deleted',
      404,
      json,
      JSON.stringify({ code: 404, message: 'The requested webhook "POST abc" is not registered.', hint: production }),
      'pause',
      notFound,
    ],
    [
      'workflow inactive, in releases without hints',
      404,
      json,
      JSON.stringify({ code: 404, message: 'The requested webhook "POST abc" is not registered.' }),
      'pause',
      notFound,
    ],
    [
      'wrong method',
      404,
      json,
      JSON.stringify({
        code: 404,
        message: 'This webhook is not registered for POST requests. Did you mean to make a GET request?',
      }),
      'explained',
      notFound,
    ],
    [
      'wrong method, several allowed',
      404,
      json,
      JSON.stringify({
        code: 404,
        message: 'This webhook is not registered for POST requests. Did you mean to make a GET or PUT request?',
      }),
      'explained',
      notFound,
    ],
    [
      'test URL, not listening',
      404,
      json,
      JSON.stringify({ code: 404, message: 'The requested webhook "abc" is not registered.', hint: test }),
      'explained',
      `${n8n}webhooks/test-webhooks.ts`,
    ],
    [
      'test URL, not listening, in older releases',
      404,
      json,
      JSON.stringify({
        code: 404,
        message: 'The requested webhook "POST abc" is not registered.',
        hint: 'Click the "Execute workflow" button on the canvas, then try again.',
      }),
      'explained',
      notFound,
    ],
    ['booting: migrates', 200, html, 'n8n is starting up. Please wait', 'busy', `${n8n}abstract-server.ts`],
    [
      'booting, and shutting down: no database',
      503,
      json,
      '{"code":503,"message":"Database is not ready!"}',
      'busy',
      `${n8n}abstract-server.ts`,
    ],
    [
      'booting: listens, without webhooks yet',
      404,
      html,
      document('<pre>Cannot POST /webhook/5f0c9b1e/orders</pre>'),
      'busy',
      `${n8n}abstract-server.ts, init() and start()`,
    ],
    [
      'a path that n8n does not have',
      404,
      html,
      document('<pre>Cannot POST /webhoks/5f0c9b1e</pre>'),
      'failure',
      `${n8n}abstract-server.ts`,
    ],
    ['behind a login', 200, html, login, 'busy', atTheDoor],
    ['credentials missing', 401, none, 'Authorization is required!', 'explained', n8nAuth],
    ['credentials wrong', 403, none, 'Authorization data is wrong!', 'explained', n8nAuth],
    [
      'the node failed',
      500,
      json,
      '{"code":0,"message":"Workflow Webhook Error: Workflow could not be started!"}',
      'explained',
      `${n8n}webhooks/webhook-helpers.ts`,
    ],
    [
      'the execution could not be stored',
      500,
      json,
      '{"code":0,"message":"There was a problem executing the workflow"}',
      'explained',
      `${n8n}webhooks/webhook-helpers.ts`,
    ],
    ['rate limited, by what stands in front of it', 429, html, document('<h1>429</h1>'), 'busy', 'docs.n8n.io'],
  ]),
  ...of('make', [
    ['accepted', 200, text, 'Accepted', 'success', makeWebhooks],
    ['scenario off', 410, text, 'There is no scenario listening for this webhook.', 'pause', makeErrors],
    ['webhook deleted', 410, text, 'Webhook not found', 'pause', makeErrors],
    ['queue full', 400, text, 'Queue is full.', 'busy', makeWebhooks],
    ['another 400', 400, text, 'Bad request: Queue is full.', 'failure', makeWebhooks],
    ['rate limited', 429, none, '', 'busy', makeWebhooks],
    ['scenario failed', 500, text, 'Scenario failed to complete.', 'explained', makeWebhooks],
    ['behind a login', 200, html, login, 'busy', atTheDoor],
  ]),
  ...of('power_automate', [
    ['accepted', 202, none, '', 'success', learn],
    ['flow off', 400, json, trigger('Disabled'), 'pause', turnedOff],
    ['flow suspended by a policy', 400, json, trigger('Suspended'), 'pause', turnedOff],
    ['flow deleted, or its URL replaced', 400, json, trigger('Deleted'), 'pause', turnedOff],
    [
      'flow unknown',
      404,
      json,
      '{"error":{"code":"WorkflowNotFound","message":"The workflow could not be found."}}',
      'pause',
      'github.com/Azure/logicapps/issues/321',
    ],
    ['gone', 410, none, '', 'pause', learn],
    [
      'login required',
      401,
      json,
      '{"error":{"code":"DirectApiAuthorizationRequired","message":"The request must be authenticated only by Shared Access scheme."}}',
      'explained',
      'github.com/ericferon/glpi-webhook/issues/51',
    ],
    [
      'signature wrong',
      401,
      json,
      '{"error":{"code":"DirectApiInvalidAuthorizationSignature","message":"The provided authorization signature is not valid."}}',
      'explained',
      learn,
    ],
    ['forbidden by the network rules', 403, none, '', 'failure', learn],
    [
      "the trigger's schema does not fit",
      400,
      json,
      `{"error":{"code":"TriggerInputSchemaMismatch","message":"The input body for trigger 'manual' of type 'Request' did not match its schema definition."}}`,
      'explained',
      learn,
    ],
    [
      'rate limited',
      429,
      json,
      '{"error":{"code":"TooManyRequests"}}',
      'busy',
      'learn.microsoft.com/power-automate/limits-and-config',
    ],
    ['behind a login', 200, html, login, 'busy', atTheDoor],
  ]),
];
