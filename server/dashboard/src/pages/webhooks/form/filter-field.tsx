import { Button, Code, Group, List, Stack, Text, Textarea } from '@mantine/core';
import { fieldProblems, problemAt } from '../../../api/problems.ts';
import { useChange } from '../../../api/queries.ts';
import type { EventType } from '../../../api/resources.ts';
import { Disclosure } from '../../../parts/disclosure.tsx';
import { Problem } from '../../../parts/problem.tsx';
import { fieldPaths } from './field-paths.ts';
import type { FieldsProps } from './fields.ts';

/** Which events it wants, by what is in them, and whether a sample would be one of them. */
export function FilterField({
  draft,
  change,
  problems,
  sample,
  onProblems,
}: FieldsProps & {
  /** The event type whose sample it is tried on. */
  readonly sample: EventType | undefined;
  readonly onProblems: (error: unknown) => void;
}) {
  const trial = useChange('testFilter', { outdates: [] });
  const filter = draft.filter.trim();
  const result = trial.variables?.body.event === sample?.type ? trial.data : undefined;
  const tryIt = () => {
    const body = { filter, provider: draft.provider, event: sample?.type ?? '' };
    trial.mutate({ body }, { onError: onProblems });
  };
  return (
    <Stack gap="xs">
      <Textarea
        label="Filter (optional)"
        description="Only events whose data satisfies it are sent. Empty: all of them."
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
            onClick={tryIt}
          >
            Try the filter
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
  ['status == "new"', 'equal; != for not equal, with text, a number, true, false or null'],
  ['score >= 80', 'at least; also <, <= and >'],
  ['source in ["web", "chat"]', 'one of several'],
  ['name contains "Smith"', 'also starts with and ends with; of a list: has the value'],
  ['email exists', 'the field is there'],
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
      <Text size="sm">
        Text stands in quotes, upper and lower case differ, and a field that is missing counts as null.
      </Text>
      {sample && paths.length > 0 && (
        <Text size="sm" className="breaks">
          Fields of {sample.label}: {paths.join(', ')}
        </Text>
      )}
    </Stack>
  );
}
