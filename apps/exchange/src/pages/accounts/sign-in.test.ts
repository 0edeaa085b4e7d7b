import { afterAll, beforeAll, expect, it } from 'vitest';
import { openWorld, type World } from '../../authorization/world.test-data.ts';
import { visitor } from './visitor.test-data.ts';

let world: World;
beforeAll(async () => {
  world = await openWorld();
});
afterAll(() => world?.close());

const RIVERA = 'rivera@example.org';

it('signs in and goes on to the page that was asked for; the next time at once', async () => {
  const rivera = visitor(world);
  const page = await rivera.open('/accounts/password_change/');
  expect(page.url).toMatch(/^\/o\/interaction\//);
  expect(page.body).toContain('to continue to your account');
  const done = await rivera.open(page.url, { email: RIVERA, password: 'correct horse battery' });
  expect(done.url).toBe('/accounts/password_change/');
  expect(done.status).toBe(200);
  const again = await rivera.once('/accounts/login/?next=%2Faccounts%2Fpassword_change%2F');
  expect([again.statusCode, again.headers.location]).toEqual([303, '/accounts/password_change/']);
});

it.each([
  '//evil.example',
  '/\\evil.example',
  'https://evil.example/',
  '/%2fevil.example',
  '/\t/evil.example',
])('does not go on to %j', async (next) => {
  const rivera = visitor(world);
  const query = `next=${encodeURIComponent(next)}`;
  await rivera.enter('/accounts/password_change/', RIVERA);
  expect((await rivera.once(`/accounts/login/?${query}`)).headers.location).toBe('/');
  const back = await rivera.once(`/accounts/callback/?code=x&state=${encodeURIComponent(next)}`);
  expect(back.headers.location).toBe('/');
  const { location } = (await visitor(world).once(`/accounts/login/?${query}`)).headers;
  expect(new URL(String(location), 'http://x').searchParams.get('state')).toBe('/');
});

it('sends a request of a client on as it is', async () => {
  const request = '/o/authorize/?client_id=hub&response_type=code';
  const answer = await visitor(world).once(`/accounts/login/?next=${encodeURIComponent(request)}`);
  expect(answer.headers.location).toBe(request);
});

it('grants the account client no records, whatever it asks for', async () => {
  const { owner } = world.database;
  const { rows } = await owner.query("select default_scopes from client where client_id = 'jhe-account'");
  expect(rows).toEqual([{ default_scopes: '' }]);
});

it('does not sign out by a link alone', async () => {
  const rivera = visitor(world);
  await rivera.enter('/accounts/password_change/', RIVERA);
  const page = await rivera.open('/accounts/logout/');
  expect(page.body).toContain('Sign out?');
  expect((await rivera.open('/accounts/password_change/')).url).toBe('/accounts/password_change/');
});
