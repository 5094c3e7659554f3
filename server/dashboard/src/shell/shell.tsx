import {
  ActionIcon,
  AppShell,
  Burger,
  Group,
  NavLink,
  ScrollArea,
  Stack,
  Text,
  useComputedColorScheme,
  useMantineColorScheme,
} from '@mantine/core';
import { useDisclosure } from '@mantine/hooks';
import type { ReactNode } from 'react';
import { Link, useRoute } from 'wouter';
import { useSession, useSignOut } from '../session/session.tsx';
import type { IconName } from './icons.tsx';
import { Icon } from './icons.tsx';

const places: readonly { readonly to: string; readonly label: string; readonly icon: IconName }[] = [
  { to: '/connect', label: 'Connect', icon: 'plug' },
  { to: '/webhooks', label: 'Webhooks', icon: 'webhook' },
  { to: '/events', label: 'Events', icon: 'list' },
  { to: '/catalogue', label: 'Catalogue', icon: 'book' },
  { to: '/settings', label: 'Settings', icon: 'gear' },
];

/** The frame around every page of a session: header and navigation. */
export function Shell({ children }: { readonly children: ReactNode }) {
  const [opened, { toggle, close }] = useDisclosure(false);
  const { theme, organization } = useSession();
  return (
    <AppShell
      header={{ height: 56 }}
      navbar={{ width: 220, breakpoint: 'sm', collapsed: { mobile: !opened } }}
      padding={{ base: 'md', md: 'xl' }}
    >
      <button type="button" className="skip" onClick={skip}>
        Skip to content
      </button>
      <AppShell.Header>
        <Group h="100%" px="md" justify="space-between" wrap="nowrap">
          <Group wrap="nowrap" gap="sm" className="shrinks">
            <Burger
              opened={opened}
              onClick={toggle}
              hiddenFrom="sm"
              size="sm"
              aria-label="Menu"
              aria-expanded={opened}
            />
            {theme.logo ? <img src={theme.logo} alt="" className="logo" /> : <Icon name="bell" size={24} />}
            <Text fw={650} truncate>
              {theme.name ?? 'Bellhop'}
            </Text>
          </Group>
          <Group wrap="nowrap" gap="xs" className="shrinks">
            <Text size="sm" c="dimmed" truncate visibleFrom="xs" title={organization.name}>
              {organization.name}
            </Text>
            <SchemeToggle />
            <SignOut />
          </Group>
        </Group>
      </AppShell.Header>
      <AppShell.Navbar p="sm" component="nav" aria-label="Main">
        <ScrollArea>
          <Stack gap={4}>
            {places.map((place) => (
              <Place key={place.to} {...place} onFollow={close} />
            ))}
          </Stack>
        </ScrollArea>
      </AppShell.Navbar>
      <AppShell.Main id="content" tabIndex={-1}>
        {children}
      </AppShell.Main>
    </AppShell>
  );
}

function skip(): void {
  document.getElementById('content')?.focus();
}

function Place({ to, label, icon, onFollow }: (typeof places)[number] & { readonly onFollow: () => void }) {
  const [active] = useRoute(`${to}/*?`);
  return (
    <NavLink
      component={Link}
      href={to}
      label={label}
      leftSection={<Icon name={icon} />}
      active={active}
      aria-current={active ? 'page' : undefined}
      onClick={onFollow}
      className="place"
    />
  );
}

function SchemeToggle() {
  const { setColorScheme } = useMantineColorScheme();
  const other = useComputedColorScheme('light') === 'dark' ? 'light' : 'dark';
  return (
    <ActionIcon
      variant="subtle"
      color="gray"
      size="lg"
      aria-label={`Switch to ${other} colors`}
      onClick={() => setColorScheme(other)}
    >
      <Icon name={other === 'dark' ? 'moon' : 'sun'} />
    </ActionIcon>
  );
}

function SignOut() {
  const signOut = useSignOut();
  return (
    <ActionIcon
      variant="subtle"
      color="gray"
      size="lg"
      aria-label="Sign out"
      loading={signOut.isPending}
      onClick={() => signOut.mutate()}
    >
      <Icon name="leave" />
    </ActionIcon>
  );
}
