/**
 * oidc-provider's storage on PostgreSQL: what opens something is kept by its hash (at-rest.ts). Within
 * `storage.within(sight, body)` everything the provider stores goes into that transaction; otherwise each call is a
 * transaction of its own.
 */
import { AsyncLocalStorage } from 'node:async_hooks';
import { type Adapter, type AdapterPayload, type ClientMetadata, errors, type JWKS } from 'oidc-provider';
import type { System, SystemSight } from '../access/system.ts';
import { findRegisteredClient, holdClient, type RegisteredClient } from '../store/oauth-clients.ts';
import * as models from '../store/oauth-models.ts';
import { fromStored, notAllowed, storedId, toStored, withoutId } from './at-rest.ts';
import type { Revocations } from './revocations.ts';
import { ISSUER_APP, TOKEN_EXCHANGE } from './token-exchange/request.ts';

export type Storage = Readonly<{
  adapter(model: string): Adapter;
  within<T>(sight: SystemSight, body: () => Promise<T>): Promise<T>;
}>;

const PURGE_EVERY_MS = 10 * 60 * 1000;
/** Expired rows stay for a day, so that a replayed code is still recognised in the log. */
const PURGE_AFTER_MS = 24 * 60 * 60 * 1000;

/** What lets a client get tokens: nothing of it is stored for one that is being removed, and left for whoever takes its name. */
const LASTING: ReadonlySet<string> = new Set(['Grant', 'AuthorizationCode', 'RefreshToken']);
const isThere = (sight: SystemSight, clientId: string) =>
  clientId.startsWith(ISSUER_APP) ? true : holdClient(sight, clientId);

/** `keysOf`: the keys that a client signs with; nothing for those with a secret. */
export function openStorage(
  system: System,
  clock: () => Date,
  revocations: Revocations,
  keysOf: (client: RegisteredClient) => Promise<JWKS | undefined>,
): Storage {
  const current = new AsyncLocalStorage<SystemSight>();
  const run = async <T>(body: (sight: SystemSight) => Promise<T>): Promise<T> => {
    const sight = current.getStore();
    try {
      return await (sight ? body(sight) : system('token', body));
    } catch (error) {
      // PostgreSQL keeps no NUL in text (22021) nor in JSON (22P05): it came with the request.
      if (!['22021', '22P05'].includes((error as { code?: string }).code ?? '')) throw error;
      throw notAllowed();
    }
  };
  let purgedAt = clock().getTime();
  const purgeSometimes = (sight: SystemSight) => {
    const now = clock().getTime();
    if (now - purgedAt < PURGE_EVERY_MS) return Promise.resolve();
    purgedAt = now;
    return models.purgeModels(sight, new Date(now - PURGE_AFTER_MS));
  };

  function stored(model: string): Adapter {
    return {
      upsert(id, payload, expiresIn) {
        const expiresAt = expiresIn ? new Date(clock().getTime() + expiresIn * 1000) : null;
        const { grantId = null, uid = null } = payload;
        return run(async (sight) => {
          if (LASTING.has(model) && !(await isThere(sight, payload.clientId ?? ''))) {
            throw new errors.InvalidClient('client not found');
          }
          const row = { model, id: storedId(model, id), payload: toStored(model, id, payload) };
          await models.upsertModel(sight, { ...row, grantId, uid, expiresAt });
          await purgeSometimes(sight);
        });
      },
      find: (id) =>
        run(async (sight) => {
          const row = await models.findModel(sight, model, storedId(model, id), clock());
          return row && { ...fromStored(model, id, row.payload), ...consumption(row) };
        }),
      findByUid: (uid) =>
        run(async (sight) => {
          const row = await models.findModelByUid(sight, model, uid, clock());
          return row && { ...withoutId(row.payload), ...consumption(row) };
        }),
      findByUserCode: async () => undefined,
      async consume(id) {
        const first = await run((sight) => models.consumeModel(sight, model, storedId(model, id), clock()));
        if (!first) throw new errors.InvalidGrant('already used');
      },
      destroy: (id) =>
        run(async (sight) => {
          await models.destroyModel(sight, model, storedId(model, id));
          // Access tokens of the grant are out there and end with it.
          if (model === 'Grant') await revocations.add(sight, id);
        }),
      revokeByGrantId: (grantId) => run((sight) => models.destroyModelsOfGrant(sight, model, grantId)),
    };
  }

  const refuse = () => Promise.reject(new Error('clients are registered through the Admin API'));
  const clients: Adapter = {
    async find(id) {
      const client = await run((sight) => findRegisteredClient(sight, id));
      return client && toMetadata(client, await keysOf(client));
    },
    findByUid: async () => undefined,
    findByUserCode: async () => undefined,
    upsert: refuse,
    consume: refuse,
    destroy: refuse,
    revokeByGrantId: refuse,
  };

  return {
    adapter: (model) => (model === 'Client' ? clients : stored(model)),
    within: (sight, body) => current.run(sight, body),
  };
}

const consumption = ({ consumedAt }: models.StoredModel): AdapterPayload =>
  consumedAt ? { consumed: Math.floor(consumedAt.getTime() / 1000) } : {};

const SERVED_GRANTS = ['authorization_code', 'refresh_token', 'client_credentials'];

/**
 * A row as client metadata of RFC 7591; of its grant types only those that are served. A client that has keys signs for
 * itself, and a secret of it is none any more. A public client proves nothing, so that it cannot act on its own.
 */
function toMetadata(client: RegisteredClient, jwks: JWKS | undefined): AdapterPayload {
  const grantTypes = client.grantTypes
    .map((name) => name.replaceAll('-', '_'))
    .filter((name) => SERVED_GRANTS.includes(name));
  const usesCode = grantTypes.includes('authorization_code') && client.redirectUris.length > 0;
  const isPublic = client.clientType === 'public';
  const signs = !isPublic && jwks !== undefined;
  const metadata: ClientMetadata = {
    client_id: client.clientId,
    client_name: client.name,
    ...(isPublic || signs || client.clientSecret === null ? {} : { client_secret: client.clientSecret }),
    ...(signs ? { jwks } : {}),
    token_endpoint_auth_method: isPublic ? 'none' : signs ? 'private_key_jwt' : 'client_secret_basic',
    application_type: client.redirectUris.every((uri) => /^https?:/.test(uri)) ? 'web' : 'native',
    redirect_uris: usesCode ? client.redirectUris : [],
    post_logout_redirect_uris: client.postLogoutRedirectUris,
    grant_types: [
      ...(usesCode ? ['authorization_code', 'refresh_token'] : []),
      ...(!isPublic && grantTypes.includes('client_credentials') ? ['client_credentials'] : []),
      ...(!isPublic && client.mayExchangeTokens ? [TOKEN_EXCHANGE] : []),
    ],
    response_types: usesCode ? ['code'] : [],
    skip_authorization: client.skipAuthorization,
    default_scopes: client.defaultScopes,
    registration: client.id,
    ...(client.requiresDpop ? { dpop_bound_access_tokens: true } : {}),
    ...(client.accessTokenSeconds === null ? {} : { access_token_seconds: client.accessTokenSeconds }),
    ...(client.refreshTokenSeconds === null ? {} : { refresh_token_seconds: client.refreshTokenSeconds }),
    ...(client.ownerUserId === null ? {} : { owner_user_id: client.ownerUserId }),
    ...(client.allowReusedAssertions ? { allow_reused_assertions: true } : {}),
  };
  return metadata as AdapterPayload;
}
