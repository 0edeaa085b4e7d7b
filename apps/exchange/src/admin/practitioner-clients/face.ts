/** `/api/v1/practitioner_clients` (3.5): keys with which a practitioner's own programs act for them. */
import { randomInt } from 'node:crypto';
import type { System, SystemSight } from '../../access/system.ts';
import type { Config } from '../../config.ts';
import { hashClientSecret } from '../../domain/client-secret.ts';
import { grantsFor, type InteractionLetter, type Principal } from '../../domain/principal.ts';
import { Refusal } from '../../domain/refusal.ts';
import type { Call, Face, GuardedRoute } from '../../face.ts';
import * as keys from '../../store/oauth-api-keys.ts';
import { clientRevocation } from '../../authorization/access-token.ts';
import { oauthFace } from '../../authorization/face.ts';
import type { Revocations } from '../../authorization/revocations.ts';
import { keyId, noSuchKey, presentApiKey, presentKeys, readLabel, readWindow } from './wire.ts';

type Means = Readonly<{
  config: Config;
  system: System;
  clock: () => Date;
  revocations: Pick<Revocations, 'add'>;
}>;

const PATH = '/api/v1/practitioner_clients';
const NOT_YOURS = 'Only practitioner users can manage practitioner clients.';
/** A key reaches as far as its owner does; a program may ask for less each time. */
const KEY_SCOPES = 'system/*.cruds';
const ALPHABET = 'ABCDEFGHIJKLMNOPQRSTUVWXYZabcdefghijklmnopqrstuvwxyz0123456789';
const CLIENT_ID_LENGTH = 16;
const SECRET_LENGTH = 32;
/** Of the key that is client_id and secret: it comes from the client_id alone. */
const PREFIX_LENGTH = 8;

/** The routes of API keys. The trail says who made, changed and deleted which one. */
export function apiKeyFace(means: Means): Face {
  const { config, system, clock } = means;
  const path = `${PATH}/:id`;
  /** Runs a deed of a practitioner in one transaction, traced under what it is called. */
  const pass = <T>(
    { requestId }: Pick<Call, 'requestId'>,
    principal: Principal,
    letter: InteractionLetter,
    deed: string,
    body: (sight: SystemSight) => Promise<T>,
  ): Promise<T> => {
    if (principal.practitionerId === null) throw new Refusal('forbidden', NOT_YOURS);
    if (!grantsFor(principal, 'Basic', letter).some(({ context }) => context === 'user')) throw tooNarrow();
    return system('client', async (sight) => {
      sight.trace({
        requestId,
        userId: principal.userId,
        clientId: principal.clientId,
        deed: `${deed} API key`,
      });
      return body(sight);
    });
  };
  const routes: GuardedRoute[] = [
    {
      method: 'GET',
      path: PATH,
      caller: 'practitioner',
      handle: async (call, principal) => {
        const window = readWindow(call);
        const found = await pass(call, principal, 's', 'list', (sight) =>
          keys.listApiKeys(sight, principal.userId, window),
        );
        return { body: presentKeys(config, call, window, found) };
      },
    },
    {
      method: 'GET',
      path,
      caller: 'practitioner',
      handle: async (call, principal) => {
        const row = await pass(call, principal, 'r', 'read', (sight) =>
          keys.getApiKey(sight, principal.userId, keyId(call)),
        );
        if (!row) throw noSuchKey();
        return { body: presentApiKey(row) };
      },
    },
    {
      method: 'POST',
      path: PATH,
      caller: 'practitioner',
      handle: async (call, principal) => {
        const label = readLabel(call.body) ?? '';
        if (!reachesAll(principal)) throw tooNarrow();
        // Whoever signed up with somebody else's address must not leave a key behind for when its owner comes.
        if (!principal.emailVerified) throw refusedScope('Confirm your e-mail address first.');
        const made = await pass(call, principal, 'c', 'make', async (sight) => {
          // A key that leaks must not be able to outlive its own deletion.
          if (await keys.isProgram(sight, principal.clientId)) return undefined;
          return makeKey(sight, principal, label, clock());
        });
        if (!made) throw refusedScope('A program cannot make API keys.');
        return { status: 201, body: presentApiKey(made.row, made.key) };
      },
    },
    {
      method: 'PATCH',
      path,
      caller: 'practitioner',
      handle: async (call, principal) => {
        const id = keyId(call);
        const label = readLabel(call.body);
        const row = await pass(call, principal, 'u', 'label', async (sight) => {
          if (label !== undefined)
            await keys.labelApiKey(sight, principal.userId, { id, label, at: clock() });
          return keys.getApiKey(sight, principal.userId, id);
        });
        if (!row) throw noSuchKey();
        return { body: presentApiKey(row) };
      },
    },
    {
      method: 'PUT',
      path,
      caller: 'practitioner',
      handle: async () => {
        throw new Refusal('not-allowed', 'Method "PUT" not allowed.');
      },
    },
    {
      method: 'DELETE',
      path,
      caller: 'practitioner',
      handle: async (call, principal) => {
        const isRemoved = await pass(call, principal, 'd', 'delete', async (sight) => {
          const id = keyId(call);
          if (!(await keys.removeApiKey(sight, principal.userId, id))) return false;
          // The tokens that it got are out there, and end with it: here at once.
          await means.revocations.add(sight, clientRevocation(id));
          return true;
        });
        if (!isRemoved) throw noSuchKey();
        return { status: 204 };
      },
    },
  ];
  const { refuse } = oauthFace([]);
  return {
    name: 'api-keys',
    routes,
    refuse(refusal, call) {
      const { status } = refuse(refusal, call);
      const { code, path: field, message } = refusal;
      if (code === 'invalid')
        return { status: 400, body: field === undefined ? [message] : { [field]: [message] } };
      // The door says the same of every route; of these the contract has words of its own.
      const atTheDoor = code === 'forbidden' && field === undefined;
      return { status: status ?? 500, body: { detail: atTheDoor ? NOT_YOURS : message } };
    },
  };
}

/** A key reaches as far as a person: so only whoever may act as that person without limits makes one. */
const reachesAll = ({ grants }: Principal) =>
  grants.some(
    ({ context, type, letters, codes }) =>
      context === 'user' &&
      type === '*' &&
      codes === undefined &&
      [...'cruds'].every((l) => letters.includes(l)),
  );

const refusedScope = (message: string) => new Refusal('forbidden', message, { path: 'scope' });
const tooNarrow = () => refusedScope("The token's scopes do not allow this.");

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
