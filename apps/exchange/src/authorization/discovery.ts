/** Documents by which clients find their way. They say what works, and nothing else. */
import type { Config } from '../config.ts';
import { PROOF_ALGORITHMS } from '../domain/challenge.ts';
import { IDENTITY_SCOPES } from '../domain/identity-scopes.ts';
import type { Answer, OpenRoute } from '../face.ts';
import { issuerOf } from './access-token.ts';
import { ASSERTION_ALGORITHMS } from './client-assertions.ts';
import { OPEN_CORS } from './mount.ts';
import { protectedResources } from './protected-resources.ts';
import { ROUTES } from './provider.ts';
import { TOKEN_EXCHANGE } from './token-exchange/request.ts';

/** The public address of an endpoint. */
export const endpoint = (config: Config, name: keyof typeof ROUTES) => `${issuerOf(config)}${ROUTES[name]}`;

/** Facts that both documents share. */
function endpoints(config: Config) {
  return {
    issuer: issuerOf(config),
    authorization_endpoint: endpoint(config, 'authorization'),
    token_endpoint: endpoint(config, 'token'),
    jwks_uri: endpoint(config, 'jwks'),
    revocation_endpoint: endpoint(config, 'revocation'),
    introspection_endpoint: endpoint(config, 'introspection'),
    pushed_authorization_request_endpoint: endpoint(config, 'pushed_authorization_request'),
    registration_endpoint: endpoint(config, 'registration'),
    grant_types_supported: ['authorization_code', 'refresh_token', 'client_credentials', TOKEN_EXCHANGE],
    response_types_supported: ['code'],
    response_modes_supported: ['form_post', 'fragment', 'query'],
    code_challenge_methods_supported: ['S256'],
    authorization_response_iss_parameter_supported: true,
    dpop_signing_alg_values_supported: [...PROOF_ALGORITHMS],
    token_endpoint_auth_methods_supported: [
      'none',
      'client_secret_basic',
      'client_secret_post',
      'private_key_jwt',
    ],
    token_endpoint_auth_signing_alg_values_supported: [...ASSERTION_ALGORITHMS],
  };
}

/** What ID tokens may say. */
const CLAIMS = [
  'sub',
  'iss',
  'auth_time',
  'amr',
  'sid',
  'jti',
  'at_hash',
  'email',
  'email_verified',
  'name',
  'given_name',
  'family_name',
  'fhirUser',
] as const;

/** OpenID Connect Discovery 1.0, section 3: the same facts as the provider's own document states. */
function openidConfiguration(config: Config) {
  return {
    ...endpoints(config),
    userinfo_endpoint: endpoint(config, 'userinfo'),
    end_session_endpoint: endpoint(config, 'end_session'),
    scopes_supported: [...IDENTITY_SCOPES],
    subject_types_supported: ['public'],
    claims_supported: [...CLAIMS],
    claim_types_supported: ['normal'],
    claims_parameter_supported: false,
    request_uri_parameter_supported: false,
    id_token_signing_alg_values_supported: ['RS256'],
  };
}

/** SMART App Launch 2.2, section 3.1. */
function smartConfiguration(config: Config) {
  return {
    ...endpoints(config),
    scopes_supported: [
      ...IDENTITY_SCOPES,
      'patient/*.cruds',
      'user/*.cruds',
      'patient/*.read',
      'user/*.read',
      'system/*.cruds',
    ],
    capabilities: [
      'launch-ehr',
      'launch-standalone',
      'authorize-post',
      'client-public',
      'client-confidential-symmetric',
      'client-confidential-asymmetric',
      'sso-openid-connect',
      'context-banner',
      'context-ehr-patient',
      'context-ehr-encounter',
      'context-standalone-patient',
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
    ...protectedResources(config).map(([path, document]) => serve(path, document)),
    // RFC 8414, section 3.1: the issuer has a path, which goes behind the well-known one.
    serve('/.well-known/oauth-authorization-server', openid),
    serve('/.well-known/oauth-authorization-server/o', openid),
    serve('/.well-known/openid-configuration', openid),
    serve('/.well-known/smart-configuration', smart),
    ...['/FHIR/R5', '/fhir/r5'].flatMap((base) => [
      serve(`${base}/.well-known/smart-configuration`, smart),
      serve(`${base}/.well-known/openid-configuration`, openid),
    ]),
  ];
}
