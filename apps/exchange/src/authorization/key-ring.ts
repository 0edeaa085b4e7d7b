/** The keys as this server knows them: read again now and then, so that it takes up what `jhe keys rotate` has made. */
import type { System } from '../access/system.ts';
import { openSigningKeys, type SigningKeys } from './signing-keys.ts';

export type KeyRing = Readonly<{
  /** The keys as last read. The same object until they, or their order, are others. */
  current(): SigningKeys;
  /** The keys as they are, give or take half a minute; those of before while the database cannot be asked. */
  fresh(): Promise<SigningKeys>;
  /** For a key that is not known here: reads again, though not for every nonsense that somebody sends. */
  reload(): Promise<SigningKeys>;
}>;

const FRESH_FOR_MS = 30_000;
const RELOAD_AFTER_MS = 10_000;

/** Reads the keys, making those that are missing. */
export async function openKeyRing(system: System, clock: () => Date): Promise<KeyRing> {
  let keys = await openSigningKeys(system, clock());
  let readAt = clock().getTime();
  let reading: Promise<SigningKeys> | undefined;

  async function read(): Promise<SigningKeys> {
    const now = clock();
    const found = await openSigningKeys(system, now);
    readAt = now.getTime();
    if (nameOf(found) !== nameOf(keys)) keys = found;
    return keys;
  }
  /** Many may wait for one reading. Clocks that go back count like those that go on. */
  function readIfOlder(than: number): Promise<SigningKeys> {
    if (Math.abs(clock().getTime() - readAt) <= than) return Promise.resolve(keys);
    reading ??= read().finally(() => {
      reading = undefined;
    });
    return reading;
  }
  return {
    current: () => keys,
    fresh: () => readIfOlder(FRESH_FOR_MS).catch(() => keys),
    reload: () => readIfOlder(RELOAD_AFTER_MS),
  };
}

/** Tells two sets of keys apart: which there are, and which of them sign. */
const nameOf = ({ tokenKeys, cookieKeys }: SigningKeys) =>
  JSON.stringify([tokenKeys.map(({ kid }) => kid), cookieKeys]);
