/** Requests to what is mounted whole: the provider, its pages, and the portal. Their bodies are forms. */
import type { Probe } from '../proofs/sweep.ts';

const UID = 'A'.repeat(21);
const CODE_CHALLENGE = 'E9Melhoa2OwvFrEMTJguCHaoeK1t8URWbuGJSstw-cM';
const AUTHORIZATION = {
  response_type: 'code',
  client_id: 'jhe-portal',
  redirect_uri: 'http://localhost:8000/auth/callback',
  scope: 'openid',
  state: 's',
  nonce: 'n',
  code_challenge: CODE_CHALLENGE,
  code_challenge_method: 'S256',
  aud: 'http://localhost:8000/FHIR/R5',
};
const JWT = 'eyJhbGciOiJFUzI1NiJ9.eyJzdWIiOiIxIn0.AAAA';

const query = (values: Record<string, string>) => new URLSearchParams(values).toString();
const form = (url: string, values: Record<string, string>): Probe => ({ url, form: values });

export const PROVIDER_REQUESTS: readonly (readonly ['GET' | 'POST', Probe])[] = [
  ['GET', { url: `/o/authorize/?${query(AUTHORIZATION)}` }],
  ['POST', form('/o/authorize/', AUTHORIZATION)],
  ['POST', form('/o/par/', AUTHORIZATION)],
  [
    'POST',
    form('/o/token/', {
      grant_type: 'authorization_code',
      client_id: 'jhe-portal',
      code: 'x',
      redirect_uri: AUTHORIZATION.redirect_uri,
      code_verifier: 'x'.repeat(43),
    }),
  ],
  ['POST', form('/o/token/', { grant_type: 'refresh_token', client_id: 'jhe-portal', refresh_token: 'x' })],
  [
    'POST',
    form('/o/token/', { grant_type: 'client_credentials', client_id: 'glucose-app', client_secret: 'x' }),
  ],
  [
    'POST',
    form('/o/token/', {
      grant_type: 'client_credentials',
      client_assertion_type: 'urn:ietf:params:oauth:client-assertion-type:jwt-bearer',
      client_assertion: JWT,
    }),
  ],
  [
    'POST',
    form('/o/token/', {
      grant_type: 'urn:ietf:params:oauth:grant-type:token-exchange',
      subject_token: JWT,
      subject_token_type: 'urn:ietf:params:oauth:token-type:id_token',
      client_id: 'x',
    }),
  ],
  [
    'POST',
    form('/o/token-exchange', {
      subject_token: JWT,
      subject_token_type: 'urn:ietf:params:oauth:token-type:id_token',
      audience: 'x',
    }),
  ],
  ['POST', form('/o/introspect/', { token: JWT, client_id: 'jhe-portal' })],
  ['POST', form('/o/revoke_token/', { token: JWT, client_id: 'jhe-portal' })],
  ['GET', { url: '/o/userinfo/' }],
  ['POST', form('/o/userinfo/', {})],
  ['GET', { url: `/o/logout/?${query({ client_id: 'jhe-portal', id_token_hint: JWT })}` }],
  [
    'POST',
    {
      url: '/o/register/',
      body: {
        client_name: 'App',
        redirect_uris: ['https://app.example.org/cb'],
        grant_types: ['authorization_code'],
        token_endpoint_auth_method: 'none',
        contacts: ['a@example.org'],
        jwks: { keys: [] },
      },
    },
  ],
  ['GET', { url: '/o/.well-known/jwks.json' }],
  ['GET', { url: '/o/.well-known/openid-configuration' }],
  ['GET', { url: `/o/interaction/${UID}` }],
  ['POST', form(`/o/interaction/${UID}/login`, { email: 'ada@example.org', password: 'x' })],
  ['POST', form(`/o/interaction/${UID}/code`, { code: '123456' })],
  ['POST', form(`/o/interaction/${UID}/consent`, { scope: 'openid' })],
  ['GET', { url: '/accounts/login/?next=/portal/' }],
  [
    'POST',
    form('/accounts/signup/', {
      email: 'new@example.org',
      password: 'Long-enough-1',
      first_name: 'N',
      last_name: 'N',
    }),
  ],
  ['POST', form('/accounts/password_reset/', { email: 'ada@example.org' })],
  ['GET', { url: '/accounts/reset/1/abc/' }],
  ['POST', form('/accounts/reset/1/abc/', { password: 'Long-enough-1' })],
  ['POST', form('/accounts/verify_email/', { code: '123456' })],
  ['GET', { url: '/accounts/verify_email_confirm/1/abc/' }],
  ['GET', { url: `/accounts/unlock/${UID}` }],
  ['GET', { url: '/accounts/security/' }],
  ['POST', form('/accounts/password_change/', { old: 'x', new: 'y' })],
  ['POST', form('/accounts/security/address/', { step: 'send', email: 'x@example.org' })],
  ['POST', form('/accounts/security/address/', { step: 'prove', code: 'ABCD-EFGH' })],
  ['GET', { url: '/allauth/saml/lakeside/login/' }],
  ['POST', form('/allauth/saml/lakeside/acs/', { SAMLResponse: 'PHg+', RelayState: 'x' })],
  ['GET', { url: '/allauth/saml/lakeside/metadata/' }],
  ['GET', { url: '/allauth/oidc/lakeside/callback/?code=x&state=y' }],
  ['GET', { url: '/auth/callback?code=x&state=y' }],
]; // prettier-ignore
