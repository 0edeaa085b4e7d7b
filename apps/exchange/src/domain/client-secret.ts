import { createHash, randomBytes, timingSafeEqual } from 'node:crypto';

/**
 * The form in which a confidential client's secret is stored (`client.client_secret`). Secrets are made by us, long
 * and random, so one SHA-256 is enough: there is nothing to guess.
 */
export function hashClientSecret(secret: string): string {
  return `sha256:${createHash('sha256').update(secret).digest('base64url')}`;
}

/** Compares a presented secret with a stored one in constant time. Nothing matches what is not stored as a hash. */
export function matchesClientSecret(stored: string, presented: string): boolean {
  const [expected, given] = [Buffer.from(stored), Buffer.from(hashClientSecret(presented))];
  return expected.length === given.length && timingSafeEqual(expected, given);
}

/** How much of a secret may be shown later, so that people can tell their secrets apart. */
const PREFIX_LENGTH = 8;

/** A new secret of 256 bits, what is stored of it, and the part by which people recognise it. */
export function makeClientSecret(): { secret: string; clientSecret: string; secretPrefix: string } {
  const secret = randomBytes(32).toString('base64url');
  return { secret, clientSecret: hashClientSecret(secret), secretPrefix: secret.slice(0, PREFIX_LENGTH) };
}
