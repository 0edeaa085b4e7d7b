/**
 * The authorization server's keys are rotated without a pause: a new key is published before it signs, and stays
 * published after another has taken its place, until everything that it signed has expired. So nobody ever holds a
 * token whose key cannot be found.
 */

import { randomBytes } from 'node:crypto';
import { calculateJwkThumbprint, exportJWK, generateKeyPair } from 'jose';
import type { SealedSight } from '../access/sealing.ts';
import {
  addKey,
  listKeys,
  lockKeys,
  type NewKey,
  removeKeys,
  retireKeys,
  type StoredKey,
} from '../store/oauth-keys.ts';

export const SIGNING_ALGORITHMS = ['RS256', 'ES256'] as const;

const HOUR_MS = 60 * 60 * 1000;
/** How long after it has signed for the last time a key is needed: the longest token, the longest session. */
const NEEDED_MS: Record<StoredKey['purpose'], number> = { token: 25 * HOUR_MS, cookie: 15 * 24 * HOUR_MS };

/** How long a key is published before it signs. Copies of the published keys are kept for less (authorization/mount.ts). */
export const PUBLISHED_AHEAD_SECONDS = 10 * 60;

/**
 * Makes a new key for each that there is. They are published at once and sign from `signsFrom` on; the others then sign
 * no more. Running servers take them up by themselves. With `endOld` nothing that the others signed is good any more.
 */
export async function rotateSigningKeys(
  sight: SealedSight,
  signsFrom: Date,
  { endOld = false } = {},
): Promise<void> {
  const made = [...(await Promise.all(SIGNING_ALGORITHMS.map(makeTokenKey))), makeCookieKey()];
  await lockKeys(sight);
  if (endOld) {
    const old = await listKeys(sight);
    await removeKeys(
      sight,
      old.map(({ kid }) => kid),
    );
  }
  await retireKeys(sight, signsFrom);
  for (const key of made) await addKey(sight, key, signsFrom);
}

/** Nothing is left that it signed. */
export const isOver = ({ retiredAt, purpose }: StoredKey, now: Date): boolean =>
  retiredAt !== null && retiredAt.getTime() + NEEDED_MS[purpose] < now.getTime();

/**
 * `stored` stands with the latest first. What has begun to sign last comes first; what is still to sign is at the end,
 * the next first.
 */
export function inSigningOrder(stored: readonly StoredKey[], now: Date): StoredKey[] {
  const begun = stored.filter(({ signsFrom }) => signsFrom <= now);
  const waiting = stored.filter(({ signsFrom }) => signsFrom > now);
  return [...begun, ...waiting.reverse()];
}

/** A private JWK for an algorithm, named by its thumbprint (RFC 7638). */
export async function makeTokenKey(alg: (typeof SIGNING_ALGORITHMS)[number]): Promise<NewKey> {
  const { privateKey } = await generateKeyPair(alg, { extractable: true, modulusLength: 2048 });
  const jwk = await exportJWK(privateKey);
  const kid = await calculateJwkThumbprint(jwk);
  return { kid, purpose: 'token', key: { ...jwk, kid, alg, use: 'sig' } };
}

/** A secret that signs cookies. */
export function makeCookieKey(): NewKey {
  const secret = randomBytes(32).toString('base64url');
  return { kid: randomBytes(12).toString('base64url'), purpose: 'cookie', key: { secret } };
}
