/** `/api/v1/client_registrations`: the clients that registered themselves and wait for a superuser to look at them. */
import { z } from 'zod';
import type { Parts } from '../../authorization/parts.ts';
import { backendScopes, knownScopes } from '../../authorization/scopes.ts';
import { type InteractionLetter, type Principal, reach } from '../../domain/principal.ts';
import { forbidden, invalid, notFound } from '../../domain/refusal.ts';
import type { Call, GuardedRoute } from '../../face.ts';
import {
  approveClient,
  listWaiting,
  refuseClient,
  type WaitingClient,
} from '../../store/oauth-client-registrations.ts';

const PATH = '/api/v1/client_registrations';
const NOUN = 'ClientRegistration';
const approvalSchema = z.object({ defaultScopes: z.string().max(2000).default('') });

/** Deciding about clients takes a token that reaches as far as the person, like every deed of the Admin API. */
function requireGrant(principal: Principal, letter: InteractionLetter): void {
  if (reach(principal, 'Basic', letter) !== 'all') {
    throw forbidden("The token's scopes do not allow to decide about clients.");
  }
}

/** Lists, approves (with the default scopes that the approver gives, none otherwise) and refuses. Each is in the trail. */
export function registrationRoutes({ system, clock }: Pick<Parts, 'system' | 'clock'>): GuardedRoute[] {
  return [
    {
      method: 'GET',
      path: PATH,
      caller: 'superuser',
      handle: async (call, principal) => {
        requireGrant(principal, 's');
        const { userId } = principal;
        const rows = await system('client', async (sight) => {
          sight.trace({ requestId: call.requestId, userId, deed: 'list registrations' });
          return listWaiting(sight);
        });
        return { body: rows.map(present) };
      },
    },
    {
      method: 'POST',
      path: `${PATH}/:id/approve`,
      caller: 'superuser',
      handle: async (call, principal) => {
        requireGrant(principal, 'u');
        const { userId } = principal;
        const id = pathId(call);
        const body = approvalSchema.safeParse(call.body ?? {});
        if (!body.success) throw invalid('defaultScopes', 'Not a valid string.');
        const defaultScopes = keptScopes(body.data.defaultScopes);
        const clientId = await system('client', async (sight) => {
          sight.trace({ requestId: call.requestId, userId, deed: 'approve' });
          const approved = await approveClient(sight, { id }, { defaultScopes, ownerUserId: null }, clock());
          sight.trace(approved === undefined ? { outcome: 'refused' } : { clientId: approved });
          return approved;
        });
        if (clientId === undefined) throw notFound(NOUN);
        return { body: { id, clientId, defaultScopes } };
      },
    },
    {
      method: 'DELETE',
      path: `${PATH}/:id`,
      caller: 'superuser',
      handle: async (call, principal) => {
        requireGrant(principal, 'd');
        const { userId } = principal;
        const id = pathId(call);
        const clientId = await system('client', async (sight) => {
          sight.trace({ requestId: call.requestId, userId, deed: 'refuse' });
          const refused = await refuseClient(sight, { id });
          sight.trace(refused === undefined ? { outcome: 'refused' } : { clientId: refused });
          return refused;
        });
        if (clientId === undefined) throw notFound(NOUN);
        return { status: 204 };
      },
    },
  ];
}

function pathId({ params: { id = '' } }: Call): number {
  if (!/^\d{1,15}$/.test(id)) throw notFound(NOUN);
  return Number(id);
}

/** The scopes that grant something here; whoever names another is told, so that nobody approves what does nothing. */
function keptScopes(text: string): string {
  const asked = text.split(/\s+/).filter(Boolean);
  const known = new Set([...knownScopes(text), ...backendScopes(text)]);
  if (!asked.every((word) => known.has(word)))
    throw invalid('defaultScopes', 'Contains a scope that is not served.');
  return asked.join(' ');
}

/** For the person who decides: who it says it is, where it would send people, and what it wishes for. */
function present(client: WaitingClient) {
  const said = client.registration ?? {};
  const text = (name: string) => (typeof said[name] === 'string' ? said[name] : null);
  return {
    id: client.id,
    clientId: client.clientId,
    name: client.name,
    clientType: client.clientType,
    grantTypes: client.grantTypes,
    redirectUris: client.redirectUris,
    contacts: client.contacts,
    clientUri: text('client_uri'),
    wishedScopes: text('scope') ?? '',
    registeredAt: client.createdAt.toISOString(),
  };
}
