/** The authorization server's keys: made on the first start, kept in the database, shared by all servers of it. */
import type { JWK } from 'jose';
import type { System } from '../access/system.ts';
import {
  inSigningOrder,
  isOver,
  makeCookieKey,
  makeTokenKey,
  SIGNING_ALGORITHMS,
} from '../operations/rotate-signing-keys.ts';
import { addKey, listKeys, lockKeys, removeKeys, type StoredKey } from '../store/oauth-keys.ts';

export type PrivateKey = JWK & { kid: string; alg: string };

export type SigningKeys = Readonly<{
  /**
   * Private JWKs: RS256 for ID tokens (OpenID Connect Core 1.0, section 3.1.3.7), ES256 for the shorter access tokens.
   * The first of each algorithm signs; all are published.
   */
  tokenKeys: readonly PrivateKey[];
  /** Secrets that sign cookies; the first one signs, all verify. */
  cookieKeys: readonly string[];
}>;

/**
 * Reads the keys, making those that are missing and forgetting those that nothing needs any more. Two servers that
 * start at once end with the same keys.
 */
export async function openSigningKeys(system: System, now = new Date()): Promise<SigningKeys> {
  const stored = await system('signing-key', listKeys);
  const found = toSigningKeys(stored, now);
  if (isComplete(found) && !stored.some((key) => isOver(key, now))) return found;
  return system('signing-key', async (sight) => {
    await lockKeys(sight);
    const present = await listKeys(sight);
    const over = present.filter((key) => isOver(key, now));
    await removeKeys(
      sight,
      over.map(({ kid }) => kid),
    );
    const { tokenKeys, cookieKeys } = toSigningKeys(present, now);
    for (const alg of SIGNING_ALGORITHMS) {
      if (!tokenKeys.some((key) => key.alg === alg)) await addKey(sight, await makeTokenKey(alg));
    }
    if (cookieKeys.length === 0) await addKey(sight, makeCookieKey());
    return toSigningKeys(await listKeys(sight), now);
  });
}

function isComplete({ tokenKeys, cookieKeys }: SigningKeys): boolean {
  return cookieKeys.length > 0 && SIGNING_ALGORITHMS.every((alg) => tokenKeys.some((key) => key.alg === alg));
}

function toSigningKeys(stored: readonly StoredKey[], now: Date): SigningKeys {
  const needed = inSigningOrder(stored, now).filter((key) => !isOver(key, now));
  return {
    tokenKeys: needed.filter(({ purpose }) => purpose === 'token').map(({ key }) => key as PrivateKey),
    cookieKeys: needed.filter(({ purpose }) => purpose === 'cookie').map(({ key }) => String(key.secret)),
  };
}
