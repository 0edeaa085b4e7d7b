import type { App } from '@jhe/client';
import { Anchor, Button, Popover, Stack, Text } from '@mantine/core';
import { useMutation, useQuery } from '@tanstack/react-query';
import { useState } from 'react';
import { client } from '../../session.ts';
import { OpenIcon } from '../../shell/icons.tsx';
import { usePatientSelf } from '../../shell/use-profile.ts';

/** An app that waits for a click of its own because the browser opened no tab. */
type Waiting = Readonly<{ name: string; launchUrl: string }>;

/** Opens a registered app in a new tab, about this patient where one is given. Nothing where no app can be opened. */
export function OpenInApp({ patientId }: { patientId?: number }) {
  const self = usePatientSelf();
  const [open, setOpen] = useState(false);
  const apps = useQuery({
    queryKey: ['launchable-apps'],
    queryFn: ({ signal }) => client.launchableApps(signal),
    staleTime: 60_000,
  });
  const launch = useMutation({
    async mutationFn({ clientId, name }: App): Promise<Waiting | null> {
      // The tab is opened with the click itself: browsers refuse one that comes later.
      const tab = window.open('', '_blank');
      try {
        const { launchUrl } = await client.startLaunch({ clientId, patientId });
        if (!tab) return { name, launchUrl };
        tab.opener = null;
        tab.location.replace(launchUrl);
        return null;
      } catch (error) {
        tab?.close();
        throw error;
      }
    },
    onSuccess: (waiting) => setOpen(waiting !== null),
  });
  const found = apps.data?.results ?? [];
  if (found.length === 0) return null;
  const change = (next: boolean) => {
    launch.reset();
    setOpen(next);
  };
  return (
    <Popover
      opened={open}
      onChange={change}
      position="bottom-end"
      width={280}
      shadow="md"
      trapFocus
      returnFocus
      withRoles={false}
    >
      <Popover.Target>
        <Button
          className="no-print"
          style={{ flex: 'none' }}
          variant="default"
          leftSection={<OpenIcon />}
          aria-expanded={open}
          data-testid="open-in-app"
          onClick={() => change(!open)}
        >
          Open in app
        </Button>
      </Popover.Target>
      <Popover.Dropdown p="xs" role="group" aria-label="Apps">
        <Text size="sm" className="quiet" px="sm" pb={4}>
          Opens in a new tab
          {patientId !== undefined && (patientId === self ? ', with your own record' : ', for this patient')}
        </Text>
        <Stack gap={4}>
          {found.map((app) => (
            <Button
              key={app.id}
              variant="subtle"
              color="gray"
              c="var(--ink)"
              justify="flex-start"
              h="auto"
              py={8}
              px="sm"
              fullWidth
              disabled={launch.isPending}
              data-testid={`open-in-app-${app.clientId}`}
              onClick={() => launch.mutate(app)}
            >
              <span style={{ textAlign: 'left', whiteSpace: 'normal' }}>
                {app.name}
                <Text component="span" display="block" size="sm" fw={400} className="quiet">
                  {hostOf(app.launchUri)}
                </Text>
              </span>
            </Button>
          ))}
        </Stack>
        {(launch.data || launch.error) && (
          <Text size="sm" px="sm" pt="xs" role="alert">
            {launch.data ? (
              <>
                Your browser did not open a tab.{' '}
                <Anchor href={launch.data.launchUrl} target="_blank" rel="noopener noreferrer" inherit>
                  Open {launch.data.name}
                </Anchor>
              </>
            ) : (
              'The app could not be opened. Try again in a moment.'
            )}
          </Text>
        )}
      </Popover.Dropdown>
    </Popover>
  );
}

const hostOf = (address: string | null) => (address && URL.canParse(address) ? new URL(address).host : '');
