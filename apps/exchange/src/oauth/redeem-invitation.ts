/** `POST /api/v1/invitation/:token`: from the link in a patient's hands to an authorization code for the patient's app. */
import { createHash } from 'node:crypto';
import { s256Challenge, verifierOfInvitationToken } from '@jhe/smart';
import type { Provider } from 'oidc-provider';
import type { System, SystemSight } from '../access/system.ts';
import type { Config } from '../config.ts';
import { decideRedemption, type InvitationTerms, MOST_BIRTH_DATE_FAILURES } from '../domain/invitation.ts';
import { forbidden, Refusal } from '../domain/refusal.ts';
import type { Answer, OpenRoute } from '../face.ts';
import { queueMail } from '../store/mail.ts';
import {
  expireInvitation,
  type InvitationRow,
  lockInvitation,
  readSettings,
  recordInvitedSignIn,
  recordWrongBirthDate,
  redeemInvitation,
} from '../store/oauth-invitations.ts';
import { destroyCodesOf } from '../store/oauth-models.ts';
import { audienceOf, issuerOf } from './access-token.ts';
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
const NO_ACCOUNT: Answer = {
  status: 400,
  body: ['Patient has no associated user account.'],
  headers: OPEN_CORS,
};

/** Calls of one address are limited: a token is not to be guessed, nor a leaked one polled. */
export function redeemRoute(parts: Parts): OpenRoute {
  return {
    method: 'POST',
    path: '/api/v1/invitation/:token',
    caller: 'anyone',
    callsPerMinute: 20,
    async handle({ params: { token = '' }, body }) {
      if (!/^[A-Za-z0-9]{32}$/.test(token)) throw unknown();
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
  const tokenHash = createHash('sha256').update(token).digest('base64url');
  const invitation = await lockInvitation(sight, tokenHash);
  sight.trace({ outcome: 'refused', deed: 'redeem' });
  if (!invitation) return unknown();
  const { patientId } = invitation;
  sight.trace({ patientId, clientId: invitation.clientId });
  const decision = decideRedemption(invitation, await readTerms(sight), now);
  switch (decision) {
    case 'used':
      return new Refusal('conflict', 'Invitation has already been used.');
    case 'cancelled':
      return forbidden('Invitation has been cancelled.');
    case 'expire':
      await expireInvitation(sight, invitation.id, now);
      return new Refusal('gone', 'Invitation has expired.');
    case 'expired':
      return new Refusal('gone', 'Invitation has expired.');
    case 'redeem':
    case 'repeat':
      break;
  }
  const { userId, active, privileged, clientId } = invitation;
  if (userId === null) return NO_ACCOUNT;
  if (!active) return forbidden('This account has been deactivated.');
  if (privileged) return forbidden('This account cannot be entered with an invitation.');
  if (invitation.hasAuthenticator) return forbidden(PROTECTED);
  const wrong = invitation.asksBirthDate && (await checkBirthDate(sight, invitation, body, now));
  if (wrong) return wrong;
  sight.trace({ outcome: 'ok', userId });
  if (decision === 'redeem') await tellPatient(parts, sight, invitation);
  await redeemInvitation(sight, invitation.id, now);
  await recordInvitedSignIn(sight, userId, now);
  await destroyCodesOf(sight, userId, clientId);
  return {
    code: await parts.storage.within(sight, () => issueCode(parts, { userId, clientId }, token)),
    clientId,
  };
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

/** Writes to the patient that the invitation was used, so that somebody else's use of it does not stay unseen (H-48). */
async function tellPatient(
  { config }: Parts,
  sight: SystemSight,
  { email, nameGiven, clientName }: InvitationRow,
): Promise<void> {
  if (email === null) return;
  const oneLine = (text: string) => text.replace(/\s+/g, ' ').trim().slice(0, 100);
  await queueMail(sight, {
    recipient: email,
    subject: 'Your invitation was opened',
    body: [
      nameGiven ? `Hello ${oneLine(nameGiven)},` : 'Hello,',
      '',
      `somebody opened your invitation to ${oneLine(clientName)} and signed in with it as you.`,
      '',
      'If this was you, there is nothing to do.',
      '',
      'If it was not you, somebody else can see and share your readings. End their access here, and tell the people who invited you:',
      `${config.siteUrl}/accounts/sessions/`,
    ].join('\n'),
  });
}

/**
 * An authorization code as if the patient had just signed in to the app; its PKCE verifier is derived from the
 * invitation's token, so that only who holds the link can exchange it.
 */
async function issueCode(
  { provider, config, clock }: Parts,
  { userId, clientId }: { userId: number; clientId: string },
  token: string,
): Promise<string> {
  const client = await provider.Client.find(clientId);
  if (!client) throw unknown();
  const resource = audienceOf(config);
  const accountId = String(userId);
  const grant = new provider.Grant({ accountId, clientId });
  grant.addOIDCScope(SCOPE);
  grant.addResourceScope(resource, SCOPE);
  const code = new provider.AuthorizationCode({
    accountId,
    client,
    grantId: await grant.save(),
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
  return code.save();
}

const redirectUri = (config: Config) => `${config.siteUrl}/auth/callback`;

const unknown = () => new Refusal('not-found', 'Invitation not found or already used.');

const EXPIRATION = 'auth.patient.invitation_expiration_days';
const WINDOW = 'auth.patient.invitation_redemption_window_hours';

async function readTerms(sight: SystemSight): Promise<InvitationTerms> {
  const settings = await readSettings(sight, [EXPIRATION, WINDOW]);
  const number = (key: string, otherwise: number) => {
    const value = settings.get(key);
    return typeof value === 'number' && value >= 0 ? value : otherwise;
  };
  return { expirationDays: number(EXPIRATION, 7), redemptionWindowHours: number(WINDOW, 12) };
}
