import { createHash, timingSafeEqual } from 'node:crypto';

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
