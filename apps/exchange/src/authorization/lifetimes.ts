/** How long things last, in seconds. A client can be registered with lifetimes of its own. */
import type { Configuration } from 'oidc-provider';
import { ACCESS_TOKEN_SECONDS } from './access-token.ts';

const MINUTE = 60;
const DAY = 24 * 60 * MINUTE;
/** A refresh token that is not used for so long is forgotten; after `GRANT_SECONDS` one signs in again. */
const REFRESH_TOKEN_SECONDS = 90 * DAY;
const GRANT_SECONDS = 365 * DAY;
const SESSION_SECONDS = 14 * DAY;

/** The client's own lifetimes, as they stand in its metadata. */
export const CLIENT_LIFETIMES = ['access_token_seconds', 'refresh_token_seconds'] as const;

type Client = Partial<Record<string, unknown>>;

const secondsOf = (
  client: Client | undefined,
  name: (typeof CLIENT_LIFETIMES)[number],
  otherwise: number,
) => {
  const own = client?.[name];
  return typeof own === 'number' ? own : otherwise;
};

/** How long an access token of this client is good for. */
export const accessTokenSeconds = (client: Client | undefined): number =>
  secondsOf(client, 'access_token_seconds', ACCESS_TOKEN_SECONDS);

/** SMART Backend Services 2.2, section 2.2.4: a program that signs for itself asks again after five minutes. */
const BACKEND_TOKEN_SECONDS = 5 * MINUTE;

/** How long an access token of a program on its own is good for. */
export const programTokenSeconds = (client: Client | undefined): number =>
  secondsOf(
    client,
    'access_token_seconds',
    client?.clientAuthMethod === 'private_key_jwt' ? BACKEND_TOKEN_SECONDS : ACCESS_TOKEN_SECONDS,
  );

/** The provider's setting `ttl`. */
export const LIFETIMES: NonNullable<Configuration['ttl']> = {
  AccessToken: (_ctx, _token, client) => accessTokenSeconds(client),
  ClientCredentials: (_ctx, _token, client) => programTokenSeconds(client),
  AuthorizationCode: MINUTE,
  IdToken: 10 * 60 * MINUTE,
  RefreshToken: (_ctx, _token, client) => secondsOf(client, 'refresh_token_seconds', REFRESH_TOKEN_SECONDS),
  Grant: GRANT_SECONDS,
  Session: SESSION_SECONDS,
  Interaction: 60 * MINUTE,
};
