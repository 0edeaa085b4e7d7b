import { afterAll, beforeAll, expect, it } from 'vitest';
import { openWorld, type World } from '../../authorization/world.test-data.ts';
import { follow, signInTo } from './pages.test-data.ts';

const PAGE = '/accounts/security/';

let world: World;
beforeAll(async () => {
  world = await openWorld();
});
afterAll(() => world?.close());

it('asks to sign in, and comes back', async () => {
  const browser = world.browser();
  expect((await follow(browser, PAGE)).url).toContain('/interaction/');
  expect((await signInTo(browser, PAGE)).url).toBe(PAGE);
});

it('says how the account is protected, and who vouches for the person', async () => {
  await world.database.owner.query(
    `insert into external_identity (user_id, kind, issuer, subject) values
       (10001, 'saml', 'https://idp.example.edu/metadata', 'rivera-at-idp'),
       (10004, 'oidc', 'https://other.example.net', 'root-there')`,
  );
  const { page } = await signInTo(world.browser(), PAGE);
  expect(page.body).toContain('You have a password');
  expect(page.body).toContain('<h3>idp.example.edu</h3>');
  expect(page.body).toContain('>Turn on</a>');
  for (const hidden of ['rivera-at-idp', 'other.example.net', '<script', 'Rename or remove']) {
    expect(page.body).not.toContain(hidden);
  }
  expect(page.headers['cache-control']).toBe('no-store');
});

it('repeats nothing from its address', async () => {
  const browser = world.browser();
  await signInTo(browser, PAGE);
  for (const done of ['constructor', '__proto__', '"><b>', 'unknown']) {
    const { page } = await follow(browser, `${PAGE}?done=${encodeURIComponent(done)}`);
    expect(page.statusCode).toBe(200);
    expect(page.body).not.toContain('role="status"');
  }
});
