/**
 * The attack: something slips into an account page and its form posts a password elsewhere; or another site under the same
 * domain sets a session's cookie. Forms of account pages go to this site only, and the cookie is of this very host.
 */
import { afterAll, beforeAll, describe, expect, it } from 'vitest';
import {
  codeRequest,
  openWorld,
  signIn,
  type World,
} from '../../apps/exchange/src/authorization/world.test-data.ts';
import { visitor } from '../../apps/exchange/src/pages/accounts/visitor.test-data.ts';

let world: World;
beforeAll(async () => {
  world = await openWorld();
});
afterAll(() => world?.close());

const policyOf = (headers: Record<string, unknown>) => String(headers['content-security-policy']);

it.each(['/accounts/password_reset/', '/accounts/signup/'])(
  'forms of %s go to this site only',
  async (url) => {
    const page = await visitor(world).open(url);
    expect(page.url).toBe(url);
    expect(policyOf(page.headers)).toContain("form-action 'self'");
  },
);

it('so do those for people who are signed in', async () => {
  const person = visitor(world);
  await person.enter('/accounts/security/', 'rivera@example.org');
  for (const url of ['/accounts/security/', '/accounts/sessions/', '/accounts/password_change/']) {
    const page = await person.open(url);
    expect([page.status, policyOf(page.headers)]).toEqual([
      200,
      expect.stringContaining("form-action 'self'"),
    ]);
  }
});

it('a sign-in leaves it open: it ends at the application that asked', async () => {
  const page = await visitor(world).open(codeRequest().url);
  expect(policyOf(page.headers)).not.toContain('form-action');
});

describe('the session', () => {
  let secure: World;
  beforeAll(async () => {
    secure = await openWorld('https://exchange.example.org');
  });
  afterAll(() => secure?.close());

  it('has a cookie that no other host of the domain can set or see', async () => {
    const { url } = codeRequest({ redirectUri: 'https://exchange.example.org/auth/callback' });
    const browser = secure.browser();
    const proved = await signIn(browser, url, 'rivera@example.org');
    const entered = await browser.go({ url: String(proved.headers.location) });
    const session = entered.cookies.find(({ name }) => name.endsWith('jhe_session'));
    // A browser takes a cookie of this name only with Path=/, Secure and without a Domain (RFC 6265bis, 4.1.3.2).
    expect(session).toMatchObject({
      name: '__Host-jhe_session',
      path: '/',
      secure: true,
      httpOnly: true,
      sameSite: 'lax',
    });
    expect(session?.domain).toBeUndefined();
  });

  it('opens nothing but pages: no route of the API reads it', async () => {
    const person = visitor(world);
    await person.enter('/accounts/security/', 'rivera@example.org');
    expect((await person.once('/api/v1/client_registrations')).statusCode).toBe(401);
  });
});
