import { Alert, List, Text } from '@mantine/core';
import type { Webhook } from '../api/resources.ts';
import { Icon } from '../shell/icons.tsx';

/** What keeps events from a webhook, or makes its secret easy to guess. Renders nothing without warnings. */
export function Warnings({ webhook: { warnings } }: { readonly webhook: Pick<Webhook, 'warnings'> }) {
  const [first, ...others] = warnings;
  if (!first) return null;
  const onlySecret = warnings.every(({ field }) => field === 'signing_secret');
  return (
    <Alert
      color="orange"
      icon={<Icon name="alert" />}
      title={onlySecret ? 'The signing secret is weak' : 'Some events may not arrive'}
    >
      {others.length === 0 ? (
        <Text size="sm" className="breaks">
          {first.message}
        </Text>
      ) : (
        <List size="sm" className="breaks">
          {warnings.map(({ field, message }) => (
            <List.Item key={`${field} ${message}`}>{message}</List.Item>
          ))}
        </List>
      )}
    </Alert>
  );
}
