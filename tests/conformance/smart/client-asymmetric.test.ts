/** SMART App Launch 2.2, section 4.1: Client Authentication: Asymmetric (public key). */

import { once } from 'node:events';
import { createServer } from 'node:http';
import type { AddressInfo } from 'node:net';
import { afterAll, beforeAll, expect, test } from 'vitest';
import { ADA, type IdentityWorld, openIdentityWorld } from '../../setup/identity-world.ts';
import {
  ASSERTION_TYPE,
  assertion,
  authorization,
  authorize,
  CALLBACK,
  openSigner,
  post,
  redeem,
  refresh,
  type Signer,
} from '../protocol.ts';

const APP = 'suite-asymmetric';

let world: IdentityWorld;
let rsa: Signer;
let ec: Signer;
let stranger: Signer;
beforeAll(async () => {
  [world, rsa, ec, stranger] = await Promise.all([
    openIdentityWorld(),
    openSigner('RS384'),
    openSigner('ES384'),
    openSigner('ES384'),
  ]);
  await world.register({ clientId: APP, redirectUris: [CALLBACK], jwks: { keys: [rsa.jwk, ec.jwk] } });
});
afterAll(() => world?.close());

const proof = (client_assertion: string) => ({
  client_id: undefined,
  client_assertion_type: ASSERTION_TYPE,
  client_assertion,
});

/** A fresh code exchanged with this assertion. */
async function redeemWith(client_assertion: string, clientId = APP, changes = {}) {
  const request = authorization(world, {
    client_id: clientId,
    scope: 'openid offline_access launch/patient patient/*.rs',
  });
  const code = (await authorize(request, ADA)).searchParams.get('code')!;
  return redeem(world, code, request, { ...proof(client_assertion), ...changes });
}

test.each(['RS384', 'ES384'])(
  '4.1 Authenticating to the token endpoint: an assertion signed with %s',
  async (alg) => {
    const { status, body } = await redeemWith(await assertion(world, alg === 'RS384' ? rsa : ec, APP));
    expect([status, body.error]).toEqual([200, undefined]);
    expect(body.patient).toBe(String(ADA.patient));
  },
);

test('4.1: the audience may be the token endpoint; the app refreshes with a new assertion', async () => {
  const { body } = await redeemWith(await assertion(world, ec, APP));
  const renewed = await refresh(world, String(body.refresh_token), proof(await assertion(world, ec, APP)));
  expect([renewed.status, renewed.body.error]).toEqual([200, undefined]);
});

test.each([
  ['the token endpoint', '/token/'],
  ['the token endpoint without its last slash', '/token'],
  ['the issuer', ''],
  ['the issuer with a slash', '/'],
])('4.1: the audience may be %s, alone or in a list', async (_name, path) => {
  for (const aud of [`${world.issuer}${path}`, [`${world.issuer}${path}`, 'https://elsewhere.example.org']]) {
    const { status, body } = await redeemWith(await assertion(world, ec, APP, { aud }));
    expect([status, body.error]).toEqual([200, undefined]);
  }
});

test.each(['/toke', '/token//', '/token/?', '/TOKEN/', '/token/x', '//', '/authorize/', '/userinfo'])(
  '4.1: the audience may not be the issuer followed by %s',
  async (path) => {
    const { status, body } = await redeemWith(
      await assertion(world, ec, APP, { aud: `${world.issuer}${path}` }),
    );
    expect([status, body.error]).toEqual([401, 'invalid_client']);
  },
);

const BAD: [name: string, claims: Record<string, unknown>, header?: Record<string, unknown>][] = [
  ['another audience', { aud: 'https://elsewhere.example.org/token' }],
  ['no audience', { aud: undefined }],
  ['another issuer', { iss: 'somebody-else' }],
  ['another subject', { sub: 'somebody-else' }],
  ['no jti', { jti: undefined }],
  ['no exp', { exp: undefined }],
  ['an exp in the past', { exp: Math.floor(Date.now() / 1000) - 60 }],
  ['an exp more than five minutes ahead', { exp: Math.floor(Date.now() / 1000) + 3600 }],
  ['a kid that is not registered', {}, { kid: 'unknown' }],
];

test.each(BAD)(
  '4.1 Signature verification: an assertion with %s is refused with invalid_client',
  async (_name, claims, header) => {
    const { status, body } = await redeemWith(await assertion(world, ec, APP, claims, header));
    expect([status, body.error]).toEqual([401, 'invalid_client']);
  },
);

test('4.1 Signature verification: one signed with a key that is not registered, under a kid that is, is refused', async () => {
  const { status, body } = await redeemWith(await assertion(world, stranger, APP, {}, { kid: ec.jwk.kid! }));
  expect([status, body.error]).toEqual([401, 'invalid_client']);
});

test('4.1 Signature verification: an assertion without signature (alg none) is refused', async () => {
  const [, payload] = (await assertion(world, ec, APP)).split('.');
  const head = Buffer.from(JSON.stringify({ alg: 'none', typ: 'JWT', kid: ec.jwk.kid })).toString(
    'base64url',
  );
  const { status, body } = await redeemWith(`${head}.${payload}.`);
  expect(status).toBeGreaterThanOrEqual(400);
  expect(body).not.toHaveProperty('access_token');
});

test('4.1: an assertion counts once', async () => {
  const once = await assertion(world, ec, APP);
  expect((await redeemWith(once)).status).toBe(200);
  const { status, body } = await redeemWith(once);
  expect([status, body.error]).toEqual([401, 'invalid_client']);
});

test('4.1: a client that is registered with keys is not known by its name alone', async () => {
  const { status, body } = await redeemWith('', APP, {
    client_id: APP,
    client_assertion: undefined,
    client_assertion_type: undefined,
  });
  expect(status).toBeGreaterThanOrEqual(400);
  expect(body).not.toHaveProperty('access_token');
});

test('4.1: the assertion type is checked', async () => {
  const request = { grant_type: 'client_credentials', client_assertion: await assertion(world, ec, APP) };
  const { status } = await post(world, 'token', { ...request, client_assertion_type: 'urn:other' });
  expect(status).toBeGreaterThanOrEqual(400);
});

test('4.1 Registering a client: keys may stand at an address of the client, several at a time so that they can be rotated', async () => {
  const second = await openSigner('ES384');
  const keys = [ec.jwk, second.jwk];
  const site = createServer((_request, response) => {
    response.setHeader('content-type', 'application/json');
    response.end(JSON.stringify({ keys }));
  }).listen(0, 'localhost');
  await once(site, 'listening');
  try {
    const { port } = site.address() as AddressInfo;
    await world.register({
      clientId: 'suite-jwks-uri',
      redirectUris: [CALLBACK],
      jwksUri: `http://localhost:${port}/jwks`,
    });
    const ask = async (signer: Signer) =>
      redeemWith(await assertion(world, signer, 'suite-jwks-uri'), 'suite-jwks-uri');
    expect((await ask(ec)).status).toBe(200);
    expect((await ask(second)).status).toBe(200);
    expect((await ask(stranger)).status).toBe(401);
  } finally {
    site.closeAllConnections();
    site.close();
  }
});
