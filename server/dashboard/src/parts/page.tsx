import { Anchor, Group, Stack, Text, Title } from '@mantine/core';
import type { ReactNode } from 'react';
import { useEffect, useRef } from 'react';
import { Link } from 'wouter';
import { useSession } from '../session/session.tsx';
import { Icon } from '../shell/icons.tsx';

export interface PageProps {
  readonly title: string;
  /** Shown beside the title. */
  readonly aside?: ReactNode;
  /** Shown below the title. */
  readonly lead?: ReactNode;
  readonly actions?: ReactNode;
  /** The parent page. */
  readonly up?: { readonly to: string; readonly label: string };
  readonly children: ReactNode;
}

let firstPage = true;

/** A page. Sets the document title and focuses the heading, so that a screen reader announces the page. */
export function Page({ title, aside, lead, actions, up, children }: PageProps) {
  const { theme } = useSession();
  const heading = useRef<HTMLHeadingElement>(null);
  useEffect(() => {
    document.title = `${title} · ${theme.name ?? 'Bellhop'}`;
  }, [title, theme.name]);
  useEffect(() => {
    if (!firstPage) heading.current?.focus({ preventScroll: true });
    firstPage = false;
    window.scrollTo(0, 0);
  }, []);
  return (
    <Stack gap="lg" maw={1080}>
      <div>
        {up && (
          <Anchor component={Link} href={up.to} size="sm">
            <Group gap={4} component="span">
              <Icon name="back" size={14} />
              {up.label}
            </Group>
          </Anchor>
        )}
        <Group justify="space-between" align="flex-start">
          <Group gap="sm" className="shrinks">
            <Title order={1} size="h2" ref={heading} tabIndex={-1} className="breaks">
              {title}
            </Title>
            {aside}
          </Group>
          {actions && <Group gap="xs">{actions}</Group>}
        </Group>
        {lead && (
          <Text c="dimmed" mt={4} component="div">
            {lead}
          </Text>
        )}
      </div>
      {children}
    </Stack>
  );
}
