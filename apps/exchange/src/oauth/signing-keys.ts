/** The authorization server's keys: made on the first start, kept in the database, shared by all servers of it. */
import { randomBytes } from 'node:crypto';
import { calculateJwkThumbprint, exportJWK, generateKeyPair, type JWK } from 'jose';
import type { System } from '../access/system.ts';
import { addKey, listKeys, lockKeys, type StoredKey } from '../store/oauth-keys.ts';

export type PrivateKey = JWK & { kid: string; alg: string };

export type SigningKeys = Readonly<{
  /** Private JWKs: RS256 for ID tokens (OpenID Connect Core 1.0, section 3.1.3.7), ES256 for the shorter access tokens. */
  tokenKeys: readonly PrivateKey[];
  /** Secrets that sign cookies; the first one signs, all verify. */
  cookieKeys: readonly string[];
}>;

const ALGORITHMS = ['RS256', 'ES256'] as const;

/** Reads the keys, making those that are missing. Two servers that start at once end with the same keys. */
export async function openSigningKeys(system: System): Promise<SigningKeys> {
  const found = toSigningKeys(await system('signing-key', listKeys));
  if (isComplete(found)) return found;
  return system('signing-key', async (sight) => {
    await lockKeys(sight);
    const present = toSigningKeys(await listKeys(sight));
    for (const alg of ALGORITHMS) {
      if (!present.tokenKeys.some((key) => key.alg === alg)) await addKey(sight, await makeTokenKey(alg));
    }
    if (present.cookieKeys.length === 0) {
      const secret = randomBytes(32).toString('base64url');
      await addKey(sight, { kid: randomBytes(12).toString('base64url'), purpose: 'cookie', key: { secret } });
    }
    return toSigningKeys(await listKeys(sight));
  });
}

function isComplete({ tokenKeys, cookieKeys }: SigningKeys): boolean {
  return cookieKeys.length > 0 && ALGORITHMS.every((alg) => tokenKeys.some((key) => key.alg === alg));
}

async function makeTokenKey(alg: (typeof ALGORITHMS)[number]): Promise<StoredKey> {
  const { privateKey } = await generateKeyPair(alg, { extractable: true, modulusLength: 2048 });
  const jwk = await exportJWK(privateKey);
  const kid = await calculateJwkThumbprint(jwk);
  return { kid, purpose: 'token', key: { ...jwk, kid, alg, use: 'sig' } };
}

function toSigningKeys(stored: readonly StoredKey[]): SigningKeys {
  return {
    tokenKeys: stored.filter(({ purpose }) => purpose === 'token').map(({ key }) => key as PrivateKey),
    cookieKeys: stored.filter(({ purpose }) => purpose === 'cookie').map(({ key }) => String(key.secret)),
  };
}
