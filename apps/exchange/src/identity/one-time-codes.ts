/** Second factors: codes of an authenticator app (RFC 6238: SHA-1, 6 digits, 30 seconds) and recovery codes. */

import { createHash, randomBytes } from 'node:crypto';
import { generateSecret, generateURI, verify } from 'otplib';
import type { SealedSight } from '../access/sealing.ts';
import { findAuthenticator, useAuthenticatorStep, useRecoveryCode } from '../store/oauth-authenticators.ts';

const STEP_SECONDS = 30;
const RECOVERY_CODES = 10;
const RECOVERY_CHARACTERS = 12;
/** Crockford's base32: letters that are taken for digits are left out. */
const ALPHABET = '0123456789abcdefghjkmnpqrstvwxyz';

/** A new secret of 160 bits, in base32. */
export const newSecret = (): string => generateSecret({ length: 20 });

/** The address that an authenticator app reads from a QR code. */
export const authenticatorUri = (secret: string, email: string): string =>
  generateURI({ issuer: 'JupyterHealth Exchange', label: email, secret });

/** The step whose code this is: the present one, the one before or the one after; undefined for a wrong code. */
export async function stepOfCode(secret: string, code: string, now: Date): Promise<number | undefined> {
  const token = code.replace(/\s/g, '');
  if (!/^[0-9]{6}$/.test(token)) return undefined;
  const epoch = Math.floor(now.getTime() / 1000);
  const result = await verify({ secret, token, epoch, epochTolerance: STEP_SECONDS });
  return result.valid ? Math.floor(epoch / STEP_SECONDS) + result.delta : undefined;
}

/** Ten new recovery codes of 60 bits each, in groups of four. */
export function newRecoveryCodes(): string[] {
  return Array.from({ length: RECOVERY_CODES }, () =>
    [...randomBytes(RECOVERY_CHARACTERS)]
      .map((byte) => ALPHABET[byte % ALPHABET.length])
      .join('')
      .replace(/(.{4})(?=.)/g, '$1-'),
  );
}

/** What is kept of a recovery code: it has too many bits to be guessed from its hash. */
export function hashRecoveryCode(code: string): string {
  const plain = code
    .toLowerCase()
    .replace(/[^0-9a-z]/g, '')
    .replaceAll('o', '0')
    .replace(/[il]/g, '1');
  return createHash('sha256').update(plain).digest('base64url');
}

export type UsedFactor = 'authenticator' | 'recovery code';

/**
 * Uses up a code of the person's authenticator, or one of their recovery codes, and says which it was; undefined for a
 * code that is wrong or was used before.
 */
export async function useSecondFactor(
  sight: SealedSight,
  { userId, code, now }: Readonly<{ userId: number; code: string; now: Date }>,
): Promise<UsedFactor | undefined> {
  const found = await findAuthenticator(sight, userId);
  if (!found?.confirmedAt) return undefined;
  const step = await stepOfCode(found.secret, code, now);
  if (step !== undefined) {
    return (await useAuthenticatorStep(sight, userId, step)) ? 'authenticator' : undefined;
  }
  const used = await useRecoveryCode(sight, { userId, hash: hashRecoveryCode(code), at: now });
  return used ? 'recovery code' : undefined;
}
