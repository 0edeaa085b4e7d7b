import { expect, it } from 'vitest';
import { decideRedemption, type InvitationState, type Redemption } from './invitation.ts';

const NOW = new Date('2026-03-10T12:00:00Z');
const HOUR = 3600 * 1000;
const terms = { expirationDays: 7, redemptionWindowHours: 12 };
const hoursAgo = (hours: number) => new Date(NOW.getTime() - hours * HOUR);

const check = (invitation: Partial<InvitationState>, expected: Redemption) =>
  expect(
    decideRedemption(
      { status: 'issued', issuedAt: hoursAgo(1), redeemedAt: null, ...invitation },
      terms,
      NOW,
    ),
  ).toBe(expected);

it.each<[string, Partial<InvitationState>, Redemption]>([
  ['fresh', {}, 'redeem'],
  ['on the last hour', { issuedAt: hoursAgo(7 * 24 - 1) }, 'redeem'],
  ['at seven days', { issuedAt: hoursAgo(7 * 24) }, 'expire'],
  ['old', { issuedAt: hoursAgo(1000) }, 'expire'],
  ['repeated in the window', { status: 'redeemed', redeemedAt: hoursAgo(11.9) }, 'repeat'],
  [
    'repeated in the window of an old invitation',
    { status: 'redeemed', issuedAt: hoursAgo(1000), redeemedAt: hoursAgo(1) },
    'repeat',
  ],
  ['repeated at its end', { status: 'redeemed', redeemedAt: hoursAgo(12) }, 'used'],
  ['redeemed at an unknown time', { status: 'redeemed' }, 'used'],
  ['replaced', { status: 'reissued' }, 'used'],
  ['expired', { status: 'expired' }, 'expired'],
  ['cancelled', { status: 'cancelled' }, 'cancelled'],
])('%s', (_name, invitation, expected) => check(invitation, expected));
