import { Anchor, Button, Group, Stack, Text } from '@mantine/core';
import type { FormEvent } from 'react';
import { useEffect, useRef, useState } from 'react';
import { Link, useLocation } from 'wouter';
import { fieldProblems, problemAt } from '../../../api/problems.ts';
import type { Provider, Webhook } from '../../../api/resources.ts';
import { EventChoice, ProviderSelect } from '../../../parts/event-choice.tsx';
import { Section } from '../../../parts/section.tsx';
import { toast } from '../../../parts/toasts.tsx';
import { useAllowed } from '../../../session/session.tsx';
import { AuthenticationFields } from './authentication-fields.tsx';
import type { Problems } from './bodies.ts';
import { draftProblems } from './bodies.ts';
import { DestinationFields, EnabledField } from './destination-fields.tsx';
import type { Draft } from './draft.ts';
import { withProvider } from './draft.ts';
import type { FieldsProps } from './fields.ts';
import { focusFirstProblem, withoutChanged } from './fields.ts';
import { HeaderFields } from './header-fields.tsx';
import { MoreSettings } from './more-settings.tsx';
import { SecretField } from './secret-field.tsx';
import { FieldlessProblem, TryIt } from './try-it.tsx';
import { useSave } from './use-save.ts';

export interface WebhookFormProps {
  readonly providers: readonly Provider[];
  readonly initial: Draft;
  /** The webhook being edited; undefined for a new one. */
  readonly webhook?: Webhook;
}

/** The form for creating and editing webhooks. The provider's rules decide which settings are shown first. */
export function WebhookForm({ providers, initial, webhook }: WebhookFormProps) {
  const [draft, setDraft] = useState(initial);
  const { form, problems, refuse, forget } = useProblems();
  const [sampleType, setSampleType] = useState('');
  const [, navigate] = useLocation();
  const provider = providers.find(({ id }) => id === draft.provider) ?? providers[0];
  const save = useSave();
  if (!provider) return <Text>The server’s catalogue is empty: there are no events to subscribe to.</Text>;

  const change = (changes: Partial<Draft>) => {
    setDraft((before) => ({ ...before, ...changes }));
    forget(changes);
  };
  const submit = (event: FormEvent) => {
    event.preventDefault();
    const found = draftProblems(draft);
    if (Object.keys(found).length > 0) return refuse(found);
    return save.mutate(
      { draft, provider, webhook },
      {
        onSuccess: (id) => {
          toast({ kind: 'done', text: webhook ? 'Webhook saved.' : 'Webhook created.' });
          navigate(`/webhooks/${id}`);
        },
        onError: (error) => refuse(fieldProblems(error)),
      },
    );
  };
  const chosen = provider.events.filter(({ type }) => draft.events.includes(type));
  const samples = chosen.length > 0 ? chosen : provider.events;
  const sample = samples.find(({ type }) => type === sampleType) ?? samples[0];
  const fields: FieldsProps = { draft, change, provider, problems, webhook };

  return (
    <form ref={form} onSubmit={submit} noValidate>
      <Stack gap="lg">
        <Section title="What to send">
          <EnabledField {...fields} />
          {!webhook && (
            <ProviderSelect
              providers={providers}
              value={provider.id}
              onChange={(id) => change(withProvider(draft, providers.find((each) => each.id === id) ?? provider))}
              error={problemAt(problems, 'provider')}
            />
          )}
          <EventFields {...fields} />
        </Section>
        <Section title="Where to send it">
          <DestinationFields {...fields} />
          {provider.webhooks.authentication.length > 1 && <AuthenticationFields {...fields} />}
          {provider.webhooks.additionalHeaders && <HeaderFields {...fields} />}
          <SecretField {...fields} key={`${provider.id} ${draft.format}`} />
        </Section>
        <MoreSettings {...fields} sample={sample} onProblems={(error) => refuse(fieldProblems(error))} />
        <Section title={webhook ? 'Try the changes' : 'Try it before saving'}>
          <TryIt {...fields} sample={sample} samples={samples} onSample={setSampleType} onProblems={refuse} />
        </Section>
        <div data-problem tabIndex={-1}>
          <FieldlessProblem error={save.error} />
        </div>
        <Buttons webhook={webhook} saving={save.isPending} />
      </Stack>
    </form>
  );
}

/** Problems of the draft. New ones focus the first field concerned. */
function useProblems() {
  const form = useRef<HTMLFormElement>(null);
  const [problems, setProblems] = useState<Problems>({});
  const [refusals, setRefusals] = useState(0);
  useEffect(() => {
    if (refusals > 0 && form.current) focusFirstProblem(form.current);
  }, [refusals]);
  return {
    form,
    problems,
    refuse: (found: Problems) => {
      setProblems(found);
      setRefusals((count) => count + 1);
    },
    forget: (changes: Partial<Draft>) => setProblems((before) => withoutChanged(before, changes)),
  };
}

function EventFields({ draft, change, provider, problems, webhook }: FieldsProps) {
  const error = problemAt(problems, 'events', 'event');
  const removes = webhook?.events.some((type) => !draft.events.includes(type));
  return (
    <div>
      <EventChoice
        provider={provider}
        format={draft.format}
        value={draft.events}
        onChange={(events) => change({ events })}
        error={error}
      />
      {/* Always there, so that what appears in it is read out. */}
      {webhook && (
        <Text size="sm" mt="xs" role="status">
          {removes && 'What waits of the removed event types is not sent.'}
        </Text>
      )}
      {provider.settings && (
        <Text size="sm" c="dimmed" mt="xs">
          {error ? 'The events may depend on ' : 'Which events and fields are sent depends on '}
          <Anchor component={Link} href="/settings" size="sm" underline="always">
            {provider.name}’s settings
          </Anchor>
          .
        </Text>
      )}
    </div>
  );
}

function Buttons({ webhook, saving }: { readonly webhook: Webhook | undefined; readonly saving: boolean }) {
  const allowed = useAllowed('webhooks:write');
  return (
    <Group>
      <Button type="submit" loading={saving} disabled={!allowed}>
        {webhook ? 'Save changes' : 'Create webhook'}
      </Button>
      <Button variant="default" component={Link} href={webhook ? `/webhooks/${webhook.id}` : '/webhooks'}>
        Cancel
      </Button>
      {!allowed && <Text size="sm">Changing webhooks requires the webhooks:write scope.</Text>}
    </Group>
  );
}
