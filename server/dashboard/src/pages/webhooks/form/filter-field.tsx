import { Button, Code, Group, List, Stack, Text, Textarea } from '@mantine/core';
import { fieldProblems, problemAt } from '../../../api/problems.ts';
import { useChange } from '../../../api/queries.ts';
import type { EventType } from '../../../api/resources.ts';
import { Disclosure } from '../../../parts/disclosure.tsx';
import { Problem } from '../../../parts/problem.tsx';
import { fieldPaths } from './field-paths.ts';
import type { FieldsProps } from './fields.ts';

/** The filter, with a test on a sample. */
export function FilterField({
  draft,
  change,
  problems,
  sample,
  onProblems,
}: FieldsProps & {
  /** The event type whose sample is tested. */
  readonly sample: EventType | undefined;
  readonly onProblems: (error: unknown) => void;
}) {
  const trial = useChange('testFilter', { invalidates: [] });
  const filter = draft.filter.trim();
  const result = trial.variables?.body.event === sample?.type ? trial.data : undefined;
  const test = () => {
    const body = { filter, provider: draft.provider, event: sample?.type ?? '' };
    trial.mutate({ body }, { onError: onProblems });
  };
  return (
    <Stack gap="xs">
      <Textarea
        label="Filter (optional)"
        description="Only events whose data matches are sent. Leave empty to send all."
        placeholder={'status == "new" and score >= 80'}
        autosize
        minRows={2}
        value={draft.filter}
        onChange={(event) => {
          change({ filter: event.currentTarget.value });
          trial.reset();
        }}
        error={problemAt(problems, 'filter')}
        spellCheck={false}
        autoComplete="off"
        styles={{ input: { fontFamily: 'var(--mantine-font-family-monospace)' } }}
      />
      <div>
        <Group>
          <Button
            size="xs"
            variant="default"
            disabled={filter === '' || !sample}
            loading={trial.isPending}
            onClick={test}
          >
            Test the filter
          </Button>
          {sample && (
            <Text size="sm" c="dimmed">
              on the sample of {sample.label}
            </Text>
          )}
        </Group>
        <Text size="sm" role="status" className="breaks" mt={result ? 'xs' : 0}>
          {result && (
            <>
              <strong>{result.matches ? 'The sample would be sent.' : 'The sample would not be sent.'}</strong>{' '}
              {result.explanation}
            </>
          )}
        </Text>
      </div>
      {trial.isError && Object.keys(fieldProblems(trial.error)).length === 0 && <Problem error={trial.error} />}
      <Disclosure label="How to write a filter">
        <FilterHelp sample={sample} />
      </Disclosure>
    </Stack>
  );
}

const examples = [
  ['status == "new"', 'equal; != for not equal. Values are text, numbers, true, false or null'],
  ['score >= 80', 'at least; also <, <= and >'],
  ['source in ["web", "chat"]', 'one of several values'],
  ['name contains "Smith"', 'also starts with and ends with; on a list: contains the value'],
  ['email exists', 'the field is present'],
  ['items[].price > 10', 'at least one element of a list'],
  ['score >= 80 and not source == "chat"', 'not, and, or; parentheses group'],
] as const;

function FilterHelp({ sample }: { readonly sample: EventType | undefined }) {
  const paths = sample ? fieldPaths(sample.sample) : [];
  return (
    <Stack gap="xs">
      <List size="sm" spacing={4}>
        {examples.map(([example, meaning]) => (
          <List.Item key={example}>
            <Code className="breaks">{example}</Code>: {meaning}
          </List.Item>
        ))}
      </List>
      <Text size="sm">Put text in quotes. Comparisons are case-sensitive. A missing field counts as null.</Text>
      {sample && paths.length > 0 && (
        <Text size="sm" className="breaks">
          Fields of {sample.label}: {paths.join(', ')}
        </Text>
      )}
    </Stack>
  );
}
