/** What a token exchange asks for (RFC 8693, section 2.1), and how it is refused. */
import { errors } from 'oidc-provider';
import type { Config } from '../../config.ts';

/** How the clients are called that stand for every app of an issuer, and are registered nowhere. */
export const ISSUER_APP = 'ehr-app:';
/** The grant type of RFC 8693. */
export const TOKEN_EXCHANGE = 'urn:ietf:params:oauth:grant-type:token-exchange';
/** The type of what is given out. */
export const ACCESS_TOKEN_TYPE = 'urn:ietf:params:oauth:token-type:access_token';
const ID_TOKEN_TYPE = 'urn:ietf:params:oauth:token-type:id_token';

/** The parameters that are read; the grant takes these and no others. */
export const PARAMETERS = [
  'audience',
  'requested_token_type',
  'subject_token_type',
  'subject_token',
  'scope',
  'iss',
] as const;

/** All that must be there, in the order in which it is missed. */
const REQUIRED = [
  'audience',
  'requested_token_type',
  'subject_token_type',
  'subject_token',
  'grant_type',
] as const;

export type ExchangeRequest = Readonly<{
  kind: 'id_token' | 'access_token';
  subjectToken: string;
  /** The issuer as the client names it; it counts for access tokens only, which do not name theirs. */
  issuer: string | undefined;
}>;

/** A refusal at the token endpoint: an error code of RFC 6749 or RFC 8693, and a sentence for people. */
export class ExchangeFault extends errors.OIDCProviderError {
  constructor(status: number, error: string, description: string) {
    super(status, error);
    this.error_description = description;
    // The sentence is made for whoever called, also where the fault is ours or the other server's.
    this.expose = true;
  }
}

/**
 * Reads the parameters. Refuses with 400 what is missing or of another kind, each by its name. An access token is taken
 * only where `mayBeAccessToken` says so: it proves less than an ID token does.
 */
export function readExchange(
  form: Readonly<Record<string, unknown>>,
  config: Pick<Config, 'siteUrl'>,
  mayBeAccessToken: boolean,
): ExchangeRequest {
  const text = (name: string) => {
    const value = form[name];
    return typeof value === 'string' ? value : '';
  };
  for (const name of REQUIRED) {
    if (text(name) === '')
      throw new ExchangeFault(400, 'invalid_request', `Missing required argument: ${name}`);
  }
  if (text('grant_type') !== TOKEN_EXCHANGE) throw unsupported('unsupported_grant_type', 'grant_type');
  const kind =
    text('subject_token_type') === ID_TOKEN_TYPE
      ? 'id_token'
      : mayBeAccessToken && text('subject_token_type') === ACCESS_TOKEN_TYPE
        ? 'access_token'
        : undefined;
  if (kind === undefined) throw unsupported('invalid_request', 'subject_token_type');
  if (text('requested_token_type') !== ACCESS_TOKEN_TYPE)
    throw unsupported('invalid_request', 'requested_token_type');
  if (text('audience').replace(/\/$/, '') !== config.siteUrl) throw unsupported('invalid_target', 'audience');
  if ((text('scope') || 'openid') !== 'openid') throw unsupported('invalid_scope', 'scope');
  return { kind, subjectToken: text('subject_token'), issuer: text('iss') || undefined };
}

const unsupported = (error: string, name: string) => new ExchangeFault(400, error, `Unsupported ${name}`);
