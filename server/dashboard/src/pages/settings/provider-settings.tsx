import { Button, Group, Stack, Text } from '@mantine/core';
import type { FormEvent } from 'react';
import { useMemo, useState } from 'react';
import type { Answers } from '../../api/client.ts';
import { fieldProblems, problemAt } from '../../api/problems.ts';
import { useChange, useRead } from '../../api/queries.ts';
import type { Provider } from '../../api/resources.ts';
import { Problem } from '../../parts/problem.tsx';
import { QueryView } from '../../parts/query-view.tsx';
import { Section } from '../../parts/section.tsx';
import { toast } from '../../parts/toasts.tsx';
import { useMay, useSession } from '../../session/session.tsx';
import { SettingField } from './setting-field.tsx';
import { settingsOf } from './settings-schema.ts';

type Values = Answers['getProviderSettings'];

/** What an organization can set of a provider, as a form that the settings' schema makes. */
export function ProviderSettings({ provider }: { readonly provider: Provider }) {
  const mayRead = useMay('webhooks:read');
  const given = { params: { provider: provider.id } };
  const query = useRead('getProviderSettings', given, { enabled: mayRead });
  return (
    <Section title={provider.name} lead="What its events hold and mean in your organization.">
      {mayRead ? (
        <QueryView query={query} rows={2}>
          {(saved) => <Form provider={provider} saved={saved} />}
        </QueryView>
      ) : (
        <Text size="sm">You may not see these settings: that takes the scope webhooks:read.</Text>
      )}
    </Section>
  );
}

function Form({ provider, saved }: { readonly provider: Provider; readonly saved: Values }) {
  const may = useMay('admin');
  const { kind } = useSession();
  const [edited, setEdited] = useState<Values>({});
  // Fields that keep a text of their own begin anew with each round.
  const [round, setRound] = useState(0);
  const save = useChange('putProviderSettings', { outdates: ['getProviderSettings', 'previewWebhook'] });
  const settings = useMemo(() => settingsOf(provider), [provider]);
  const values = { ...saved, ...edited };
  const changed = settings.some(({ name }) => JSON.stringify(values[name]) !== JSON.stringify(saved[name]));
  const problems = fieldProblems(save.error);
  const submit = (event: FormEvent) => {
    event.preventDefault();
    save.mutate(
      { params: { provider: provider.id }, body: values },
      { onSuccess: () => toast({ kind: 'done', text: `The settings of ${provider.name} are saved.` }) },
    );
  };
  const discard = () => {
    setEdited({});
    setRound(round + 1);
    save.reset();
  };
  return (
    <form onSubmit={submit} noValidate>
      <Stack>
        {settings.map((setting) => (
          <SettingField
            key={`${setting.name} ${round}`}
            setting={setting}
            value={values[setting.name]}
            onChange={(value) => setEdited((before) => ({ ...before, [setting.name]: value }))}
            disabled={!may}
            error={problemAt(problems, setting.name)}
          />
        ))}
        <Problem error={save.error} title="Nothing was saved" shownFields={settings.map(({ name }) => name)} />
        {may ? (
          <Group gap="sm">
            <Button type="submit" disabled={!changed} loading={save.isPending}>
              Save
            </Button>
            {changed && (
              <Button variant="default" onClick={discard}>
                Discard changes
              </Button>
            )}
            {settings.some((each) => each.kind === 'texts') && (
              <Text size="sm" c="dimmed">
                In lists, Enter adds an entry and Backspace takes the last one away.
              </Text>
            )}
          </Group>
        ) : (
          <Text size="sm" c="dimmed">
            You may look at these.{' '}
            {kind === 'portal'
              ? 'To have them changed, ask whoever gave you access.'
              : 'To change them, sign in with a key that has the scope admin.'}
          </Text>
        )}
      </Stack>
    </form>
  );
}
