/** Invitations as whoever opens their link finds them. */
import { createHash } from 'node:crypto';
import type { SystemSight } from '../access/system.ts';
import type { InvitationTerms } from '../domain/invitation.ts';
import { holdPeople } from '../store/locks.ts';
import { holdPerson } from '../store/oauth-access.ts';
import { findInvited, type InvitationRow, lockInvitation } from '../store/oauth-invitations.ts';
import { readSettings } from '../store/oauth-settings.ts';

/** What an invitation's token looks like. */
export const isInvitationToken = (text: string): boolean => /^[A-Za-z0-9]{32}$/.test(text);

/** The invitation of a token, with its record and then itself held to the end of the transaction. */
export async function holdInvitation(sight: SystemSight, token: string): Promise<InvitationRow | undefined> {
  const tokenHash = createHash('sha256').update(token).digest('base64url');
  const invited = await findInvited(sight, tokenHash);
  if (!invited) return undefined;
  await holdPeople(sight, [invited.patientId], 'exclusive');
  // Whoever signs in holds the login before the links that end with it.
  if (invited.userId !== null) await holdPerson(sight, invited.userId);
  return lockInvitation(sight, tokenHash);
}

const EXPIRATION = 'auth.patient.invitation_expiration_days';
const WINDOW = 'auth.patient.invitation_redemption_window_hours';

/** For how long invitations count. */
export async function readTerms(sight: SystemSight): Promise<InvitationTerms> {
  const settings = await readSettings(sight, [EXPIRATION, WINDOW]);
  return { expirationDays: settings[EXPIRATION], redemptionWindowHours: settings[WINDOW] };
}
