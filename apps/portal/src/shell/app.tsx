import { ExchangeError } from '@jhe/client';
import { MantineProvider } from '@mantine/core';
import { QueryCache, QueryClient, QueryClientProvider } from '@tanstack/react-query';
import { StrictMode, useState } from 'react';
import { RouterProvider } from 'react-router';
import { type Start, signInAgain } from '../session.ts';
import { createRouter } from './routes.tsx';
import { SignInScreen } from './sign-in-screen.tsx';
import { theme } from './theme.ts';

/** The whole portal, from what `start` found. When the session ends, everything that was read is forgotten first. */
export function App({ first }: { first: Start }) {
  const [shown, show] = useState<Start>(first);
  const [queries] = useState(() =>
    createQueries(async () => {
      queries.clear();
      show(await signInAgain());
    }),
  );
  return (
    <StrictMode>
      <MantineProvider theme={theme} defaultColorScheme="auto">
        {shown === 'signed-in' && (
          <QueryClientProvider client={queries}>
            <Screens />
          </QueryClientProvider>
        )}
        {(shown === 'signed-out' || shown === 'failed') && <SignInScreen reason={shown} onShow={show} />}
      </MantineProvider>
    </StrictMode>
  );
}

function Screens() {
  const [router] = useState(createRouter);
  return <RouterProvider router={router} />;
}

/**
 * Reads are tried again only when no answer came; what was refused stays refused. Without a network they are made all the
 * same, and fail: one that only waits would leave its page waiting too, and never say why.
 */
function createQueries(onSessionEnd: () => void): QueryClient {
  const isEnd = (error: Error) => error instanceof ExchangeError && error.fault.kind === 'unauthenticated';
  return new QueryClient({
    queryCache: new QueryCache({ onError: (error) => isEnd(error) && onSessionEnd() }),
    defaultOptions: {
      queries: {
        staleTime: 15_000,
        networkMode: 'always',
        refetchOnReconnect: 'always',
        retry: (failures, error) =>
          failures < 2 && error instanceof ExchangeError && error.fault.kind === 'unavailable',
      },
    },
  });
}
