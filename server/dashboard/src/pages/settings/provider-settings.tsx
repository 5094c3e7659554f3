import { Button, Group, Stack, Text } from '@mantine/core';
import type { FormEvent } from 'react';
import { useMemo, useState } from 'react';
import type { Responses } from '../../api/client.ts';
import { fieldProblems, problemAt } from '../../api/problems.ts';
import { useChange, useRead } from '../../api/queries.ts';
import type { Provider } from '../../api/resources.ts';
import { Problem } from '../../parts/problem.tsx';
import { QueryView } from '../../parts/query-view.tsx';
import { Section } from '../../parts/section.tsx';
import { toast } from '../../parts/toasts.tsx';
import { useAllowed, useSession } from '../../session/session.tsx';
import { SettingField } from './setting-field.tsx';
import { settingsOf } from './settings-schema.ts';

type Values = Responses['getProviderSettings'];

/** An organization's settings of a provider, as a form generated from the settings' schema. */
export function ProviderSettings({ provider }: { readonly provider: Provider }) {
  const canRead = useAllowed('webhooks:read');
  const given = { params: { provider: provider.id } };
  const query = useRead('getProviderSettings', given, { enabled: canRead });
  return (
    <Section title={provider.name} lead="What its events contain and mean in your organization.">
      {canRead ? (
        <QueryView query={query} rows={2}>
          {(saved) => <Form provider={provider} saved={saved} />}
        </QueryView>
      ) : (
        <Text size="sm">Viewing these settings requires the webhooks:read scope.</Text>
      )}
    </Section>
  );
}

function Form({ provider, saved }: { readonly provider: Provider; readonly saved: Values }) {
  const allowed = useAllowed('admin');
  const { kind } = useSession();
  const [edited, setEdited] = useState<Values>({});
  // A new round remounts the fields, which drops their local text.
  const [round, setRound] = useState(0);
  const save = useChange('putProviderSettings', { invalidates: ['getProviderSettings', 'previewWebhook'] });
  const settings = useMemo(() => settingsOf(provider), [provider]);
  const values = { ...saved, ...edited };
  const changed = settings.some(({ name }) => JSON.stringify(values[name]) !== JSON.stringify(saved[name]));
  const problems = fieldProblems(save.error);
  const submit = (event: FormEvent) => {
    event.preventDefault();
    save.mutate(
      { params: { provider: provider.id }, body: values },
      { onSuccess: () => toast({ kind: 'done', text: `The settings of ${provider.name} were saved.` }) },
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
            disabled={!allowed}
            error={problemAt(problems, setting.name)}
          />
        ))}
        <Problem
          error={save.error}
          title="Could not save the settings"
          shownFields={settings.map(({ name }) => name)}
        />
        {allowed ? (
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
                In lists, Enter adds an entry and Backspace removes the last one.
              </Text>
            )}
          </Group>
        ) : (
          <Text size="sm" c="dimmed">
            {kind === 'portal'
              ? 'You cannot change these settings. Ask whoever gave you access.'
              : 'Changing these settings requires a key with the admin scope.'}
          </Text>
        )}
      </Stack>
    </form>
  );
}
