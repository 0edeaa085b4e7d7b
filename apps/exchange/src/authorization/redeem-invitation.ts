/**
 * `POST /api/v1/invitation/:token`: from the link in a patient's hands to an authorization code for the patient's app.
 * What it opens is a session of the link: it acts for the organization that gave it, for one record and one app, and it
 * proves nothing about anybody's address.
 */
import { createHash } from 'node:crypto';
import { s256Challenge, verifierOfInvitationToken } from '@jhe/smart';
import type { Provider } from 'oidc-provider';
import type { System, SystemSight } from '../access/system.ts';
import type { Config } from '../config.ts';
import { decideRedemption, type InvitationTerms, MOST_BIRTH_DATE_FAILURES } from '../domain/invitation.ts';
import { forbidden, Refusal } from '../domain/refusal.ts';
import type { Answer, OpenRoute } from '../face.ts';
import { holdPeople } from '../store/locks.ts';
import { queueMail } from '../store/mail.ts';
import { holdPerson } from '../store/oauth-access.ts';
import {
  addLoginOfRecord,
  cancelInvitation,
  expireInvitation,
  findInvited,
  type InvitationRow,
  lockInvitation,
  recordInvitedSignIn,
  recordWrongBirthDate,
  redeemInvitation,
} from '../store/oauth-invitations.ts';
import {
  insertLinkSession,
  listEarlierSessions,
  lockUnexchangedSession,
} from '../store/oauth-link-sessions.ts';
import { addRecordEvent } from '../store/oauth-record-events.ts';
import { readSettings } from '../store/oauth-settings.ts';
import { audienceOf, issuerOf } from './access-token.ts';
import { endGrant } from '../identity/end-session.ts';
import type { Storage } from './adapter.ts';
import { OPEN_CORS } from './mount.ts';
import { ROUTES } from './provider.ts';

type Parts = Readonly<{
  config: Config;
  system: System;
  clock: () => Date;
  provider: Provider;
  storage: Storage;
}>;

/** A refusal is returned, not thrown, where what was written on the way to it must stay. */
type Outcome = { code: string; clientId: string } | Answer | Refusal;

const CODE_SECONDS = 60;
const SCOPE = 'openid email';
const PROTECTED =
  'This account asks for a code of an authenticator app, so an invitation alone does not open it. Sign in to the app instead.';
const USED = 'Invitation has already been used.';
const CANCELLED = 'Invitation has been cancelled.';

/** Calls of one address are limited: a token is not to be guessed, nor a leaked one polled. */
export function redeemRoute(parts: Parts): OpenRoute {
  return {
    method: 'POST',
    path: '/api/v1/invitation/:token',
    caller: 'anyone',
    callsPerMinute: 20,
    async handle({ params: { token = '' }, body }) {
      if (!isInvitationToken(token)) throw unknown();
      const outcome = await parts.system('invitation', (sight) => redeem(parts, sight, token, body));
      if (outcome instanceof Refusal) throw outcome;
      if (!('code' in outcome)) return outcome;
      const { config, clock } = parts;
      return {
        headers: OPEN_CORS,
        body: {
          grant: {
            grant_type: 'authorization_code',
            redirect_uri: redirectUri(config),
            client_id: outcome.clientId,
            code: outcome.code,
          },
          token_endpoint: `${issuerOf(config)}${ROUTES.token}`,
          expires: new Date(clock().getTime() + CODE_SECONDS * 1000).toISOString(),
        },
      };
    },
  };
}

async function redeem(parts: Parts, sight: SystemSight, token: string, body: unknown): Promise<Outcome> {
  const now = parts.clock();
  sight.trace({ outcome: 'refused', deed: 'redeem' });
  const invitation = await holdInvitation(sight, token);
  if (!invitation) return unknown();
  const { patientId, organizationId, clientId } = invitation;
  sight.trace({ patientId, clientId });
  const decision = decideRedemption(invitation, await readTerms(sight), now);
  switch (decision) {
    case 'used':
      return new Refusal('conflict', USED);
    case 'cancelled':
      return forbidden(CANCELLED);
    case 'expire':
      await expireInvitation(sight, invitation.id, now);
      return new Refusal('gone', 'Invitation has expired.');
    case 'expired':
      return new Refusal('gone', 'Invitation has expired.');
    case 'redeem':
    case 'repeat':
      break;
  }
  // A link acts for the organization that gave it, as long as that keeps the record, and for somebody who may give it.
  if (organizationId === null || !invitation.issuerMay) {
    await cancelInvitation(sight, invitation.id, now);
    return forbidden(CANCELLED);
  }
  if (invitation.active === false) return forbidden('This account has been deactivated.');
  if (invitation.privileged) return forbidden('This account cannot be entered with an invitation.');
  if (invitation.hasAuthenticator) return forbidden(PROTECTED);
  const wrong = invitation.asksBirthDate && (await checkBirthDate(sight, invitation, body, now));
  if (wrong) return wrong;
  // A reply that was lost may be asked for again; once its code was exchanged, nothing was lost.
  const lost = decision === 'repeat' ? await lockUnexchangedSession(sight, invitation.id) : undefined;
  if (decision === 'repeat' && !lost) return new Refusal('conflict', USED);
  const userId = invitation.userId ?? (await addLoginOfRecord(sight, patientId));
  sight.trace({ outcome: 'ok', userId });
  // A new link is what somebody gets who lost their phone: whoever holds that one is out.
  const before = await listEarlierSessions(sight, { patientId, clientId, invitationId: invitation.id });
  for (const session of lost ? [lost, ...before] : before) await endGrant(parts, sight, session);
  await redeemInvitation(sight, invitation.id, now);
  await recordInvitedSignIn(sight, userId, now);
  const { code, grantId } = await parts.storage.within(sight, () =>
    issueCode(parts, { userId, clientId }, token),
  );
  const session = {
    grantId,
    userId,
    patientId,
    organizationId,
    clientId,
    invitationId: invitation.id,
    at: now,
  };
  await insertLinkSession(sight, session);
  if (decision === 'redeem') {
    const actor = { organizationId, actorUserId: userId, clientId };
    await addRecordEvent(sight, { patientId, kind: 'link-opened', at: now, ...actor });
    await tellPatient(parts, sight, invitation);
  }
  return { code, clientId };
}

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

/**
 * Whoever holds the link has to know the birth date as well, if the invitation asks for it: each time, because a reply
 * that was lost may be asked for again by others too. A wrong one is counted; a missing or misspelt one says nothing.
 */
async function checkBirthDate(
  sight: SystemSight,
  { id, birthDate }: InvitationRow,
  body: unknown,
  at: Date,
): Promise<Answer | undefined> {
  const given = birthDateOf(body);
  if (given === undefined) {
    return birthDateFault('The birth date is needed to open this invitation.', 'This field is required.');
  }
  if (!/^\d{4}-\d{2}-\d{2}$/.test(given)) {
    return birthDateFault('The birth date is needed to open this invitation.', 'Enter a date as YYYY-MM-DD.');
  }
  if (given === birthDate) return undefined;
  sight.trace({ deed: 'redeem, wrong birth date' });
  const isCancelled = await recordWrongBirthDate(sight, id, { most: MOST_BIRTH_DATE_FAILURES, at });
  return birthDateFault(
    isCancelled
      ? 'The birth date was wrong too often. The invitation has been cancelled.'
      : 'The birth date does not match.',
    'This is not the birth date that was recorded.',
  );
}

const birthDateFault = (detail: string, fault: string): Answer => ({
  status: 403,
  body: { detail, birthDate: [fault] },
  headers: OPEN_CORS,
});

/** `birthDate` of a JSON object, under either spelling; undefined when it is not there or no text. */
function birthDateOf(body: unknown): string | undefined {
  if (body === null || typeof body !== 'object') return undefined;
  const { birthDate, birth_date: other } = body as Record<string, unknown>;
  const given = birthDate ?? other;
  return typeof given === 'string' && given !== '' ? given : undefined;
}

/**
 * Writes to the address that the organization has that the invitation was used, so that somebody else's use of it does
 * not stay unseen (H-48). It may be the wrong mailbox: it names the organization, and nobody else.
 */
async function tellPatient(
  { config }: Parts,
  sight: SystemSight,
  { contactEmail, organizationName }: InvitationRow,
): Promise<void> {
  if (contactEmail === null) return;
  const organization = organizationName.replace(/\s+/g, ' ').trim().slice(0, 100);
  await queueMail(sight, {
    recipient: contactEmail,
    subject: 'Your invitation was opened',
    body: [
      'Hello,',
      '',
      `somebody opened the invitation that you got from ${organization}.`,
      '',
      'If this was you, there is nothing to do.',
      '',
      `If it was not you, tell ${organization}: a new invitation ends what was opened with this one.`,
      '',
      `JupyterHealth Exchange\n${config.siteUrl}/`,
    ].join('\n'),
  });
}

/**
 * A grant, and an authorization code under it as if somebody had just signed in to the app; its PKCE verifier is derived
 * from the invitation's token, so that only who holds the link can exchange it.
 */
async function issueCode(
  { provider, config, clock }: Parts,
  { userId, clientId }: { userId: number; clientId: string },
  token: string,
): Promise<{ code: string; grantId: string }> {
  const client = await provider.Client.find(clientId);
  if (!client) throw unknown();
  const resource = audienceOf(config);
  const accountId = String(userId);
  const grant = new provider.Grant({ accountId, clientId });
  grant.addOIDCScope(SCOPE);
  grant.addResourceScope(resource, SCOPE);
  const grantId = await grant.save();
  const code = new provider.AuthorizationCode({
    accountId,
    client,
    grantId,
    redirectUri: redirectUri(config),
    scope: SCOPE,
    resource,
    authTime: Math.floor(clock().getTime() / 1000),
    amr: ['invitation'],
    gty: 'authorization_code',
    expiresWithSession: false,
    codeChallenge: await s256Challenge(verifierOfInvitationToken(token)),
    codeChallengeMethod: 'S256',
  });
  return { code: await code.save(), grantId };
}

const redirectUri = (config: Config) => `${config.siteUrl}/auth/callback`;

const unknown = () => new Refusal('not-found', 'Invitation not found or already used.');

const EXPIRATION = 'auth.patient.invitation_expiration_days';
const WINDOW = 'auth.patient.invitation_redemption_window_hours';

/** For how long invitations count. */
export async function readTerms(sight: SystemSight): Promise<InvitationTerms> {
  const settings = await readSettings(sight, [EXPIRATION, WINDOW]);
  return { expirationDays: settings[EXPIRATION], redemptionWindowHours: settings[WINDOW] };
}
