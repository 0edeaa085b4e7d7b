import { Button, Stack, Text, Title } from '@mantine/core';

/** When the portal itself breaks: nothing was lost, because nothing is kept here. */
export function FailedScreen() {
  return (
    <Stack maw={480} mx="auto" mt="15vh" p="md" align="flex-start">
      <Title order={1} size="h2">
        This page could not be shown
      </Title>
      <Text>
        Something went wrong in the portal. Nothing was changed. Loading the page again usually helps.
      </Text>
      <Button onClick={() => window.location.reload()}>Load again</Button>
    </Stack>
  );
}
