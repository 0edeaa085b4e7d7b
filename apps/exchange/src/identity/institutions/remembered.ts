/**
 * What is remembered between a browser's way to an institution and its way back: requests that were sent, and what was
 * answered, each under a random handle that works once. Only the handle's hash is kept, and what was remembered is sealed
 * under the handle: it names the visit, and holds what answers the institution.
 */
import { createHash, randomBytes } from 'node:crypto';
import { openUnder, sealUnder } from '../../access/seal-under.ts';
import type { SystemSight } from '../../access/system.ts';
import type { Assertion } from '../../domain/external-sign-in.ts';
import type { IdentityProviderKind } from '../../domain/identity-provider.ts';
import { consumeModel, destroyModel, findModel, upsertModel } from '../../store/oauth-models.ts';

/** Somebody was sent to an institution; `uid` is the visit that waits for the answer. */
export type SentRequest = Readonly<{ uid: string; slug: string }> &
  (
    | Readonly<{
        kind: 'saml';
        requestId: string;
        issuedAt: string;
        /** The person is to prove again who they are, also when they are signed in there. */
        again: boolean;
      }>
    | Readonly<{ kind: 'oidc'; nonce: string; codeVerifier: string }>
  );

/** What an institution said of somebody, for the visit that waits for it. */
export type Ticket = Readonly<{
  uid: string;
  slug: string;
  kind: IdentityProviderKind;
  assertion: Assertion;
}>;

const REQUEST = 'InstitutionRequest';
const TICKET = 'InstitutionTicket';
const ASSERTION = 'SamlAssertion';
/** At the institution one may have to look for one's phone. */
const REQUEST_SECONDS = 30 * 60;
const TICKET_SECONDS = 2 * 60;

const hash = (value: string) => createHash('sha256').update(value).digest('base64url');
const after = (now: Date, seconds: number) => new Date(now.getTime() + seconds * 1000);

/** 43 characters that nobody guesses; short enough for RelayState (80 bytes; SAML 2.0 Bindings, section 3.4.3). */
export const newHandle = (): string => randomBytes(32).toString('base64url');

async function remember(sight: SystemSight, model: string, handle: string, payload: object, expiresAt: Date) {
  const row = { model, id: hash(handle), grantId: null, uid: null, expiresAt };
  await upsertModel(sight, { ...row, payload: { sealed: sealUnder(model, handle, payload) } });
}

/** What is remembered under a handle; undefined when that is unknown or over. */
async function look<T>(sight: SystemSight, model: string, handle: string, now: Date): Promise<T | undefined> {
  const found = await findModel(sight, model, hash(handle), now);
  return found && openUnder<T>(model, handle, String(found.payload.sealed));
}

/** Finds what a handle stands for and uses it up; undefined when it is unknown, over or used. */
async function use<T>(sight: SystemSight, model: string, handle: string, now: Date): Promise<T | undefined> {
  const id = hash(handle);
  const found = await look<T>(sight, model, handle, now);
  if (!found || !(await consumeModel(sight, model, id, now))) return undefined;
  await destroyModel(sight, model, id);
  return found;
}

export const rememberRequest = (sight: SystemSight, handle: string, request: SentRequest, now: Date) =>
  remember(sight, REQUEST, handle, request, after(now, REQUEST_SECONDS));

/** The request that a handle stands for, sent to this institution; it is answered once. Another's stays in place. */
export async function useRequest<Kind extends IdentityProviderKind>(
  sight: SystemSight,
  handle: string,
  kind: Kind,
  slug: string,
  now: Date,
): Promise<Extract<SentRequest, { kind: Kind }> | undefined> {
  const found = await look<SentRequest>(sight, REQUEST, handle, now);
  if (found?.kind !== kind || found.slug !== slug) return undefined;
  return use(sight, REQUEST, handle, now);
}

export const rememberTicket = (sight: SystemSight, handle: string, ticket: Ticket, now: Date) =>
  remember(sight, TICKET, handle, ticket, after(now, TICKET_SECONDS));

/** The ticket of this visit; another visit's is not there, and stays. */
export async function useTicket(
  sight: SystemSight,
  handle: string,
  uid: string,
  now: Date,
): Promise<Ticket | undefined> {
  const found = await look<Ticket>(sight, TICKET, handle, now);
  if (found?.uid !== uid) return undefined;
  return use<Ticket>(sight, TICKET, handle, now);
}

/** False when this assertion of an institution was taken before (SAML 2.0 Profiles, section 4.1.4.5). */
export async function takeAssertionOnce(
  sight: SystemSight,
  issuer: string,
  assertionId: string,
  validUntil: Date,
  now: Date,
): Promise<boolean> {
  const handle = `${issuer} ${assertionId}`;
  await remember(sight, ASSERTION, handle, {}, validUntil);
  return consumeModel(sight, ASSERTION, hash(handle), now);
}
