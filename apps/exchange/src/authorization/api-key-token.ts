/**
 * An API key as a bearer token: for a notebook that is given one text at its start and has nothing to get another with.
 * It says what a token says that was got with the key, is looked up with every request, and so ends with the key at once.
 */
import type { System } from '../access/system.ts';
import type { TokenFacts } from '../app.ts';
import { matchesClientSecret } from '../domain/client-secret.ts';
import { PROGRAM } from '../domain/principal.ts';
import { findApiKey } from '../store/oauth-api-keys.ts';
import { toGrants } from './scopes.ts';

/** `client_id:secret` in base64, as it is shown when it is made; access tokens have dots. */
const ENCODED = /^[A-Za-z0-9+/]{66}={0,2}$/;
const KEY = /^([A-Za-z0-9]{16}):([A-Za-z0-9]{32})$/;

/** Whether a bearer token looks like an API key, and is to be read as one. */
export const looksLikeApiKey = (token: string): boolean => ENCODED.test(token);

/** Returns a check of API keys; null for what is none, has another secret, or is not there any more. */
export function createApiKeyReader(system: System): (token: string) => Promise<TokenFacts | null> {
  return async (token) => {
    const [, clientId, secret] = KEY.exec(Buffer.from(token, 'base64').toString('latin1')) ?? [];
    if (clientId === undefined || secret === undefined) return null;
    const key = await system('api-key', (sight) => findApiKey(sight, clientId));
    if (!key || !matchesClientSecret(key.secretHash, secret)) return null;
    return { userId: key.ownerUserId, clientId, grants: toGrants(key.scopes, '', true), session: PROGRAM };
  };
}
