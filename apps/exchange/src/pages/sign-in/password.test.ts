import { afterAll, beforeAll, expect, it } from 'vitest';
import {
  codeRequest,
  fetchTokens,
  openWorld,
  PASSWORD,
  signIn,
  type World,
} from '../../authorization/world.test-data.ts';
import { WRONG_CREDENTIALS } from '../views/sign-in.ts';

let world: World;
beforeAll(async () => {
  world = await openWorld();
});
afterAll(() => world?.close());

const REFUSED: [name: string, email: string, password: string][] = [
  ['a wrong password', 'rivera@example.org', 'wrong'],
  ['an unknown address', 'nobody@example.org', PASSWORD],
  ['a deactivated person', 'gone@example.org', PASSWORD],
  ['a person without a password', 'ada@example.org', ''],
];

it.each(REFUSED)('says the same of %s', async (_name, email, password) => {
  const page = await signIn(world.browser(), codeRequest().url, email, password);
  expect(page.statusCode).toBe(400);
  expect(page.body).toContain(WRONG_CREDENTIALS);
  expect(page.body).toContain('aria-describedby="error"');
  const anonymous = (text: string, address = email) =>
    text.replaceAll(address, 'somebody').replaceAll(/\/interaction\/[\w-]+/g, '/interaction/uid');
  const other = await signIn(world.browser(), codeRequest().url, 'other@example.org', 'x');
  expect(anonymous(page.body)).toBe(anonymous(other.body, 'other@example.org'));
});

it('escapes what was typed', async () => {
  const page = await signIn(world.browser(), codeRequest().url, '"><script>alert(1)</script>', 'x');
  expect(page.body).not.toContain('<script');
  expect(page.body).toContain('&quot;&gt;&lt;script&gt;');
});

it('shows the page without a script and names the client', async () => {
  const browser = world.browser();
  const start = await browser.go({ url: codeRequest().url });
  expect(start.statusCode).toBe(303);
  const page = await browser.go({ url: String(start.headers.location) });
  expect(page.statusCode).toBe(200);
  expect(page.body).toContain('to continue to the portal');
  expect(page.headers['content-security-policy']).not.toContain('script-src');
  expect(page.headers['x-frame-options']).toBe('DENY');
});

it('belongs to the browser that started it', async () => {
  const start = await world.browser().go({ url: codeRequest().url });
  const form = { email: 'rivera@example.org', password: PASSWORD };
  const stolen = await world.browser().go({ method: 'POST', url: String(start.headers.location), form });
  expect(stolen.statusCode).toBe(400);
  expect(stolen.body).toContain('This page has expired');
});

it('closes an account to guessing after ten failures, and opens it again', async () => {
  const browser = world.browser();
  const start = await browser.go({ url: codeRequest().url });
  const guess = (password: string) =>
    browser.go({
      method: 'POST',
      url: String(start.headers.location),
      form: { email: 'root@example.org', password },
    });
  for (let count = 0; count < 10; count++) expect((await guess('wrong')).statusCode).toBe(400);
  const closed = await guess(PASSWORD);
  expect(closed.statusCode).toBe(429);
  expect(Number(closed.headers['retry-after'])).toBeGreaterThan(800);
  world.setClock(new Date(Date.now() + 16 * 60 * 1000));
  expect((await guess(PASSWORD)).statusCode).toBe(303);
  world.setClock(null);
});

it('asks a deactivated person to sign in again, and refuses their tokens', async () => {
  const browser = world.browser();
  const { tokens } = await fetchTokens(world, browser, codeRequest());
  const facts = await world.server.verifyToken(tokens.access_token!);
  expect(await world.gate.identify(facts!.userId, facts!.clientId, facts!.grants)).not.toBeNull();
  await world.database.owner.query('update app_user set active = false where id = 10001');
  try {
    expect(await world.gate.identify(facts!.userId, facts!.clientId, facts!.grants)).toBeNull();
    const again = await browser.go({ url: codeRequest().url });
    expect(String(again.headers.location)).toContain('/o/interaction/');
    const form = {
      grant_type: 'refresh_token',
      refresh_token: tokens.refresh_token!,
      client_id: 'jhe-portal',
    };
    expect((await world.request({ method: 'POST', url: '/o/token/', form })).statusCode).toBe(400);
  } finally {
    await world.database.owner.query('update app_user set active = true where id = 10001');
  }
});

it('signs out: asks, ends the session and the tokens given under it, and returns to the client', async () => {
  const browser = world.browser();
  const { tokens } = await fetchTokens(world, browser, codeRequest());
  const query = new URLSearchParams({
    id_token_hint: tokens.id_token!,
    post_logout_redirect_uri: 'http://localhost:8000/',
  });
  const page = await browser.go({ url: `/o/logout/?${query}` });
  expect(page.body).toContain('Sign out?');
  const xsrf = /name="xsrf" value="([^"]+)"/.exec(page.body)?.[1] ?? '';
  const done = await browser.go({ method: 'POST', url: '/o/logout/confirm', form: { xsrf, logout: 'yes' } });
  expect(done.headers.location).toBe('http://localhost:8000/');
  expect(String((await browser.go({ url: codeRequest().url })).headers.location)).toContain(
    '/o/interaction/',
  );
  expect(await world.server.verifyToken(tokens.access_token!)).toBeNull();
  const form = { grant_type: 'refresh_token', refresh_token: tokens.refresh_token!, client_id: 'jhe-portal' };
  expect((await world.request({ method: 'POST', url: '/o/token/', form })).statusCode).toBe(400);
});
