import { AppShell, Burger, Group, Text } from '@mantine/core';
import { useDisclosure } from '@mantine/hooks';
import { useEffect } from 'react';
import { Outlet, useLocation } from 'react-router';
import icon from './icon.svg';
import { OfflineNotice } from './offline-notice.tsx';
import { PersonMenu } from './person-menu.tsx';
import { Rail } from './rail.tsx';

/** What surrounds every screen: a quiet bar above, the rail at the left (behind a button on a phone). */
export function Frame() {
  const [open, { toggle, close }] = useDisclosure(false);
  const { pathname } = useLocation();
  // biome-ignore lint/correctness/useExhaustiveDependencies: the rail closes because the place changed
  useEffect(close, [pathname]);
  return (
    <AppShell
      header={{ height: 56 }}
      navbar={{ width: 216, breakpoint: 'sm', collapsed: { mobile: !open } }}
      padding={{ base: 'md', sm: 'xl' }}
      withBorder={false}
    >
      <a className="skip" href="#main">
        Skip to the content
      </a>
      <AppShell.Header bg="var(--surface)">
        <Group h="100%" px="md" justify="space-between" wrap="nowrap">
          <Group gap="sm" wrap="nowrap">
            <Burger
              opened={open}
              onClick={toggle}
              hiddenFrom="sm"
              size="sm"
              aria-label={open ? 'Close the menu' : 'Open the menu'}
              aria-expanded={open}
            />
            <img src={icon} alt="" width={28} height={28} />
            <Text fw={600} visibleFrom="xs">
              JupyterHealth Exchange
            </Text>
          </Group>
          <PersonMenu />
        </Group>
      </AppShell.Header>
      <AppShell.Navbar p="md" bg="var(--surface)">
        <Rail />
      </AppShell.Navbar>
      <AppShell.Main id="main" tabIndex={-1}>
        <OfflineNotice />
        <div style={{ maxWidth: 1200 }}>
          <Outlet />
        </div>
      </AppShell.Main>
    </AppShell>
  );
}
