/** A client can be registered with lifetimes of its own, and what is revoked stays so for as long as any token lives. */
import { afterAll, beforeAll, expect, it } from 'vitest';
import { codeRequest, fetchTokens, openWorld, type World } from './world.test-data.ts';

const HOUR_MS = 60 * 60 * 1000;

let world: World;
beforeAll(async () => {
  world = await openWorld();
  await world.database.owner.query(
    "update client set access_token_seconds = 86400, refresh_token_seconds = 600 where client_id = 'jhe-portal'",
  );
});
afterAll(() => world?.close());

const post = (path: string, form: Record<string, string>) =>
  world.request({ method: 'POST', url: path, form });
const refresh = (token: string) =>
  post('/o/token/', { grant_type: 'refresh_token', refresh_token: token, client_id: 'jhe-portal' });

it('honours the lifetimes of a client', async () => {
  const now = Date.now();
  world.setClock(new Date(now));
  const { tokens } = await fetchTokens(world, world.browser(), codeRequest());
  expect(tokens.expires_in).toBe(86_400);
  world.setClock(new Date(now + 23 * HOUR_MS));
  expect(await world.server.verifyToken(tokens.access_token!)).not.toBeNull();
  expect((await refresh(tokens.refresh_token!)).json()).toMatchObject({ error: 'invalid_grant' });
  world.setClock(new Date(now + 25 * HOUR_MS));
  expect(await world.server.verifyToken(tokens.access_token!)).toBeNull();
  world.setClock(null);
});

it('keeps a revocation as long as the longest token lives', async () => {
  const now = Date.now();
  world.setClock(new Date(now));
  const { tokens } = await fetchTokens(world, world.browser(), codeRequest());
  await post('/o/revoke_token/', { token: tokens.access_token!, client_id: 'jhe-portal' });
  world.setClock(new Date(now + 23 * HOUR_MS));
  expect(await world.server.verifyToken(tokens.access_token!)).toBeNull();
  world.setClock(null);
});

it('gives other clients an hour', async () => {
  const { tokens } = await fetchTokens(world, world.browser(), codeRequest({ clientId: 'app' }));
  expect(tokens.expires_in).toBe(3600);
});
