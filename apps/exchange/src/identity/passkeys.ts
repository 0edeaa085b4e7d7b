/**
 * Passkeys (WebAuthn Level 3): making one and signing in with one. The challenge that is signed is kept on this server,
 * bound to the session or visit that asked for it, for five minutes and for one answer.
 */
import {
  type AuthenticationResponseJSON,
  generateAuthenticationOptions,
  generateRegistrationOptions,
  type RegistrationResponseJSON,
  verifyAuthenticationResponse,
  verifyRegistrationResponse,
} from '@simplewebauthn/server';
import type { Account } from '../store/oauth-accounts.ts';
import { keepMoment, takeMoment } from '../store/oauth-moments.ts';
import { addPasskey, countPasskeyUse, findPasskey, listPasskeys } from '../store/oauth-passkeys.ts';
import { tellOwner } from './notices.ts';
import type { IdentityParts } from './parts.ts';
import { holdSignedIn } from './signed-in.ts';

const CHALLENGE_MS = 5 * 60 * 1000;
/** EdDSA, ES256 and RS256, as COSE numbers them. */
const ALGORITHMS = [-8, -7, -257];

type Needed = Pick<IdentityParts, 'config' | 'system' | 'clock'>;

const relyingParty = ({ config }: Needed) => ({
  expectedRPID: new URL(config.siteUrl).hostname,
  expectedOrigin: config.siteUrl,
});

function keepChallenge({ system, clock }: Needed, of: string, challenge: string): Promise<void> {
  const expiresAt = new Date(clock().getTime() + CHALLENGE_MS);
  return system('token', (sight) =>
    keepMoment(sight, { kind: 'PasskeyChallenge', of, payload: { challenge }, expiresAt }),
  );
}

async function takeChallenge({ system, clock }: Needed, of: string): Promise<string | undefined> {
  const kept = await system('token', (sight) => takeMoment(sight, { kind: 'PasskeyChallenge', of }, clock()));
  return typeof kept?.challenge === 'string' ? kept.challenge : undefined;
}

/** What the browser sent as `credential`: JSON with the id that it claims; undefined for anything else. */
function parseCredential(text: string | undefined): { id: string } | undefined {
  try {
    const parsed: unknown = JSON.parse(text ?? '');
    const { id } = parsed as { id?: unknown };
    return typeof id === 'string' && id !== '' ? (parsed as { id: string }) : undefined;
  } catch {
    return undefined;
  }
}

/** Options for making a passkey: it finds its person by itself, checks who holds it, and is not one they have already. */
export async function offerPasskey(parts: Needed, account: Account, sessionUid: string) {
  const { userId, email, firstName, lastName } = account;
  const known = await parts.system('token', (sight) => listPasskeys(sight, userId));
  const options = await generateRegistrationOptions({
    rpName: 'JupyterHealth Exchange',
    rpID: relyingParty(parts).expectedRPID,
    userID: new TextEncoder().encode(String(userId)),
    userName: email ?? String(userId),
    userDisplayName: [firstName, lastName].filter((part) => part !== '').join(' ') || email || String(userId),
    timeout: CHALLENGE_MS,
    attestationType: 'none',
    excludeCredentials: known.map(({ credentialId, transports }) => ({ id: credentialId, transports })),
    authenticatorSelection: {
      residentKey: 'required',
      requireResidentKey: true,
      userVerification: 'required',
    },
    supportedAlgorithmIDs: ALGORITHMS,
  });
  await keepChallenge(parts, `session ${sessionUid}`, options.challenge);
  return options;
}

/** Keeps the passkey that the browser made. False when it does not answer the challenge or is known already. */
export async function keepPasskey(
  parts: Needed,
  account: Account,
  made: Readonly<{ sessionUid: string; credential: string | undefined; device: string }>,
): Promise<boolean> {
  const expectedChallenge = await takeChallenge(parts, `session ${made.sessionUid}`);
  const response = parseCredential(made.credential) as RegistrationResponseJSON | undefined;
  if (!expectedChallenge || !response) return false;
  const verified = await verifyRegistrationResponse({
    response,
    expectedChallenge,
    ...relyingParty(parts),
    requireUserVerification: true,
    supportedAlgorithmIDs: ALGORITHMS,
  }).catch(() => undefined);
  if (!verified?.verified) return false;
  const { credential, credentialBackedUp } = verified.registrationInfo;
  const transports = (credential.transports ?? []).map(String).slice(0, 8);
  return parts.system('account', async (sight) => {
    await holdSignedIn(parts, sight, { userId: account.userId, sessionUid: made.sessionUid });
    const isNew = await addPasskey(sight, {
      credentialId: credential.id,
      userId: account.userId,
      publicKey: credential.publicKey,
      counter: credential.counter,
      transports,
      name: nameOf(response.authenticatorAttachment, transports, made.device),
      backedUp: credentialBackedUp,
      createdAt: parts.clock(),
    });
    sight.trace({ userId: account.userId, outcome: isNew ? 'ok' : 'refused', deed: 'passkey added' });
    if (isNew) await tellOwner(parts, sight, account, 'A passkey was added to your account.');
    return isNew;
  });
}

/** A passkey is named after where it lives: this device, a phone beside it, or a key that is plugged in. */
function nameOf(attachment: string | undefined, transports: readonly string[], device: string): string {
  if (attachment !== 'cross-platform') return device;
  return transports.includes('hybrid') ? 'Phone or tablet' : 'Security key';
}

/** Options for signing in with whichever passkey the browser has for this site: no address is asked and none is told. */
export async function askForPasskey(parts: Needed, visitUid: string) {
  const options = await generateAuthenticationOptions({
    rpID: relyingParty(parts).expectedRPID,
    timeout: CHALLENGE_MS,
    userVerification: 'required',
  });
  await keepChallenge(parts, `visit ${visitUid}`, options.challenge);
  return options;
}

/** `copied`: the key is used in two places at once, so nobody may enter with it. */
export type PasskeyAnswer =
  | Readonly<{ outcome: 'ok'; userId: number; amr: readonly string[] }>
  | Readonly<{ outcome: 'unknown' }>
  | Readonly<{ outcome: 'copied' }>;

/** Who holds the passkey that answered. `amr` by RFC 8176: a key in hardware or software, and the holder was checked. */
export async function readPasskeyAnswer(
  parts: Needed,
  visit: Readonly<{ uid: string; clientId: string }>,
  credential: string | undefined,
): Promise<PasskeyAnswer> {
  const expectedChallenge = await takeChallenge(parts, `visit ${visit.uid}`);
  const response = parseCredential(credential) as AuthenticationResponseJSON | undefined;
  const found = response && (await parts.system('token', (sight) => findPasskey(sight, response.id)));
  if (!expectedChallenge || !found) return { outcome: 'unknown' };
  const { credentialId, userId, publicKey, transports } = found;
  const verified = await verifyAuthenticationResponse({
    response,
    expectedChallenge,
    ...relyingParty(parts),
    requireUserVerification: true,
    // The count is compared below, once the signature is known to be right.
    credential: { id: credentialId, publicKey: new Uint8Array(publicKey), counter: 0, transports },
  }).catch(() => undefined);
  const { userHandle } = response.response;
  if (
    !verified?.verified ||
    (userHandle && Buffer.from(userHandle, 'base64url').toString() !== String(userId))
  ) {
    return { outcome: 'unknown' };
  }
  const { newCounter: counter, credentialDeviceType } = verified.authenticationInfo;
  const counted = await parts.system('token', (sight) =>
    countPasskeyUse(sight, { credentialId, counter, at: parts.clock() }),
  );
  if (!counted) {
    await parts.system('sign-in', async (sight) => {
      const { clientId } = visit;
      sight.trace({ subjectUserId: userId, clientId, outcome: 'refused', deed: 'passkey copied' });
    });
    return { outcome: 'copied' };
  }
  return { outcome: 'ok', userId, amr: [credentialDeviceType === 'singleDevice' ? 'hwk' : 'swk', 'user'] };
}
