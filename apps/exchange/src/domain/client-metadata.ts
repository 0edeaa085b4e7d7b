/** What may be registered of a client (RFC 7591): by itself over the network, or by an operator. */
import { z } from 'zod';

const MOST_ADDRESSES = 10;
const LOCAL = new Set(['localhost', '127.0.0.1', '[::1]']);
/** Schemes that run a program in the browser or read its files are no app's own scheme. */
const FORBIDDEN_SCHEMES = new Set([
  'javascript:',
  'data:',
  'vbscript:',
  'file:',
  'blob:',
  'about:',
  'ws:',
  'wss:',
  'ftp:',
]);

/** An address of our own web or of an app: https, http on this computer, or an app's own scheme; nothing behind #. */
export function isSafeRedirect(text: string): boolean {
  if (text.length > 2000 || /[\s*\\]/.test(text) || !URL.canParse(text)) return false;
  const url = new URL(text);
  if (text.includes('#') || url.username !== '' || url.password !== '') return false;
  if (url.protocol === 'https:') return true;
  if (url.protocol === 'http:') return LOCAL.has(url.hostname);
  return !FORBIDDEN_SCHEMES.has(url.protocol);
}

/** Where a client's pages or keys are: https, or http on this computer. */
export const isWebAddress = (text: string): boolean => isSafeRedirect(text) && /^https?:/i.test(text);

/** An origin as browsers name it: scheme, host and port, nothing behind. */
export const isOrigin = (text: string): boolean =>
  isWebAddress(text) && new URL(text).origin === text.toLowerCase();

const FOR_PROGRAMS = ['authorization_code', 'refresh_token', 'client_credentials'] as const;

const redirects = z
  .array(z.string())
  .max(MOST_ADDRESSES, `at most ${MOST_ADDRESSES} addresses`)
  .refine(
    (uris) => uris.every(isSafeRedirect),
    "https, http on localhost, or an app's own scheme, without a fragment",
  );
const webAddress = z.string().refine(isWebAddress, 'an https address');

/** Public halves only, a few of them. */
const keySet = z
  .looseObject({ keys: z.array(z.record(z.string(), z.unknown())).min(1).max(10) })
  .refine(
    ({ keys }) => keys.every((key) => !('d' in key) && !('k' in key) && !('priv' in key)),
    'public keys only',
  );

/** What a client says of itself when it registers (RFC 7591, section 2); what is not known here is left out. */
export const registrationSchema = z
  .object({
    redirect_uris: redirects.default([]),
    post_logout_redirect_uris: redirects.default([]),
    token_endpoint_auth_method: z
      .enum(['none', 'client_secret_basic', 'client_secret_post', 'private_key_jwt'])
      .default('client_secret_basic'),
    grant_types: z.array(z.enum(FOR_PROGRAMS)).max(3).default(['authorization_code']),
    response_types: z.array(z.literal('code')).max(1).optional(),
    client_name: z.string().trim().min(1).max(200),
    client_uri: webAddress.optional(),
    logo_uri: webAddress.optional(),
    tos_uri: webAddress.optional(),
    policy_uri: webAddress.optional(),
    contacts: z.array(z.email().max(254)).max(5).default([]),
    scope: z.string().max(2000).optional(),
    jwks: keySet.optional(),
    jwks_uri: webAddress.optional(),
    software_id: z.string().max(200).optional(),
    software_version: z.string().max(200).optional(),
    dpop_bound_access_tokens: z.boolean().default(false),
  })
  .refine(({ jwks, jwks_uri }) => jwks === undefined || jwks_uri === undefined, {
    path: ['jwks_uri'],
    message: 'either keys or where they are, not both',
  })
  .refine(
    ({ token_endpoint_auth_method: method, jwks, jwks_uri }) =>
      method !== 'private_key_jwt' || jwks !== undefined || jwks_uri !== undefined,
    { path: ['jwks'], message: 'needed by private_key_jwt' },
  )
  .refine(
    ({ grant_types: grants, redirect_uris: uris }) =>
      !grants.includes('authorization_code') || uris.length > 0,
    {
      path: ['redirect_uris'],
      message: 'at least one address to return to',
    },
  )
  .refine(
    ({ grant_types: grants, token_endpoint_auth_method: method }) =>
      !grants.includes('client_credentials') || method !== 'none',
    { path: ['grant_types'], message: 'a public client cannot act on its own' },
  );

export type Registration = z.infer<typeof registrationSchema>;
