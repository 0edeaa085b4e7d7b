import { Refusal } from '../domain/refusal.ts';
import type { IdentityParts } from './parts.ts';

export const TOO_QUICK = "You're making requests too quickly. Please wait a moment and try again.";

/** Refuses the call of `key` to `kind` when there were `most` of them in `windowSeconds` (429 with Retry-After). */
export async function limitCalls(
  { attempts }: Pick<IdentityParts, 'attempts'>,
  kind: string,
  key: string,
  most: number,
  windowSeconds: number,
): Promise<void> {
  const retryAfterSeconds = await attempts.limit(kind, key, most, windowSeconds);
  if (retryAfterSeconds > 0) throw new Refusal('too-many', TOO_QUICK, { retryAfterSeconds });
}
