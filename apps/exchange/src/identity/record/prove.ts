/**
 * Proof: whoever is signed in has typed the code that was mailed to the address that they confirmed. The record becomes
 * theirs, for good; an empty one is taken into the record that they have.
 */
import type { SystemSight } from '../../access/system.ts';
import { ACCOUNT_CLIENT_ID } from '../../domain/own-pages.ts';
import { holdOrganizations, holdPeople, holdStudies } from '../../store/locks.ts';
import { queueMail } from '../../store/mail.ts';
import { holdPerson } from '../../store/oauth-access.ts';
import { cancelInvitationsOf, cancelInvitationsTo, redeemInvitation } from '../../store/oauth-invitations.ts';
import * as claims from '../../store/oauth-record-claims.ts';
import { addRecordEvent } from '../../store/oauth-record-events.ts';
import { endAllAccess } from '../end-access.ts';
import { endGrant } from '../end-session.ts';
import { provedElsewhereMail } from '../mails.ts';
import type { IdentityParts } from '../parts.ts';
import { holdSignedIn, type SignedIn } from '../signed-in.ts';
import { type Claim, findClaimedPatient, isOpened, readClaim } from './claim.ts';
import { takeTypedCode } from './typed-code.ts';

/** What the code of a claim counts for. */
export const codeOfClaim = (sessionUid: string, { patientId }: Claim): string =>
  `record ${sessionUid} ${patientId}`;

/** The claim's record goes into this one of the person's, because it is empty and there is one; null: it stays itself. */
export async function findAbsorbing(
  sight: SystemSight,
  claim: Claim,
  userId: number,
): Promise<number | undefined> {
  if (await claims.hasReadings(sight, claim.patientId)) return undefined;
  return claims.findOwnRecord(sight, userId);
}

export type Proving = Readonly<{
  token: string;
  who: SignedIn;
  typed: string;
  /** Sessions of links that the person ticked: they stay, where the login stays the same. */
  keptGrantIds: readonly string[];
  /** Studies of an empty record that the person ticked. */
  studyIds: readonly number[];
}>;

export type Proved = Readonly<
  | { kind: 'gone' }
  | { kind: 'wrong'; error: string }
  | { kind: 'proved'; organizationName: string; isAbsorbed: boolean; leftBehind: boolean }
>;

/** All in one transaction: either the record is theirs and nobody else's session reaches it, or nothing has changed. */
export async function prove(
  parts: IdentityParts,
  sight: SystemSight,
  { token, who, typed, keptGrantIds, studyIds }: Proving,
): Promise<Proved> {
  const { userId, email } = who.account;
  sight.trace({ userId, deed: 'claim a record', outcome: 'refused' });
  const own = await claims.findOwnRecord(sight, userId);
  const patientId = await findClaimedPatient(parts, sight, token);
  if (patientId === undefined) return { kind: 'gone' };
  sight.trace({ patientId });
  await holdPeople(sight, own === undefined ? [patientId] : [patientId, own], 'exclusive');
  const claim = await readClaim(parts, sight, token);
  if (!claim) return { kind: 'gone' };
  const { organizationId } = claim;
  await holdOrganizations(sight, [organizationId], 'shared');
  const studies = await claims.listStudiesOf(sight, patientId);
  await holdStudies(
    sight,
    studies.map((study) => study.studyId),
    'shared',
  );
  await holdSignedIn(parts, sight, { userId, sessionUid: who.sessionUid });
  if (!(await isOpened(parts, sight, who.sessionUid, claim))) return { kind: 'gone' };
  if (!(await claims.mayKeepRecords(sight, userId, organizationId))) return { kind: 'gone' };
  const wrong = await takeTypedCode(parts, sight, codeOfClaim(who.sessionUid, claim), { email, typed });
  if (wrong) return { kind: 'wrong', ...wrong };
  sight.trace({ outcome: 'ok' });

  const at = parts.clock();
  const hidden = await claims.listHiddenSeries(sight, claim);
  if (hidden.length > 0) {
    await claims.leaveSeriesBehind(sight, { patientId, codeIds: hidden, organizationId });
  }
  const into = await findAbsorbing(sight, claim, userId);
  await endOtherSessions(parts, sight, claim, { userId, keptGrantIds });
  await claims.keepByPerson(sight, { patientId, userId, at });
  if (claim.userId !== null && claim.userId !== userId) {
    await endAllAccess(parts, sight, claim.userId);
    await claims.closeEmptyLogin(sight, claim.userId);
  }
  const about = { organizationId, actorUserId: userId, clientId: ACCOUNT_CLIENT_ID, at };
  await addRecordEvent(sight, { patientId, kind: 'proved', ...about });
  if (into !== undefined) {
    const clientId = ACCOUNT_CLIENT_ID;
    await claims.absorb(sight, { patientId, into, organizationId, userId, studyIds, clientId });
    await addRecordEvent(sight, { patientId: into, kind: 'joined', ...about });
    for (const { studyId } of studies) {
      if (studyIds.includes(studyId))
        await addRecordEvent(sight, { patientId: into, kind: 'joined', studyId, ...about });
    }
  }
  if (claim.invitationId !== null && claim.grantId === null) {
    await redeemInvitation(sight, claim.invitationId, at);
  }
  await cancelInvitationsTo(sight, patientId, at);
  await cancelInvitationsOf(sight, userId, at);
  // Whoever reads the mail of the address that the organization typed may be the one whom the record is about.
  const { contactEmail, organizationName } = claim;
  if (contactEmail !== null && contactEmail.toLowerCase() !== email.toLowerCase()) {
    const to = { recipient: contactEmail, siteUrl: parts.config.siteUrl };
    await queueMail(sight, provedElsewhereMail(to, organizationName));
  }
  return {
    kind: 'proved',
    organizationName,
    isAbsorbed: into !== undefined,
    leftBehind: hidden.length > 0,
  };
}

/** Every session of a link to the record ends, unless it is of the same login and was ticked: then it is hers from now on. */
async function endOtherSessions(
  parts: IdentityParts,
  sight: SystemSight,
  { patientId }: Claim,
  { userId, keptGrantIds }: Readonly<{ userId: number; keptGrantIds: readonly string[] }>,
): Promise<void> {
  const sessions = await claims.listLinkedApps(sight, patientId);
  const isKept = (session: claims.LinkedApp) =>
    session.userId === userId && keptGrantIds.includes(session.grantId);
  const grantIds = sessions.filter(isKept).map(({ grantId }) => grantId);
  await claims.allowSessions(sight, { patientId, userId, grantIds, at: parts.clock() });
  for (const session of sessions) {
    if (isKept(session)) continue;
    await holdPerson(sight, session.userId);
    await endGrant(parts, sight, session);
  }
}
