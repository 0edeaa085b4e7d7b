import type { SystemSight } from '../access/system.ts';
import { markVerified, removeCredentials } from '../store/oauth-account-holders.ts';
import { endAllAccess } from './end-access.ts';
import type { IdentityParts } from './parts.ts';

/**
 * Whoever got this far reads the mail of the account's address, and may not have been the one who set it up. If the
 * address was not proved before, nothing that was set up under it is trusted: the password, passkeys and whoever is
 * signed in are removed, so that nobody can wait inside an account made with somebody else's address.
 */
export async function proveAddress(
  parts: Pick<IdentityParts, 'storage' | 'clock'>,
  sight: SystemSight,
  userId: number,
): Promise<void> {
  if (!(await markVerified(sight, userId))) return;
  await removeCredentials(sight, userId);
  await endAllAccess(parts, sight, userId);
}
