/** oauth4webapi, the client that checks most: every answer is held against its RFC before it is used. */
import * as oauth from 'oauth4webapi';
import { afterAll, beforeAll, expect, it } from 'vitest';
import { type IdentityWorld, openIdentityWorld, RIVERA } from '../setup/identity-world.ts';
import { openPerson } from '../setup/person.ts';

const CALLBACK = 'http://localhost:7124/callback';
const SECRET = 'a secret that only this test knows';
const plain = { [oauth.allowInsecureRequests]: true };

let world: IdentityWorld;
let server: oauth.AuthorizationServer;
beforeAll(async () => {
  world = await openIdentityWorld();
  await world.register({ clientId: 'web-public', redirectUris: [CALLBACK] });
  await world.register({ clientId: 'web-confidential', redirectUris: [CALLBACK], secret: SECRET });
  const issuer = new URL(world.issuer);
  server = await oauth.processDiscoveryResponse(
    issuer,
    await oauth.discoveryRequest(issuer, { algorithm: 'oidc', ...plain }),
  );
});
afterAll(() => world?.close());

/** From the request to the checked token reply (RFC 6749, 7636, 9207; OpenID Connect Core 1.0). */
async function authorize(client: oauth.Client, authentication: oauth.ClientAuth, scope: string) {
  const verifier = oauth.generateRandomCodeVerifier();
  const [state, nonce] = [oauth.generateRandomState(), oauth.generateRandomNonce()];
  const request = new URL(server.authorization_endpoint!);
  request.search = new URLSearchParams({
    client_id: client.client_id,
    redirect_uri: CALLBACK,
    response_type: 'code',
    scope,
    state,
    nonce,
    aud: world.fhir,
    code_challenge: await oauth.calculatePKCECodeChallenge(verifier),
    code_challenge_method: 'S256',
  }).toString();
  const back = await openPerson(RIVERA).follow(request, CALLBACK);
  expect(back.searchParams.get('iss')).toBe(world.issuer);
  // Refuses an answer without `iss` when the server says that it sends one.
  const answer = oauth.validateAuthResponse(server, client, back, state);
  const response = await oauth.authorizationCodeGrantRequest(
    server,
    client,
    authentication,
    answer,
    CALLBACK,
    verifier,
    plain,
  );
  return oauth.processAuthorizationCodeResponse(server, client, response, {
    expectedNonce: nonce,
    requireIdToken: true,
  });
}

it.each([
  ['public', { client_id: 'web-public' }, oauth.None()],
  ['confidential', { client_id: 'web-confidential' }, oauth.ClientSecretBasic(SECRET)],
  ['confidential, secret in the form', { client_id: 'web-confidential' }, oauth.ClientSecretPost(SECRET)],
])('oauth4webapi, %s: code, refresh, introspection, revocation', async (_kind, client, authentication) => {
  expect(server.authorization_response_iss_parameter_supported).toBe(true);
  const tokens = await authorize(client, authentication, 'openid offline_access user/Patient.rs');
  expect(tokens.scope?.split(' ').sort()).toEqual(['offline_access', 'openid', 'user/Patient.rs']);

  const renewed = await oauth.processRefreshTokenResponse(
    server,
    client,
    await oauth.refreshTokenGrantRequest(server, client, authentication, tokens.refresh_token!, plain),
  );
  expect(renewed.access_token).not.toBe(tokens.access_token);

  const introspect = async (token: string) =>
    oauth.processIntrospectionResponse(
      server,
      client,
      await oauth.introspectionRequest(server, client, authentication, token, plain),
    );
  expect(await introspect(renewed.access_token)).toMatchObject({
    active: true,
    client_id: client.client_id,
    sub: String(RIVERA.userId),
  });

  const patients = () =>
    oauth.protectedResourceRequest(
      renewed.access_token,
      'GET',
      new URL(`${world.fhir}/Patient`),
      undefined,
      null,
      plain,
    );
  expect((await patients()).status).toBe(200);
  await oauth.processRevocationResponse(
    await oauth.revocationRequest(server, client, authentication, renewed.access_token, plain),
  );
  expect(await introspect(renewed.access_token)).toEqual({ active: false });
  await expect(patients()).rejects.toThrow(oauth.WWWAuthenticateChallengeError);
});

it('oauth4webapi refuses nothing of our metadata of RFC 8414, which says the same as that of OpenID Connect', async () => {
  const issuer = new URL(world.issuer);
  const metadata = await oauth.processDiscoveryResponse(
    issuer,
    await oauth.discoveryRequest(issuer, { algorithm: 'oauth2', ...plain }),
  );
  expect(metadata.token_endpoint).toBe(server.token_endpoint);
  expect(metadata.code_challenge_methods_supported).toEqual(['S256']);
});
