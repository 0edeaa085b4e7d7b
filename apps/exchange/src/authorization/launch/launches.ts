/**
 * Launches: somebody at the exchange opens an app about a patient (SMART App Launch 2.2, section 2.1.4). The app gets a
 * handle and gives it back when it asks for authorization; only its hash is kept. It is good for five minutes, once, for
 * that app and that person.
 */
import { createHash, randomBytes } from 'node:crypto';
import { errors } from 'oidc-provider';
import type { Storage } from '../adapter.ts';
import type { LaunchContext } from './context.ts';

const START_SECONDS = 5 * 60;
/** Signing in and approving may take as long as an interaction lives. */
const FINISH_SECONDS = 60 * 60;

export type Launch = Readonly<{
  accountId: string;
  clientId: string;
  context: LaunchContext;
  /** Milliseconds since 1970: the app must have asked by then. */
  startBy: number;
}>;

const idOf = (handle: string) => createHash('sha256').update(handle).digest('base64url');

/** Keeps a launch; returns its handle, 256 bits of chance, and until when the app may ask. */
export async function saveLaunch(
  storage: Storage,
  now: Date,
  launch: Omit<Launch, 'startBy'>,
): Promise<{ handle: string; startBy: Date }> {
  const handle = randomBytes(32).toString('base64url');
  const startBy = new Date(now.getTime() + START_SECONDS * 1000);
  await storage
    .adapter('Launch')
    .upsert(idOf(handle), { ...launch, startBy: startBy.getTime() } as never, START_SECONDS + FINISH_SECONDS);
  return { handle, startBy };
}

/** The launch of a handle for this client, unless it was used or is over. */
export async function findLaunch(
  storage: Storage,
  handle: string,
  clientId: string,
): Promise<Launch | undefined> {
  const found = (await storage.adapter('Launch').find(idOf(handle))) as
    | (Launch & { consumed?: number })
    | undefined;
  return found && found.consumed === undefined && found.clientId === clientId ? found : undefined;
}

/** Uses it up; of two at once the second is refused. */
export async function useLaunch(storage: Storage, handle: string): Promise<void> {
  await storage
    .adapter('Launch')
    .consume(idOf(handle))
    .catch((error: unknown) => {
      throw error instanceof errors.InvalidGrant ? unknownLaunch() : error;
    });
}

/** One answer for every handle that does not count, whatever the reason. */
export const unknownLaunch = () => new errors.InvalidRequest('the launch is not known, or over');
