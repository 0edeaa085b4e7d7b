/** Brings every secret in the database under the key that seals now: at the start, and when keys are rotated. */
import { nameOfKey, type SealedSight } from '../access/sealing.ts';
import { lockKeys } from '../store/oauth-keys.ts';
import { listKeysInUse, sealAnew } from '../store/oauth-sealed.ts';

/**
 * Refuses a database whose secrets are sealed with a key that is not here, before anybody finds out one by one. Makes the
 * first key where the exchange keeps it itself, and seals what an earlier version left as it was. False when there is no
 * key at all, so that secrets are kept as they are.
 */
export async function openSecrets(sight: SealedSight): Promise<boolean> {
  const { keys } = sight.sealing;
  // Servers that start at once make one key between them.
  await lockKeys(sight);
  const here = new Set(keys.read().map(nameOfKey));
  const inUse = await listKeysInUse(sight);
  if (inUse.some((name) => name !== undefined && !here.has(name))) {
    throw new Error(
      keys.add === undefined
        ? 'the database holds secrets that are sealed with a key which is not given: set JHE_SEALING_KEY to it. ' +
            'Of several, separated by commas, the first seals and all open.'
        : `the database holds secrets that are sealed with a key which is not in ${keys.where}: put that file back ` +
            'from a copy, or set JHE_SEALING_KEY.',
    );
  }
  if (here.size === 0) keys.add?.();
  if (keys.read().length === 0) return false;
  // What an older key sealed stays until the keys are rotated: another server may have the older key alone.
  if (inUse.includes(undefined)) await sealAnew(sight, (name) => name === undefined);
  return true;
}

/**
 * Seals everything anew with the newest key, made now where the exchange keeps its keys itself; how many that were,
 * undefined when there is no key. What was sealed before still opens with the keys before it.
 */
export async function rotateSealingKey(sight: SealedSight): Promise<number | undefined> {
  const { keys } = sight.sealing;
  await lockKeys(sight);
  keys.add?.();
  const [first] = keys.read();
  if (first === undefined) return undefined;
  return sealAnew(sight, (name) => name !== nameOfKey(first));
}
