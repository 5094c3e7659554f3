import { List, Paper, Stack, Text, Title } from '@mantine/core';
import type { ReactNode } from 'react';
import type { Platform, Provider } from '../../api/resources.ts';
import { Connected } from './connected.tsx';

export interface CardProps {
  readonly providers: readonly Provider[];
}

/** One way to connect: purpose, steps, existing connections. */
export function Card({
  platform,
  title,
  purpose,
  steps,
  providers,
  children,
}: CardProps & {
  readonly platform: Platform;
  readonly title: string;
  readonly purpose: string;
  readonly steps: readonly ReactNode[];
  readonly children: ReactNode;
}) {
  const id = `connect-${platform}`;
  return (
    <Paper component="section" withBorder p="lg" aria-labelledby={id} className="shrinks">
      <Stack gap="md">
        <div>
          <Title order={2} size="h3" id={id}>
            {title}
          </Title>
          <Text size="sm" c="dimmed">
            {purpose}
          </Text>
        </div>
        <List type="ordered" size="sm" spacing={6}>
          {steps.map((step, index) => (
            // biome-ignore lint/suspicious/noArrayIndexKey: the steps are constant
            <List.Item key={index}>{step}</List.Item>
          ))}
        </List>
        {children}
        <Connected platform={platform} title={title} providers={providers} />
      </Stack>
    </Paper>
  );
}
