/** A refresh that does not say whose it is (SMART App Launch 2.2, section 2.1): for public apps, and nobody gets more by it. */
import { afterAll, beforeAll, expect, it } from 'vitest';
import { codeRequest, fetchTokens, openWorld, type World } from './world.test-data.ts';

let world: World;
beforeAll(async () => {
  world = await openWorld();
});
afterAll(() => world?.close());

const BROKER = { clientId: 'broker', redirectUri: 'https://broker.example.org/cb' };
const SECRET = { client_secret: 'hush-hush' };
const tokensOf = async (request = {}, form = {}) =>
  (await fetchTokens(world, world.browser(), codeRequest(request), form)).tokens;
async function refresh(token: string, more: Record<string, string> = {}) {
  const form = { grant_type: 'refresh_token', refresh_token: token, ...more };
  const response = await world.request({ method: 'POST', url: '/o/token/', form });
  return { status: response.statusCode, ...response.json() };
}

it('takes the token of a public app alone, and ends the family when one comes twice', async () => {
  const first = await tokensOf();
  const second = await refresh(first.refresh_token!);
  expect(second).toMatchObject({ status: 200, refresh_token: expect.any(String) });
  expect(await world.server.verifyToken(second.access_token)).toMatchObject({ clientId: 'jhe-portal' });
  expect(await refresh(first.refresh_token!)).toMatchObject({ status: 400, error: 'invalid_grant' });
  expect(await refresh(second.refresh_token)).toMatchObject({ status: 400, error: 'invalid_grant' });
  expect(await world.server.verifyToken(second.access_token)).toBeNull();
});

const REFUSED: [name: string, more: Record<string, string>, status: number, error: string][] = [
  ['nobody', {}, 400, 'invalid_request'],
  ['a public app', { client_id: 'jhe-portal' }, 400, 'invalid_grant'],
  ['itself, without its secret', { client_id: 'broker' }, 401, 'invalid_client'],
  ['itself, with a wrong secret', { client_id: 'broker', client_secret: 'hush' }, 401, 'invalid_client'],
  ['nobody, with its secret', SECRET, 400, 'invalid_request'],
  ['an empty name', { client_id: '' }, 400, 'invalid_request'],
];
it.each(REFUSED)(
  'lets nobody use the token of a confidential client as %s',
  async (_name, more, status, error) => {
    const { refresh_token: token = '' } = await tokensOf(BROKER, SECRET);
    expect(await refresh(token, more)).toMatchObject({ status, error });
    // Nor is it used up by that.
    expect(await refresh(token, { client_id: 'broker', ...SECRET })).toMatchObject({ status: 200 });
  },
);

it('gives no more than was granted', async () => {
  const { refresh_token: token = '' } = await tokensOf({ scope: 'openid user/Patient.r' });
  expect(await refresh(token, { scope: 'openid user/*.cruds' })).toMatchObject({ error: 'invalid_scope' });
  const less = await refresh(token, { scope: 'openid' });
  expect((await world.server.verifyToken(less.access_token))?.grants).toEqual([]);
});

it('takes it from no app that has been taken from the list', async () => {
  const { refresh_token: token = '' } = await tokensOf();
  const approve = (at: string) =>
    world.database.owner.query(`update client set approved_at = ${at} where client_id = 'jhe-portal'`);
  await approve('null');
  expect((await refresh(token)).status).toBe(400);
  await approve('now()');
  expect((await refresh(token)).status).toBe(200);
});
