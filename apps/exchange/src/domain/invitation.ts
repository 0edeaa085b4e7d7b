/** When an invitation can be redeemed. */
export const INVITATION_STATUSES = ['issued', 'reissued', 'redeemed', 'cancelled', 'expired'] as const;
export type InvitationStatus = (typeof INVITATION_STATUSES)[number];

export type InvitationState = Readonly<{ status: InvitationStatus; issuedAt: Date; redeemedAt: Date | null }>;

/** How long an invitation waits, and how long after its first redemption a lost reply may be asked for again. */
export type InvitationTerms = Readonly<{ expirationDays: number; redemptionWindowHours: number }>;

/**
 * What redeeming comes to: `redeem` for the first time, `repeat` within the window that the first redemption opened
 * (later ones do not move it), or one of the ways in which it is over. `expire` says that it has just become so.
 */
export type Redemption = 'redeem' | 'repeat' | 'expire' | 'expired' | 'used' | 'cancelled';

/** Wrong birth dates that an invitation bears before it is cancelled. */
export const MOST_BIRTH_DATE_FAILURES = 5;

/**
 * The link a patient opens (6.1): `CODE` in the app's invitation URL becomes `<host>_<token>`, percent-encoded.
 * A function as replacement, because `$` has a meaning in a text.
 */
export function invitationLink(invitationUrl: string, siteUrl: string, token: string): string {
  const code = encodeURIComponent(`${new URL(siteUrl).host}_${token}`);
  return invitationUrl.replace('CODE', () => code);
}

const HOUR_MS = 60 * 60 * 1000;

export function decideRedemption(invitation: InvitationState, terms: InvitationTerms, now: Date): Redemption {
  switch (invitation.status) {
    case 'issued':
      return now.getTime() - invitation.issuedAt.getTime() < terms.expirationDays * 24 * HOUR_MS
        ? 'redeem'
        : 'expire';
    case 'redeemed': {
      const since =
        invitation.redeemedAt === null ? Infinity : now.getTime() - invitation.redeemedAt.getTime();
      return since < terms.redemptionWindowHours * HOUR_MS ? 'repeat' : 'used';
    }
    case 'reissued':
      return 'used';
    case 'expired':
      return 'expired';
    case 'cancelled':
      return 'cancelled';
  }
}
