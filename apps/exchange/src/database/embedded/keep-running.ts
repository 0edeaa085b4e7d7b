import { setTimeout as sleep } from 'node:timers/promises';
import type { Server } from './server.ts';

/** A server that ends more often than this within ten seconds has something that starting again does not cure. */
const MOST_STARTS = 5;
const WITHIN_MS = 10_000;
/** How long to try, whatever is in the way. */
const PATIENCE_MS = 3_000;
/** Processes of one that was killed keep its memory until they notice, and the next cannot start before. */
const HELD = /shared memory block/;
const PATIENCE_WHILE_HELD_MS = 60_000;
const PAUSE_MS = 200;

/**
 * Starts a server again whenever it has ended, until `isEnding`. `again` starts it and fails when it does not come up.
 * Throws, in a sentence, when it cannot be started or does not stay.
 */
export async function keepRunning(options: {
  server: Server;
  isEnding: () => boolean;
  again: () => Promise<Server>;
  log: (line: string) => void;
}): Promise<void> {
  const { isEnding, again, log } = options;
  let { server } = options;
  let starts: number[] = [];
  for (;;) {
    await server.exited;
    if (isEnding()) return;
    const now = Date.now();
    starts = [...starts.filter((at) => now - at < WITHIN_MS), now];
    if (starts.length > MOST_STARTS)
      throw new Error(`PostgreSQL ended ${starts.length} times within ten seconds; postgres.log says more.`);
    log('PostgreSQL ended unexpectedly; it is started again.');
    const started = await startAgain(again, isEnding);
    if (started === undefined) return;
    server = started;
    log('PostgreSQL is running again.');
  }
}

async function startAgain(
  again: () => Promise<Server>,
  isEnding: () => boolean,
): Promise<Server | undefined> {
  const began = Date.now();
  while (!isEnding()) {
    try {
      return await again();
    } catch (error) {
      const { message } = error as Error;
      const patienceMs = HELD.test(message) ? PATIENCE_WHILE_HELD_MS : PATIENCE_MS;
      if (Date.now() - began > patienceMs && !isEnding())
        throw new Error(`PostgreSQL ended and cannot be started again. ${message}`, { cause: error });
    }
    await sleep(PAUSE_MS);
  }
  return undefined;
}
