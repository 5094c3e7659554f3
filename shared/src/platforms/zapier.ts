import type { PlatformProfile } from './profile.ts';
import { html } from './profile.ts';

export const zapier: PlatformProfile = {
  id: 'zapier',
  name: 'Zapier',
  recognises: (url) => url.hostname === 'hooks.zapier.com',
  // Zapier's REST hooks: "if we respond with 410, remove the subscription".
  gone: [
    {
      status: 410,
      action: 'remove',
      afterAnswers: 1,
      reason: 'Zapier answered 410 Gone: the Zap was turned off or deleted. Turn the Zap on to subscribe again.',
    },
    // Zapier answers hooks of deleted Zaps so (zapier/visual-builder issues 590 and 619).
    {
      status: 404,
      body: /please unsubscribe me!/i,
      action: 'remove',
      afterAnswers: 1,
      reason: 'Zapier asked to be unsubscribed: the Zap was turned off or deleted. Turn the Zap on to subscribe again.',
    },
  ],
  busy: [
    // Its hooks answer with JSON.
    {
      status: 200,
      type: html,
      body: /^\s*<(?:!doctype html|html)\b/i,
      reason: 'Zapier answered with a web page, not as its hooks do: the Zap did not get the event. Check the URL.',
    },
  ],
  meanings: [],
  final: [],
  pace: { requests: 30, seconds: 1 },
};
