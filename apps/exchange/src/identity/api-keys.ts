/** Keys with which a practitioner's own programs act for them: who may make, see, label and delete which. */
import { randomInt } from 'node:crypto';
import type { SystemSight } from '../access/system.ts';
import { hashClientSecret } from '../domain/client-secret.ts';
import type { Principal } from '../domain/principal.ts';
import * as keys from '../store/oauth-api-keys.ts';
import type { Page, Window } from '../store/page.ts';
import type { IdentityParts } from './parts.ts';

/** A key reaches as far as its owner does; a program may ask for less each time. */
const KEY_SCOPES = 'system/*.cruds';
const ALPHABET = 'ABCDEFGHIJKLMNOPQRSTUVWXYZabcdefghijklmnopqrstuvwxyz0123456789';
const CLIENT_ID_LENGTH = 16;
const SECRET_LENGTH = 32;
/** Of the key that is client_id and secret: it comes from the client_id alone. */
const PREFIX_LENGTH = 8;

export type ApiKeys = Readonly<{
  list(window: Window): Promise<Page<keys.ApiKeyRow>>;
  get(id: number): Promise<keys.ApiKeyRow | undefined>;
  /** The row and the key, which is shown this once; undefined for a program, which cannot make any. */
  make(label: string): Promise<{ row: keys.ApiKeyRow; key: string } | undefined>;
  /** Labels it where there is a label; the row as it is then. */
  label(id: number, label: string | undefined): Promise<keys.ApiKeyRow | undefined>;
  /** Deletes it with what its tokens may; `endTokens` makes that so here at once. False when there is none. */
  remove(id: number): Promise<boolean>;
}>;

type Means = Pick<IdentityParts, 'system' | 'clock'> &
  Readonly<{ endTokens(sight: SystemSight, id: number): Promise<void> }>;

/** The keys of somebody, each passage in the trail under `requestId`. */
export function apiKeysOf(
  { system, clock, endTokens }: Means,
  principal: Principal,
  requestId: string,
): ApiKeys {
  const { userId, clientId } = principal;
  const pass = <T>(deed: string, body: (sight: SystemSight) => Promise<T>): Promise<T> =>
    system('client', async (sight) => {
      sight.trace({ requestId, userId, clientId, deed: `${deed} API key` });
      return body(sight);
    });
  return {
    list: (window) => pass('list', (sight) => keys.listApiKeys(sight, userId, window)),
    get: (id) => pass('read', (sight) => keys.getApiKey(sight, userId, id)),
    make: (label) =>
      pass('make', async (sight) => {
        // A key that leaks must not be able to outlive its own deletion.
        if (await keys.isProgram(sight, clientId)) return undefined;
        return makeKey(sight, principal, label, clock());
      }),
    label: (id, label) =>
      pass('label', async (sight) => {
        if (label !== undefined) await keys.labelApiKey(sight, userId, { id, label, at: clock() });
        return keys.getApiKey(sight, userId, id);
      }),
    remove: (id) =>
      pass('delete', async (sight) => {
        if (!(await keys.removeApiKey(sight, userId, id))) return false;
        // The tokens that it got are out there.
        await endTokens(sight, id);
        return true;
      }),
  };
}

async function makeKey(sight: SystemSight, principal: Principal, label: string, at: Date) {
  const clientId = randomText(CLIENT_ID_LENGTH);
  const secret = randomText(SECRET_LENGTH);
  const key = Buffer.from(`${clientId}:${secret}`).toString('base64');
  const stamp = at.toISOString().replace(/\D/g, '').slice(0, 14);
  const row = await keys.addApiKey(sight, {
    userId: principal.userId,
    clientId,
    name: `${keys.API_KEY_NAME}${principal.practitionerId}_${stamp}`,
    label,
    keyPrefix: key.slice(0, PREFIX_LENGTH),
    secretHash: hashClientSecret(secret),
    scopes: KEY_SCOPES,
    at,
  });
  return { row, key };
}

const randomText = (length: number) =>
  Array.from({ length }, () => ALPHABET[randomInt(ALPHABET.length)]).join('');
