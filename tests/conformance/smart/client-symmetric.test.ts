/** SMART App Launch 2.2, section 4.2: Client Authentication: Symmetric (shared secret). */
import { afterAll, beforeAll, expect, test } from 'vitest';
import { ADA, type IdentityWorld, openIdentityWorld } from '../../setup/identity-world.ts';
import {
  authorization,
  authorize,
  basic,
  CONFIDENTIAL,
  type Parameters,
  PUBLIC,
  redeem,
  registerApps,
  SECRET,
} from '../protocol.ts';

let world: IdentityWorld;
beforeAll(async () => {
  world = await openIdentityWorld();
  await registerApps(world);
});
afterAll(() => world?.close());

async function redeemWith(changes: Parameters, headers: Record<string, string> = {}) {
  const request = authorization(world, { client_id: CONFIDENTIAL });
  const code = (await authorize(request, ADA)).searchParams.get('code')!;
  return redeem(world, code, request, { client_id: undefined, ...changes }, headers);
}

test('4.2: the secret as HTTP Basic', async () => {
  const { status, body } = await redeemWith({}, basic(CONFIDENTIAL, SECRET));
  expect([status, body.error]).toEqual([200, undefined]);
});

test('4.2: the secret in the form, for clients that cannot send Basic', async () => {
  const { status } = await redeemWith({ client_id: CONFIDENTIAL, client_secret: SECRET });
  expect(status).toBe(200);
});

test.each([
  ['another secret', {}, basic(CONFIDENTIAL, 'wrong')],
  ['a client that is not known', {}, basic('nobody-we-know', SECRET)],
  ['another secret in the form', { client_id: CONFIDENTIAL, client_secret: 'wrong' }, {}],
])('4.2: %s is refused with invalid_client and 401', async (_name, changes, headers) => {
  const { status, headers: sent, body } = await redeemWith(changes, headers as Record<string, string>);
  expect([status, body.error]).toEqual([401, 'invalid_client']);
  expect(sent.get('cache-control')).toContain('no-store');
  if ('authorization' in headers) expect(sent.get('www-authenticate')).toMatch(/^Basic /);
});

test.each([
  ['no secret at all', { client_id: CONFIDENTIAL }, {}],
  ['an empty secret', {}, basic(CONFIDENTIAL, '')],
])('4.2: %s is refused', async (_name, changes, headers) => {
  const { status, body } = await redeemWith(changes, headers as Record<string, string>);
  expect([400, 401]).toContain(status);
  expect(body).not.toHaveProperty('access_token');
});

test('4.2: wrong secret and unknown client are told apart by nothing', async () => {
  const [wrong, unknown] = [
    await redeemWith({}, basic(CONFIDENTIAL, 'wrong')),
    await redeemWith({}, basic('nobody-we-know', 'wrong')),
  ];
  expect(wrong.body).toEqual(unknown.body);
});

test('4.2: a secret does not make a public client confidential', async () => {
  const request = authorization(world, { client_id: PUBLIC });
  const code = (await authorize(request, ADA)).searchParams.get('code')!;
  const { body } = await redeem(world, code, request, { client_id: undefined }, basic(PUBLIC, 'anything'));
  expect(body).not.toHaveProperty('access_token');
});
