import { platformProfile, recognisePlatform } from '@bellhop/shared/platforms';
import { Anchor, Button, Fieldset, Group, Stack, Text, TextInput } from '@mantine/core';
import type { FormEvent } from 'react';
import { useRef, useState } from 'react';
import { Link } from 'wouter';
import type { Responses } from '../../api/client.ts';
import type { FieldProblems } from '../../api/problems.ts';
import { fieldProblems, problemAt } from '../../api/problems.ts';
import { useChange } from '../../api/queries.ts';
import type { Platform, Provider } from '../../api/resources.ts';
import { EventChoice, ProviderSelect } from '../../parts/event-choice.tsx';
import { Problem } from '../../parts/problem.tsx';
import { useAllowed } from '../../session/session.tsx';
import { TrialResponse } from './trial-response.tsx';

export interface UrlFormProps {
  /** The platform of the card. The webhook's own platform is detected from its URL. */
  readonly platform: Platform;
  readonly providers: readonly Provider[];
  readonly placeholder: string;
  readonly onCreated: (webhook: Responses['createWebhook']) => void;
}

const fields = ['url', 'provider', 'events', 'event'] as const;

export function UrlForm({ platform, providers, placeholder, onCreated }: UrlFormProps) {
  const allowed = useAllowed('webhooks:write');
  const [draft, change] = useDraft(providers);
  const [missing, setMissing] = useState<FieldProblems>({});
  const create = useChange('createWebhook');
  const trial = useChange('tryWebhook', { invalidates: [] });
  const form = useRef<HTMLFormElement>(null);
  const provider = providers.find(({ id }) => id === draft.provider);
  const { url, events } = { url: draft.url.trim(), events: [...draft.events] };

  const focusFirst = (found: FieldProblems) => {
    const first = found.url ? 'input' : problemAt(found, 'events', 'event') ? '.events :is(input, select)' : undefined;
    if (first) form.current?.querySelector<HTMLElement>(first)?.focus();
  };
  const onError = (error: Error) => focusFirst(fieldProblems(error));
  /** Runs the action, or shows what is missing. */
  const whenComplete = (act: () => void) => {
    const found = missingOf(url, events);
    setMissing(found);
    create.reset();
    trial.reset();
    if (Object.keys(found).length > 0) focusFirst(found);
    else act();
  };
  const connect = (event: FormEvent) => {
    event.preventDefault();
    const body = { provider: draft.provider, url, events };
    whenComplete(() => create.mutate({ body }, { onSuccess: onCreated, onError }));
  };
  const test = () => {
    const body = { provider: draft.provider, url, event: events[0] ?? '' };
    whenComplete(() => trial.mutate({ body }, { onError }));
  };
  const problems = { ...fieldProblems(create.error ?? trial.error), ...missing };
  return (
    <form ref={form} onSubmit={connect} noValidate>
      <Fieldset variant="unstyled" disabled={!allowed} className="shrinks" m={0}>
        <Stack gap="sm">
          <TextInput
            label="Webhook URL"
            type="url"
            required
            placeholder={placeholder}
            value={draft.url}
            onChange={(event) => change({ url: event.currentTarget.value })}
            description={hintOf(url, platform)}
            error={problems.url}
            autoComplete="off"
            spellCheck={false}
          />
          <ProviderSelect
            providers={providers}
            value={draft.provider}
            onChange={(id) => change({ provider: id })}
            error={problems.provider}
          />
          {provider && (
            <div className="events">
              <EventChoice
                provider={provider}
                format="provider"
                value={draft.events}
                onChange={(chosen) => change({ events: chosen })}
                error={problemAt(problems, 'events', 'event')}
              />
            </div>
          )}
          <Problem error={create.error} title="Could not connect" shownFields={fields} />
          <Problem error={trial.error} title="Could not send the test" shownFields={fields} />
          <Group gap="xs">
            <Button type="submit" loading={create.isPending}>
              Connect
            </Button>
            <Button variant="default" loading={trial.isPending} onClick={test}>
              Send a test first
            </Button>
          </Group>
          <TrialResponse result={trial.data} pending={trial.isPending} about="The test" />
        </Stack>
      </Fieldset>
      {allowed ? (
        <More provider={draft.provider} />
      ) : (
        <Text size="sm">Creating webhooks requires the webhooks:write scope.</Text>
      )}
    </form>
  );
}

function More({ provider }: { readonly provider: string }) {
  return (
    <Text size="sm" c="dimmed" mt="sm">
      For authentication, headers, a filter or your own secret,{' '}
      <Anchor
        component={Link}
        href={`/webhooks/new?provider=${encodeURIComponent(provider)}`}
        size="sm"
        underline="always"
      >
        create a webhook with all its settings
      </Anchor>
      .
    </Text>
  );
}

interface Draft {
  readonly url: string;
  readonly provider: string;
  readonly events: readonly string[];
}

/** The form's values. Changing the provider resets the events. */
function useDraft(providers: UrlFormProps['providers']) {
  const fresh = (id: string) => {
    const all = providers.find((each) => each.id === id)?.events ?? [];
    return { provider: id, events: all.length === 1 ? all.map(({ type }) => type) : [] };
  };
  const [draft, setDraft] = useState<Draft>(() => ({ url: '', ...fresh(providers[0]?.id ?? '') }));
  const change = (part: Partial<Draft>) =>
    setDraft((before) => ({ ...before, ...part, ...(part.provider === undefined ? {} : fresh(part.provider)) }));
  return [draft, change] as const;
}

function missingOf(url: string, events: readonly string[]): FieldProblems {
  return {
    ...(url === '' && { url: 'Enter the URL to send events to.' }),
    ...(events.length === 0 && { events: 'Choose at least one event.' }),
  };
}

/** A hint if the URL does not look like one of the card's platform. */
function hintOf(given: string, platform: Platform): string | undefined {
  const url = URL.parse(given);
  if (!url || !/^https?:$/.test(url.protocol)) return undefined;
  const recognised = recognisePlatform(url);
  if (recognised === platform) return undefined;
  return recognised === 'custom'
    ? `This does not look like a ${platformProfile(platform).name} URL. Check it, or connect it anyway.`
    : `This is a ${platformProfile(recognised).name} URL and is connected as one.`;
}
