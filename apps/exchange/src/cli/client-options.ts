import { readFile } from 'node:fs/promises';
import { parseScopes } from '@jhe/smart';
import { isOrigin, isSafeRedirect, isWebAddress } from '../domain/client-metadata.ts';
import { IDENTITY_SCOPES } from '../domain/identity-scopes.ts';
import type { NewClient } from '../store/oauth-client-registrations.ts';
import { readOptions } from './options.ts';
import { UsageError } from './usage.ts';

export const ADD_HELP = `Usage: jhe client add --id <client id> --name <name> [options]

Registers an application: a hub, a patients' app, a program. It is approved with that.

  --redirect <address>            where people return to after signing in; may be given up to ten times
  --post-logout-redirect <address>  where they may return to after signing out; may be given up to ten times
  --confidential                  it keeps a secret: makes one and shows it this once
  --jwks <file> | --jwks-uri <address>  it signs for itself with keys; needs --confidential, has no secret
  --scopes "<scopes>"             what it gets when it asks for nothing, as in "openid user/*.rs"
  --grant authorization_code|client_credentials  what it may do; may be given twice. Default: authorization_code
  --owner <e-mail>                who answers for it; needed by client_credentials
  --origin <origin>               whose scripts may call the API, as in https://app.example.org; up to ten times
  --launch-uri <address>          where its launches begin (SMART App Launch)
  --skip-approval                 people are not asked whether it may act for them: only for what is your own
  --may-exchange-tokens           it may exchange tokens of trusted issuers; needs --confidential
  --require-dpop                  its tokens must be bound to a key (RFC 9449)
  --access-token-seconds <60 to 86400>      default: 3600
  --refresh-token-seconds <300 to 31536000> default: 90 days
`;

const OPTIONS = {
  id: { type: 'string' },
  name: { type: 'string' },
  redirect: { type: 'string', multiple: true },
  'post-logout-redirect': { type: 'string', multiple: true },
  confidential: { type: 'boolean' },
  jwks: { type: 'string' },
  'jwks-uri': { type: 'string' },
  scopes: { type: 'string' },
  grant: { type: 'string', multiple: true },
  owner: { type: 'string' },
  origin: { type: 'string', multiple: true },
  'launch-uri': { type: 'string' },
  'skip-approval': { type: 'boolean' },
  'may-exchange-tokens': { type: 'boolean' },
  'require-dpop': { type: 'boolean' },
  'access-token-seconds': { type: 'string' },
  'refresh-token-seconds': { type: 'string' },
} as const;

const IDENTITY: ReadonlySet<string> = new Set(IDENTITY_SCOPES);
const MOST_ADDRESSES = 10;

/** What is to be registered, before it has an owner's id and a secret. Refuses with the option's name. */
export type ClientOptions = Readonly<{
  client: Omit<NewClient, 'ownerUserId' | 'clientSecret' | 'secretPrefix' | 'approvedAt' | 'registration'>;
  ownerEmail: string | undefined;
  needsSecret: boolean;
}>;

/** Reads and checks the options of `jhe client add`. */
export async function readClientOptions(args: readonly string[]): Promise<ClientOptions> {
  const { values } = readOptions(args, { options: OPTIONS, words: 0, help: ADD_HELP });
  const clientId = values.id ?? '';
  check(
    /^[\x21-\x7e]{3,255}$/.test(clientId),
    '--id',
    'needed: 3 to 255 printable characters without spaces',
  );
  const name = values.name?.trim() ?? '';
  check(name !== '', '--name', 'needed: what people will read');
  const redirectUris = addresses('--redirect', values.redirect, isSafeRedirect);
  const grantTypes = values.grant ?? ['authorization_code'];
  const known = ['authorization_code', 'client_credentials'];
  check(
    grantTypes.every((grant) => known.includes(grant)),
    '--grant',
    `one of ${known.join(', ')}`,
  );
  const usesCode = grantTypes.includes('authorization_code');
  check(!usesCode || redirectUris.length > 0, '--redirect', 'needed: where people return to');
  const isConfidential = values.confidential === true;
  const isBackend = grantTypes.includes('client_credentials');
  check(!isBackend || isConfidential, '--confidential', 'needed by --grant client_credentials');
  check(!isBackend || values.owner !== undefined, '--owner', 'needed by --grant client_credentials');
  check(values.jwks === undefined || values['jwks-uri'] === undefined, '--jwks-uri', 'either this or --jwks');
  const signs = values.jwks !== undefined || values['jwks-uri'] !== undefined;
  check(!signs || isConfidential, '--confidential', 'needed by --jwks and --jwks-uri');
  check(
    !values['may-exchange-tokens'] || isConfidential,
    '--confidential',
    'needed by --may-exchange-tokens',
  );
  check(
    !(values['may-exchange-tokens'] && values['require-dpop']),
    '--require-dpop',
    'not with --may-exchange-tokens: tokens that are exchanged are bound to no key',
  );
  const defaultScopes = readScopes(values.scopes);
  return {
    ownerEmail: values.owner,
    needsSecret: isConfidential && !signs,
    client: {
      clientId,
      name,
      clientType: isConfidential ? 'confidential' : 'public',
      grantTypes: usesCode ? [...new Set([...grantTypes, 'refresh_token'])] : grantTypes,
      redirectUris,
      postLogoutRedirectUris: addresses(
        '--post-logout-redirect',
        values['post-logout-redirect'],
        isSafeRedirect,
      ),
      allowedOrigins: addresses('--origin', values.origin, isOrigin),
      skipAuthorization: values['skip-approval'] === true,
      defaultScopes,
      jwks: values.jwks === undefined ? null : await readKeys(values.jwks),
      jwksUri: address('--jwks-uri', values['jwks-uri']),
      launchUri: address('--launch-uri', values['launch-uri']),
      mayExchangeTokens: values['may-exchange-tokens'] === true,
      accessTokenSeconds: seconds('--access-token-seconds', values['access-token-seconds'], 60, 86_400),
      refreshTokenSeconds: seconds(
        '--refresh-token-seconds',
        values['refresh-token-seconds'],
        300,
        31_536_000,
      ),
      requiresDpop: values['require-dpop'] === true,
      contacts: [],
      registeredFrom: null,
    },
  };
}

/** The value of `--scopes` with single spaces. Refuses a scope that nobody understands. */
export function readScopes(text = ''): string {
  const words = text.split(/\s+/).filter(Boolean);
  for (const word of words) {
    const isKnown = IDENTITY.has(word) || parseScopes(word).resourceScopes.length === 1;
    check(isKnown, '--scopes', `nobody understands ${word}`);
  }
  return words.join(' ');
}

function check(isGood: boolean, option: string, message: string): void {
  if (!isGood) throw new UsageError(`${option}: ${message}.`);
}

function addresses(
  option: string,
  given: readonly string[] | undefined,
  isGood: (text: string) => boolean,
): string[] {
  const list = [...new Set(given ?? [])];
  check(list.length <= MOST_ADDRESSES, option, `at most ${MOST_ADDRESSES} of them`);
  for (const text of list)
    check(isGood(text), option, `${text} cannot be used: https, or http on localhost, nothing behind #`);
  return list;
}

function address(option: string, given: string | undefined): string | null {
  if (given === undefined) return null;
  check(isWebAddress(given), option, 'an https address, or http on localhost');
  return given;
}

function seconds(option: string, given: string | undefined, least: number, most: number): number | null {
  if (given === undefined) return null;
  const value = Number(given);
  check(
    Number.isInteger(value) && value >= least && value <= most,
    option,
    `a number from ${least} to ${most}`,
  );
  return value;
}

/** A JSON Web Key Set from a file. Private halves are refused: they have no business here. */
async function readKeys(file: string): Promise<object> {
  const text = await readFile(file, 'utf8').catch(() => undefined);
  check(text !== undefined, '--jwks', 'the file cannot be read');
  let set: { keys?: unknown } = {};
  try {
    set = JSON.parse(text ?? '') as typeof set;
  } catch {
    check(false, '--jwks', 'the file is not JSON');
  }
  const keys = Array.isArray(set.keys) ? (set.keys as Record<string, unknown>[]) : [];
  check(
    keys.length > 0 && keys.length <= 10,
    '--jwks',
    'the file must hold {"keys": [...]}, one to ten of them',
  );
  check(
    keys.every((key) => !('d' in key) && !('k' in key)),
    '--jwks',
    'public keys only',
  );
  return { keys };
}
