/**
 * A claim: somebody came to our page to make a record their own, with a link that nobody has opened yet, or sent by the
 * app in which a link was opened. A link that was opened says nothing any more: it is known to whoever mailed it.
 */
import { createHash, randomBytes } from 'node:crypto';
import type { SystemSight } from '../../access/system.ts';
import { decideRedemption } from '../../domain/invitation.ts';
import { findInvited } from '../../store/oauth-invitations.ts';
import { findMoment, keepMoment } from '../../store/oauth-moments.ts';
import { type ClaimedRecord, findRecordOfSession, isClosed } from '../../store/oauth-record-claims.ts';
import { holdInvitation, isInvitationToken, readTerms } from '../invitations.ts';
import type { IdentityParts } from '../parts.ts';

export type Claim = ClaimedRecord &
  Readonly<{
    /** What is asked for before more than the organization's name is shown; null where the app has shown it already. */
    asksBirthDate: boolean;
    /** The link's session that sent its holder here. */
    grantId: string | null;
  }>;

const HOUR_MS = 60 * 60 * 1000;
const HANDLE = /^[\w-]{43}$/;
const hashOf = (handle: string) => createHash('sha256').update(handle).digest('base64url');

/** The part of a claim's address that names it: an invitation's token, or what an app got for its session. */
export const isClaimToken = (text: string): boolean => isInvitationToken(text) || HANDLE.test(text);

/** An invitation's token in what somebody pasted: the whole link of an app, its code, or the token itself. */
export function findTokenIn(text: string): string | undefined {
  const decoded = text.replace(/%5f/gi, '_');
  return [...decoded.matchAll(/(?<![A-Za-z0-9])[A-Za-z0-9]{32}(?![A-Za-z0-9])/g)].at(-1)?.[0];
}

/** Lets an app send the holder of its session to our page; the handle works for an hour, in one browser or another. */
export async function makeHandle(
  { clock }: Pick<IdentityParts, 'clock'>,
  sight: SystemSight,
  grantId: string,
): Promise<{ handle: string; expiresAt: Date }> {
  const handle = randomBytes(32).toString('base64url');
  const expiresAt = new Date(clock().getTime() + HOUR_MS);
  await keepMoment(sight, {
    kind: 'RecordClaim',
    of: hashOf(handle),
    payload: { grant: grantId },
    expiresAt,
  });
  return { handle, expiresAt };
}

async function findSessionRecord(
  { clock }: Pick<IdentityParts, 'clock'>,
  sight: SystemSight,
  handle: string,
): Promise<(ClaimedRecord & { grantId: string }) | undefined> {
  const kept = await findMoment(sight, { kind: 'RecordClaim', of: hashOf(handle) }, clock());
  if (kept === undefined) return undefined;
  const grantId = String(kept.grant);
  const record = await findRecordOfSession(sight, grantId);
  return record && { ...record, grantId };
}

/** Whose record a token is about, without holding it. */
export async function findClaimedPatient(
  parts: Pick<IdentityParts, 'clock'>,
  sight: SystemSight,
  token: string,
): Promise<number | undefined> {
  const found = HANDLE.test(token)
    ? await findSessionRecord(parts, sight, token)
    : await findInvited(sight, hashOf(token));
  return found?.patientId;
}

/**
 * What a token of either kind claims; undefined when it leads nowhere: unknown, over, opened already, given by somebody who
 * may give no links any more, to a record that its organization does not keep, or for now because nobody reads through the
 * organization: whoever could not read there would otherwise make the record theirs. The record is held.
 */
export async function readClaim(
  parts: Pick<IdentityParts, 'clock'>,
  sight: SystemSight,
  token: string,
): Promise<Claim | undefined> {
  const claim = await readToken(parts, sight, token);
  return claim && !(await isClosed(sight, claim.organizationId)) ? claim : undefined;
}

async function readToken(
  { clock }: Pick<IdentityParts, 'clock'>,
  sight: SystemSight,
  token: string,
): Promise<Claim | undefined> {
  const now = clock();
  if (HANDLE.test(token)) {
    const record = await findSessionRecord({ clock }, sight, token);
    return record && { ...record, asksBirthDate: false };
  }
  if (!isInvitationToken(token)) return undefined;
  const invitation = await holdInvitation(sight, token);
  if (!invitation || invitation.organizationId === null || !invitation.issuerMay) return undefined;
  if (decideRedemption(invitation, await readTerms(sight), now) !== 'redeem') return undefined;
  const {
    patientId,
    organizationId,
    organizationName,
    clientId,
    clientName,
    userId,
    contactEmail,
    birthDate,
  } = invitation;
  return {
    patientId,
    organizationId,
    organizationName,
    clientId,
    clientName,
    userId,
    contactEmail,
    birthDate,
    invitationId: invitation.id,
    asksBirthDate: birthDate !== null,
    grantId: null,
  };
}

const openedBy = (sessionUid: string, { patientId }: Claim) =>
  ({ kind: 'RecordOpened', of: `${sessionUid} ${patientId}` }) as const;

/** Whether whoever is signed in in this session has shown that the record is about them. */
export async function isOpened(
  { clock }: Pick<IdentityParts, 'clock'>,
  sight: SystemSight,
  sessionUid: string,
  claim: Claim,
): Promise<boolean> {
  if (!claim.asksBirthDate) return true;
  return (await findMoment(sight, openedBy(sessionUid, claim), clock())) !== undefined;
}

export async function rememberOpened(
  { clock }: Pick<IdentityParts, 'clock'>,
  sight: SystemSight,
  sessionUid: string,
  claim: Claim,
): Promise<void> {
  const expiresAt = new Date(clock().getTime() + HOUR_MS);
  await keepMoment(sight, { ...openedBy(sessionUid, claim), payload: {}, expiresAt });
}
