import type { PlatformProfile } from './profile.ts';
import { loginPage } from './profile.ts';

export const make: PlatformProfile = {
  id: 'make',
  name: 'Make',
  recognises: (url) => /^hook\.(?:[a-z0-9-]+\.)?make\.(?:com|celonis\.com)$/.test(url.hostname),
  // Make answers 410 while no active scenario listens on the hook; it recovers when one is switched on.
  gone: [
    {
      status: 410,
      action: 'pause',
      afterAnswers: 5,
      reason:
        'Make keeps answering 410 Gone: no active scenario listens on this webhook. Switch the scenario on; Bellhop then continues by itself.',
    },
  ],
  busy: [
    {
      status: 400,
      body: /^Queue is full/,
      reason: "The webhook's queue in Make is full. Let the scenario run more often, or process more events in a run.",
    },
    loginPage('Make'),
  ],
  meanings: [
    {
      status: 500,
      body: /^Scenario failed to complete/,
      reason: 'The scenario took the event and failed. Its history in Make shows why. A retry runs it from the start.',
    },
  ],
  final: [],
  pace: { requests: 300, seconds: 10 },
};
