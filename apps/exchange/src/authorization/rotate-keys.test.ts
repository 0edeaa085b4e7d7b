/** Keys are rotated while two servers of one database go on answering. */
import { decodeProtectedHeader } from 'jose';
import { afterEach, beforeEach, expect, it } from 'vitest';
import { createApp } from '../app.ts';
import { PUBLISHED_AHEAD_SECONDS, rotateSigningKeys } from '../operations/rotate-signing-keys.ts';
import { openSignIn, type SignIn } from '../sign-in.ts';
import { codeRequest, fetchTokens, openWorld, type World } from './world.test-data.ts';

type Http = World['app']['http'];

let world: World;
/** Two servers: the world's own and another. */
let servers: { http: Http; server: SignIn }[];
let now: Date;

beforeEach(async () => {
  world = await openWorld();
  now = new Date();
  world.setClock(now);
  const log = { info: () => {}, error: () => {} };
  const { config, system, gate } = world;
  const server = await openSignIn({ config, system, gate, clock: () => now, log });
  const app = await createApp({
    config,
    gate,
    log,
    verifyToken: server.verifyToken,
    faces: server.faces,
    mounts: [server.mount],
  });
  servers = [
    { http: world.app.http, server: world.server },
    { http: app.http, server },
  ];
});
afterEach(async () => {
  await servers?.[1]?.http.close();
  await world?.close();
});

function wait(seconds: number): void {
  now = new Date(now.getTime() + seconds * 1000);
  world.setClock(now);
}

const rotate = (signsInSeconds: number) =>
  world.system('operator', (sight) =>
    rotateSigningKeys(sight, new Date(now.getTime() + signsInSeconds * 1000)),
  );
const published = async ({ http }: { http: Http }) => {
  const { keys } = (await http.inject({ url: '/o/.well-known/jwks.json' })).json() as {
    keys: Record<string, string>[];
  };
  return keys;
};
const refresh = async ({ http }: { http: Http }, token: string) => {
  const response = await http.inject({
    method: 'POST',
    url: '/o/token/',
    headers: { 'content-type': 'application/x-www-form-urlencoded' },
    payload: new URLSearchParams({
      grant_type: 'refresh_token',
      refresh_token: token,
      client_id: 'jhe-portal',
    }).toString(),
  });
  expect(response.statusCode, response.body).toBe(200);
  return response.json() as Record<string, string>;
};
const signIn = async () =>
  (await fetchTokens(world, world.browser(), codeRequest({ scope: 'openid' }))).tokens;
const kidOf = (token: string | undefined) => decodeProtectedHeader(token ?? '').kid;

it('publishes new keys at once, signs with them ten minutes later, and keeps the old ones while they are needed', async () => {
  const first = await signIn();
  const old = (await published(servers[0]!)).map(({ kid }) => kid);
  expect(old).toHaveLength(2);
  await rotate(PUBLISHED_AHEAD_SECONDS);
  wait(31);
  for (const one of servers) {
    const keys = await published(one);
    expect(keys.map(({ kid }) => kid)).toEqual(expect.arrayContaining(old));
    expect(keys).toHaveLength(4);
    for (const key of keys)
      for (const secret of ['d', 'p', 'q', 'dp', 'dq', 'qi']) expect(key).not.toHaveProperty(secret);
  }
  const meanwhile = await refresh(servers[1]!, first.refresh_token!);
  expect(old).toContain(kidOf(meanwhile.access_token));

  wait(PUBLISHED_AHEAD_SECONDS);
  const second = await refresh(servers[1]!, meanwhile.refresh_token!);
  expect(old).not.toContain(kidOf(second.access_token));
  expect(old).not.toContain(kidOf(second.id_token));
  for (const { server } of servers) {
    expect(await server.verifyToken(second.access_token!)).not.toBeNull();
    expect(await server.verifyToken(first.access_token!)).not.toBeNull();
  }

  wait(26 * 60 * 60);
  for (const one of servers) expect(await published(one)).toHaveLength(2);
  const { rows } = await world.database.owner.query(
    "select purpose, count(*)::int as keys from signing_key where purpose <> 'cursor' group by purpose order by purpose",
  );
  // A cookie may be as old as a session.
  expect(rows).toEqual([
    { purpose: 'cookie', keys: 2 },
    { purpose: 'token', keys: 2 },
  ]);
});

it('fails no request meanwhile, on either server, even when the new keys sign at once', async () => {
  const chains = await Promise.all([1, 2, 3, 4].map(() => signIn()));
  let rotations = 0;
  const turns = Array.from({ length: 4 }, async () => {
    // Each rotation happens somewhere among the refreshes below.
    await rotate(0);
    rotations++;
    wait(31);
  });
  const tokens = await Promise.all(
    chains.map(async (chain, i) => {
      let current = chain;
      const seen: string[] = [];
      for (let step = 0; step < 6; step++) {
        current = await refresh(servers[(i + step) % 2]!, current.refresh_token!);
        seen.push(current.access_token!);
      }
      return seen;
    }),
  );
  await Promise.all(turns);
  expect(rotations).toBe(4);
  for (const token of tokens.flat())
    for (const { server } of servers) expect(await server.verifyToken(token)).not.toBeNull();
  const last = await refresh(servers[0]!, (await signIn()).refresh_token!);
  wait(31);
  expect((await published(servers[1]!)).map(({ kid }) => kid)).toContain(kidOf(last.access_token));
});

it('knows the signed-in browser by the old cookie key after the keys are others', async () => {
  const browser = world.browser();
  await fetchTokens(world, browser, codeRequest({ scope: 'openid' }));
  await rotate(0);
  wait(31);
  const answer = await browser.go({ url: codeRequest({ scope: 'openid' }).url });
  expect(String(answer.headers.location)).toMatch(/\/auth\/callback\?code=/);
});

it('takes nothing any more that a key signed which was ended', async () => {
  const { access_token: token = '' } = await signIn();
  // Both servers remember that the signature was good.
  for (const { server } of servers) expect(await server.verifyToken(token)).not.toBeNull();
  await world.system('operator', (sight) => rotateSigningKeys(sight, now, { endOld: true }));
  wait(31);
  for (const one of servers) {
    expect(await one.server.verifyToken(token)).toBeNull();
    expect(await published(one)).toHaveLength(2);
  }
  const { access_token: next = '' } = await signIn();
  for (const { server } of servers) expect(await server.verifyToken(next)).not.toBeNull();
});

it('answers with the keys it has while the database cannot be asked for others', async () => {
  await world.database.owner.query('alter table signing_key rename to signing_key_gone');
  wait(31);
  expect(await published(servers[0]!)).toHaveLength(2);
  await world.database.owner.query('alter table signing_key_gone rename to signing_key');
});

it('lets nobody keep a copy of the keys for so long that a new one could sign before it is known', async () => {
  const { headers } = await world.request({ url: '/o/.well-known/jwks.json' });
  const kept = Number(/max-age=(\d+)/.exec(String(headers['cache-control']))?.[1]);
  // A server itself looks for new keys every half minute.
  expect(kept).toBeLessThanOrEqual(PUBLISHED_AHEAD_SECONDS - 30);
});
