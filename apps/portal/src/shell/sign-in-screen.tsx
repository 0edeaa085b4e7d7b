import { Button, Center, Stack, Text, Title } from '@mantine/core';
import { useState } from 'react';
import { type Start, signIn } from '../session.ts';
import icon from './icon.svg';
import { useTitle } from './use-title.ts';

const WORDS = {
  'signed-out': ['You are signed out', 'Sign in to see what patients share with your organizations.'],
  failed: [
    'Signing in did not work',
    'The exchange did not answer, or the sign-in was given up on the way. Try again; if it happens again, tell the people who run it.',
  ],
} as const;

/** The door: shown after signing out, or when signing in without a word failed. */
export function SignInScreen({
  reason,
  onShow,
}: {
  reason: 'signed-out' | 'failed';
  onShow(next: Start): void;
}) {
  const [busy, setBusy] = useState(false);
  const [title, advice] = WORDS[reason];
  useTitle('Sign in');
  return (
    <Center component="main" mih="100vh" p="md">
      <Stack className="surface" p="xl" gap="md" w="100%" maw={400}>
        <img src={icon} alt="" width={40} height={40} />
        <Title order={1} size="h2">
          {title}
        </Title>
        <Text className="quiet">{advice}</Text>
        <Button
          size="md"
          loading={busy}
          autoFocus
          onClick={async () => {
            setBusy(true);
            const next = await signIn();
            if (next !== 'leaving') setBusy(false);
            onShow(next === 'leaving' ? reason : next);
          }}
        >
          Sign in
        </Button>
      </Stack>
    </Center>
  );
}
