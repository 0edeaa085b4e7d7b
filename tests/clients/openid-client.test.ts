/** openid-client (certified by the OpenID Foundation) signs a practitioner in, as a public and as a confidential client. */
import {
  allowInsecureRequests,
  authorizationCodeGrant,
  buildAuthorizationUrl,
  buildEndSessionUrl,
  ClientSecretBasic,
  type Configuration,
  calculatePKCECodeChallenge,
  discovery,
  fetchProtectedResource,
  fetchUserInfo,
  None,
  randomNonce,
  randomPKCECodeVerifier,
  randomState,
  refreshTokenGrant,
  tokenIntrospection,
  tokenRevocation,
} from 'openid-client';
import { afterAll, beforeAll, expect, it } from 'vitest';
import { type IdentityWorld, openIdentityWorld, RIVERA } from '../setup/identity-world.ts';
import { openPerson } from '../setup/person.ts';

const CALLBACK = 'http://localhost:7123/callback';
const SECRET = 'a secret that only this test knows';

let world: IdentityWorld;
beforeAll(async () => {
  world = await openIdentityWorld();
  await world.register({ clientId: 'oidc-public', redirectUris: [CALLBACK], defaultScopes: 'user/*.rs' });
  await world.register({
    clientId: 'oidc-confidential',
    redirectUris: [CALLBACK],
    postLogoutRedirectUris: ['http://localhost:7123/bye'],
    defaultScopes: 'user/*.rs',
    secret: SECRET,
  });
});
afterAll(() => world?.close());

const discover = (clientId: string, secret?: string) =>
  discovery(
    new URL(world.issuer),
    clientId,
    undefined,
    secret === undefined ? None() : ClientSecretBasic(secret),
    { execute: [allowInsecureRequests] },
  );

async function authorize(client: Configuration, person = openPerson(RIVERA)) {
  const [verifier, state, nonce] = [randomPKCECodeVerifier(), randomState(), randomNonce()];
  const request = buildAuthorizationUrl(client, {
    redirect_uri: CALLBACK,
    scope: 'openid email profile fhirUser offline_access',
    state,
    nonce,
    code_challenge: await calculatePKCECodeChallenge(verifier),
    code_challenge_method: 'S256',
  });
  return authorizationCodeGrant(client, await person.follow(request, CALLBACK), {
    pkceCodeVerifier: verifier,
    expectedState: state,
    expectedNonce: nonce,
    idTokenExpected: true,
  });
}

it.each([
  ['public', 'oidc-public', undefined],
  ['confidential', 'oidc-confidential', SECRET],
])(
  'openid-client, %s: discovery, code, ID token, userinfo, the API, refresh',
  async (_kind, clientId, secret) => {
    const client = await discover(clientId, secret);
    const tokens = await authorize(client);
    const claims = tokens.claims()!;
    expect(claims).toMatchObject({
      email: RIVERA.email,
      name: 'Elena Rivera',
      fhirUser: `${world.fhir}/Practitioner/${RIVERA.practitioner}`,
    });
    expect(await fetchUserInfo(client, tokens.access_token, claims.sub)).toMatchObject({
      sub: claims.sub,
      email: RIVERA.email,
    });
    const patients = await fetchProtectedResource(
      client,
      tokens.access_token,
      new URL(`${world.fhir}/Patient`),
      'GET',
    );
    expect(((await patients.json()) as { total: number }).total).toBe(1);

    const renewed = await refreshTokenGrant(client, tokens.refresh_token!);
    expect(renewed.refresh_token).not.toBe(tokens.refresh_token);
    expect(renewed.claims()?.sub).toBe(claims.sub);
  },
);

it('openid-client, confidential: introspection, revocation, signing out', async () => {
  const client = await discover('oidc-confidential', SECRET);
  const person = openPerson(RIVERA);
  const tokens = await authorize(client, person);
  expect(await tokenIntrospection(client, tokens.access_token)).toMatchObject({ active: true });
  await tokenRevocation(client, tokens.refresh_token!);
  await expect(refreshTokenGrant(client, tokens.refresh_token!)).rejects.toMatchObject({
    error: 'invalid_grant',
  });

  const leave = buildEndSessionUrl(client, {
    post_logout_redirect_uri: 'http://localhost:7123/bye',
    id_token_hint: tokens.id_token!,
    state: 'bye',
  });
  expect((await person.visit(leave)).status).toBe(200);
});
