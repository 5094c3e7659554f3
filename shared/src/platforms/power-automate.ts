import type { PlatformProfile } from './profile.ts';
import { loginPage } from './profile.ts';

const pause = { action: 'pause', afterAnswers: 1 } as const;

const gone = {
  ...pause,
  reason:
    'Power Automate answered that there is no such flow: it was deleted, or its URL has changed. Bring it back and Bellhop continues by itself, or enter its new URL.',
} as const;

export const powerAutomate: PlatformProfile = {
  id: 'power_automate',
  name: 'Power Automate',
  recognises: (url) => /\.(?:logic\.azure\.com|environment\.api\.powerplatform\.com)$/.test(url.hostname),
  gone: [
    { status: 400, body: /"WorkflowTriggerIsNotEnabled"[\s\S]*'Deleted'/, ...gone },
    {
      status: 400,
      body: /"WorkflowTriggerIsNotEnabled"/,
      ...pause,
      reason: 'Power Automate answered that the flow is off. Turn the flow on; Bellhop then continues by itself.',
    },
    { status: 404, ...gone },
    { status: 410, ...gone },
  ],
  busy: [loginPage('Power Automate')],
  meanings: [
    {
      status: 400,
      body: /"TriggerInputSchemaMismatch"/,
      reason: "The event does not fit the JSON schema of the flow's trigger. Change the schema, or remove it.",
    },
    {
      status: 401,
      body: /"DirectApiAuthorizationRequired"/,
      reason:
        'The flow asks for a login, or the URL is not whole. Set the trigger\'s "Who can trigger the flow?" to Anyone and copy its URL again.',
    },
    {
      status: 401,
      body: /"DirectApiInvalidAuthorizationSignature"/,
      reason: "The URL's signature is wrong. Copy the URL from the flow's trigger again.",
    },
  ],
  final: [],
  pace: null,
};
