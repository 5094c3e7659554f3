import { Button, Group, NativeSelect, Stack, Text } from '@mantine/core';
import { useState } from 'react';
import { fieldProblems } from '../../../api/problems.ts';
import { useChange } from '../../../api/queries.ts';
import type { EventType } from '../../../api/resources.ts';
import { Problem } from '../../../parts/problem.tsx';
import { useAllowed } from '../../../session/session.tsx';
import { Icon } from '../../../shell/icons.tsx';
import type { Problems } from './bodies.ts';
import { needsSaved, previewBody, requestProblems, trialBody, urlProblems } from './bodies.ts';
import type { Draft } from './draft.ts';
import { secretUse } from './draft.ts';
import type { FieldsProps } from './fields.ts';
import { shownFields } from './fields.ts';
import { PreviewModal } from './preview-modal.tsx';
import { TrialResult } from './trial-result.tsx';

export interface TryItProps extends FieldsProps {
  /** The event type whose sample is used, and the ones to choose from. */
  readonly sample: EventType | undefined;
  readonly samples: readonly EventType[];
  readonly onSample: (type: string) => void;
  /** Shows problems of the draft at their fields. */
  readonly onProblems: (problems: Problems) => void;
}

/** Previews the request and sends a test before anything is saved. */
export function TryIt(props: TryItProps) {
  const { draft, provider, sample, samples, onSample, onProblems, webhook } = props;
  const preview = useChange('previewWebhook', { invalidates: [] });
  const trial = useChange('tryWebhook', { invalidates: [] });
  const [shown, setShown] = useState(false);
  const canWrite = useAllowed('webhooks:write');
  const event = sample?.type ?? '';
  const unsaved = needsSaved(draft, webhook);
  const onError = (error: unknown) => onProblems(fieldProblems(error));

  const showPreview = () => {
    const problems = requestProblems(draft);
    if (Object.keys(problems).length > 0) return onProblems(problems);
    const body = previewBody(draft, provider, event);
    return preview.mutate({ body }, { onSuccess: () => setShown(true), onError });
  };
  const send = () => {
    const problems = { ...urlProblems(draft), ...requestProblems(draft) };
    if (Object.keys(problems).length > 0) return onProblems(problems);
    return trial.mutate({ body: trialBody(draft, provider, event) }, { onError });
  };

  return (
    <Stack gap="sm">
      <NativeSelect
        label="Sample of"
        value={event}
        onChange={({ currentTarget }) => onSample(currentTarget.value)}
        data={samples.map(({ type, label }) => ({ value: type, label }))}
        maw={360}
      />
      <Group gap="sm">
        <Button variant="default" leftSection={<Icon name="eye" />} loading={preview.isPending} onClick={showPreview}>
          Preview payload
        </Button>
        <Button
          variant="default"
          leftSection={<Icon name="play" />}
          loading={trial.isPending}
          disabled={unsaved || !canWrite}
          onClick={send}
        >
          Send a test
        </Button>
      </Group>
      <div>
        <Text size="sm" c="dimmed">
          {hint(props, canWrite, unsaved)}
        </Text>
        <FieldlessProblem error={preview.error} />
        <FieldlessProblem error={trial.error} />
        <TrialResult trial={trial.isPending ? undefined : trial.data} />
      </div>
      {preview.data && (
        <PreviewModal
          preview={preview.data}
          opened={shown}
          onClose={() => setShown(false)}
          note={signatureNote(draft, props)}
        />
      )}
    </Stack>
  );
}

/** An error that is not shown at fields. */
export function FieldlessProblem({ error }: { readonly error: unknown }) {
  const fields = Object.keys(fieldProblems(error));
  const atFields = fields.length > 0 && fields.every((field) => shownFields.includes(field.split('.')[0] ?? ''));
  return atFields ? null : <Problem error={error} shownFields={shownFields} />;
}

function hint({ draft, provider }: TryItProps, canWrite: boolean, unsaved: boolean): string {
  if (!canWrite) return 'Sending a test requires the webhooks:write scope.';
  if (unsaved) {
    return 'A test from here would lack the saved secrets. Save, then send a test from the webhook’s page.';
  }
  if (usesTemporarySecret(draft, { provider })) {
    return 'The test is signed with a temporary secret. A receiver that verifies signatures rejects it until you save the webhook and copy its secret.';
  }
  return 'Sends the sample to the URL once. It is not logged.';
}

function usesTemporarySecret(draft: Draft, { provider }: Pick<FieldsProps, 'provider'>): boolean {
  return secretUse(provider, draft.format) === 'always' && draft.secret.trim() === '';
}

function signatureNote(draft: Draft, { provider, webhook }: TryItProps): string | undefined {
  if (!usesTemporarySecret(draft, { provider })) return undefined;
  return webhook
    ? 'The signature uses a temporary secret, not the saved one.'
    : 'The signature uses a temporary secret. The real one is generated when you save.';
}
