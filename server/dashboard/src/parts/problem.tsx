import { Alert, Button, Group, List, Text } from '@mantine/core';
import { explain, fieldProblems } from '../api/problems.ts';
import { Icon } from '../shell/icons.tsx';

interface ProblemProps {
  readonly error: unknown;
  readonly title?: string;
  readonly onRetry?: () => void;
  /** Fields that show their own problems. */
  readonly shownFields?: readonly string[];
}

/** An error: what went wrong and what to do. Renders nothing without one. */
export function Problem({ error, title = 'Something went wrong', onRetry, shownFields = [] }: ProblemProps) {
  if (!error) return null;
  const all = Object.entries(fieldProblems(error));
  const others = all.filter(
    ([field]) => !shownFields.some((shown) => field === shown || field.startsWith(`${shown}.`)),
  );
  const allShown = all.length > 0 && others.length === 0;
  return (
    <Alert color="red" role="alert" title={title} icon={<Icon name="alert" />}>
      <Text size="sm" className="breaks">
        {allShown ? 'Correct the marked fields.' : explain(error)}
      </Text>
      {others.length > 0 && (
        <List size="sm" mt="xs">
          {others.map(([field, message]) => (
            <List.Item key={field}>
              {field}: {message}
            </List.Item>
          ))}
        </List>
      )}
      {onRetry && (
        <Group mt="sm">
          <Button size="xs" variant="default" onClick={onRetry}>
            Try again
          </Button>
        </Group>
      )}
    </Alert>
  );
}
