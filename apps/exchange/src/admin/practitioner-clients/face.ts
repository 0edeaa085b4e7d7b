/** `/api/v1/practitioner_clients` (3.5): keys with which a practitioner's own programs act for them. */
import { clientRevocation } from '../../authorization/access-token.ts';
import { oauthFace } from '../../authorization/face.ts';
import type { Parts } from '../../authorization/parts.ts';
import type { Revocations } from '../../authorization/revocations.ts';
import { grantsFor, type InteractionLetter, type Principal } from '../../domain/principal.ts';
import { Refusal } from '../../domain/refusal.ts';
import type { Call, Face, GuardedRoute } from '../../face.ts';
import { type ApiKeys, apiKeysOf } from '../../identity/api-keys.ts';
import { keyId, noSuchKey, presentApiKey, presentKeys, readLabel, readWindow } from './wire.ts';

const PATH = '/api/v1/practitioner_clients';
const NOT_YOURS = 'Only practitioner users can manage practitioner clients.';

/** The routes of API keys. The trail says who made, changed and deleted which one. */
export function practitionerClientFace(
  { config, system, clock }: Pick<Parts, 'config' | 'system' | 'clock'>,
  revocations: Pick<Revocations, 'add'>,
): Face {
  const path = `${PATH}/:id`;
  const means = {
    system,
    clock,
    endTokens: (sight: Parameters<Revocations['add']>[0], id: number) =>
      revocations.add(sight, clientRevocation(id)),
  };
  /** The keys of whoever asks, when their token reaches so far. */
  const own = (
    { requestId }: Pick<Call, 'requestId'>,
    principal: Principal,
    letter: InteractionLetter,
  ): ApiKeys => {
    if (principal.practitionerId === null) throw new Refusal('forbidden', NOT_YOURS);
    if (!grantsFor(principal, 'Basic', letter).some(({ context }) => context === 'user')) throw tooNarrow();
    return apiKeysOf(means, principal, requestId);
  };
  const routes: GuardedRoute[] = [
    {
      method: 'GET',
      path: PATH,
      caller: 'practitioner',
      handle: async (call, principal) => {
        const window = readWindow(call);
        return { body: presentKeys(config, call, window, await own(call, principal, 's').list(window)) };
      },
    },
    {
      method: 'GET',
      path,
      caller: 'practitioner',
      handle: async (call, principal) => {
        const row = await own(call, principal, 'r').get(keyId(call));
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
        const made = await own(call, principal, 'c').make(label);
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
        const row = await own(call, principal, 'u').label(id, readLabel(call.body));
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
        if (!(await own(call, principal, 'd').remove(keyId(call)))) throw noSuchKey();
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
