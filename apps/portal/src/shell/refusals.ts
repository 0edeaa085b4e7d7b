import { ExchangeError } from '@jhe/client';

/** True when an answer came and it was no. */
export function isRefusal(error: Error | null): boolean {
  return (
    error instanceof ExchangeError && (error.fault.kind === 'forbidden' || error.fault.kind === 'not-found')
  );
}
