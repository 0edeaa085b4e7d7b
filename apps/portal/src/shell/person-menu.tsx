import { Anchor, Button, Group, useComputedColorScheme, useMantineColorScheme } from '@mantine/core';
import { useColorScheme } from '@mantine/hooks';
import { useEffect } from 'react';
import { session, signOut } from '../session.ts';
import { SunMoonIcon } from './icons.tsx';
import { useProfile } from './use-profile.ts';

/** Who is signed in (the way to their account), light or dark, and the way out. Leaves when the session turns out to be somebody else's. */
export function PersonMenu() {
  const profile = useProfile();
  const userId = profile.data?.id;
  useEffect(() => {
    if (userId !== undefined && String(userId) !== session.subject()) void signOut();
  }, [userId]);

  const { firstName, lastName, email } = profile.data ?? {};
  const name = [firstName, lastName].filter(Boolean).join(' ') || email;
  return (
    <Group gap="xs" wrap="nowrap">
      <Anchor
        href="/accounts/security/"
        visibleFrom="xs"
        c="var(--ink)"
        truncate
        maw={280}
        title={email === undefined ? 'Your account' : `Your account, ${email}`}
      >
        {name}
      </Anchor>
      <ColoursButton />
      <Button variant="default" size="compact-md" data-testid="sign-out" onClick={() => void signOut()}>
        Sign out
      </Button>
    </Group>
  );
}

/** Turns light to dark and back; going back to what the device has follows the device again. */
function ColoursButton() {
  const shown = useComputedColorScheme('light');
  const device = useColorScheme();
  const { setColorScheme } = useMantineColorScheme();
  const next = shown === 'dark' ? 'light' : 'dark';
  return (
    <Button
      variant="subtle"
      size="compact-md"
      c="var(--ink)"
      aria-label={`Use ${next} colours`}
      onClick={() => setColorScheme(next === device ? 'auto' : next)}
    >
      <SunMoonIcon />
    </Button>
  );
}
