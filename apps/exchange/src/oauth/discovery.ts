/** Documents by which clients find their way. They say what works, and nothing else. */
import type { Config } from '../config.ts';
import type { Answer, OpenRoute } from '../face.ts';
import { issuerOf } from './access-token.ts';
import { OPEN_CORS } from './mount.ts';
import { ROUTES } from './provider.ts';
import { IDENTITY_SCOPES } from './scopes.ts';

const endpoint = (config: Config, name: keyof typeof ROUTES) => `${issuerOf(config)}${ROUTES[name]}`;

/** Facts that both documents share. */
function endpoints(config: Config) {
  return {
    issuer: issuerOf(config),
    authorization_endpoint: endpoint(config, 'authorization'),
    token_endpoint: endpoint(config, 'token'),
    jwks_uri: endpoint(config, 'jwks'),
    revocation_endpoint: endpoint(config, 'revocation'),
    introspection_endpoint: endpoint(config, 'introspection'),
    grant_types_supported: ['authorization_code', 'refresh_token'],
    response_types_supported: ['code'],
    code_challenge_methods_supported: ['S256'],
    token_endpoint_auth_methods_supported: ['none', 'client_secret_basic', 'client_secret_post'],
  };
}

/** OpenID Connect Discovery 1.0, section 3: the same facts as the provider's own document states. */
export function openidConfiguration(config: Config) {
  return {
    ...endpoints(config),
    userinfo_endpoint: endpoint(config, 'userinfo'),
    end_session_endpoint: endpoint(config, 'end_session'),
    scopes_supported: [...IDENTITY_SCOPES],
    subject_types_supported: ['public'],
    id_token_signing_alg_values_supported: ['RS256'],
  };
}

/** SMART App Launch 2.2, section 3.1. */
export function smartConfiguration(config: Config) {
  return {
    ...endpoints(config),
    scopes_supported: [
      ...IDENTITY_SCOPES,
      'patient/*.cruds',
      'user/*.cruds',
      'patient/*.read',
      'user/*.read',
    ],
    capabilities: [
      'launch-standalone',
      'client-public',
      'client-confidential-symmetric',
      'sso-openid-connect',
      'permission-offline',
      'permission-online',
      'permission-patient',
      'permission-user',
      'permission-v1',
      'permission-v2',
    ],
  };
}

export function discoveryRoutes(config: Config): OpenRoute[] {
  const openid = openidConfiguration(config);
  const smart = smartConfiguration(config);
  const serve = (path: string, document: object): OpenRoute => ({
    method: 'GET',
    path,
    caller: 'anyone',
    handle: async (): Promise<Answer> => ({
      headers: { ...OPEN_CORS, 'cache-control': 'public, max-age=3600' },
      body: document,
    }),
  });
  return [
    serve('/.well-known/openid-configuration', openid),
    serve('/.well-known/smart-configuration', smart),
    ...['/FHIR/R5', '/fhir/r5'].flatMap((base) => [
      serve(`${base}/.well-known/smart-configuration`, smart),
      serve(`${base}/.well-known/openid-configuration`, openid),
    ]),
  ];
}
