/** Holes of the reference about accounts and tokens, each closed (contract, 11). */
import { afterAll, beforeAll, describe, expect, it } from 'vitest';
import {
  codeRequest,
  fetchTokens,
  openWorld,
  PASSWORD,
  signIn,
  type World,
} from '../../apps/exchange/src/authorization/world.test-data.ts';

let world: World;
beforeAll(async () => {
  world = await openWorld();
  // The people of the world have ids of their own.
  await rows("select setval('app_user_id_seq', 19001), setval('practitioner_id_seq', 89001)");
});
afterAll(() => world?.close());

const rows = async (text: string, ...values: unknown[]) =>
  (await world.database.owner.query(text, values)).rows;

const refresh = (token: string | undefined, clientId = 'jhe-portal') =>
  world.request({
    method: 'POST',
    url: '/o/token/',
    form: { grant_type: 'refresh_token', refresh_token: token ?? '', client_id: clientId },
  });

const tokensOf = async (browser = world.browser()) =>
  (await fetchTokens(world, browser, codeRequest())).tokens;

/** Whether the API would admit a token now: it is good, and its person is there and active. */
async function opens(token: string | undefined): Promise<boolean> {
  const facts = await world.server.verifyToken(token ?? '');
  return facts !== null && (await world.gate.identify(facts.userId, facts.clientId, facts.grants)) !== null;
}

describe('H-12 who is deactivated or signs out is out', () => {
  it('deactivated: neither token nor refresh token works with the next request', async () => {
    const tokens = await tokensOf();
    expect(await opens(tokens.access_token)).toBe(true);
    await rows('update app_user set active = false where id = 10001');
    expect(await opens(tokens.access_token)).toBe(false);
    expect((await refresh(tokens.refresh_token)).statusCode).toBe(400);
    await rows('update app_user set active = true where id = 10001');
  });

  it('signed out: the same', async () => {
    const browser = world.browser();
    const tokens = await tokensOf(browser);
    const page = await browser.go({ url: '/o/logout/' });
    const xsrf = /name="xsrf" value="([^"]+)"/.exec(page.body)?.[1] ?? '';
    await browser.go({ method: 'POST', url: '/o/logout/confirm', form: { xsrf, logout: 'yes' } });
    expect(await opens(tokens.access_token)).toBe(false);
    expect((await refresh(tokens.refresh_token)).statusCode).toBe(400);
  });
});

describe('H-13 no side doors', () => {
  it.each([
    '/allauth/signup/',
    '/allauth/login/',
    '/allauth/account/email',
    '/o/applications/',
    '/o/applications/register/',
    '/o/authorized_tokens/',
    '/o/accounts/signup/',
    '/admin/',
  ])('%s is not there', async (url) => {
    for (const method of ['GET', 'POST'] as const) {
      const form = { email: 'new@example.org', password: 'seventeen blue herons' };
      const { statusCode } = await world.request({ method, url, ...(method === 'POST' ? { form } : {}) });
      expect(statusCode, `${method} ${url}`).toBe(404);
    }
    expect(await rows("select 1 from app_user where email = 'new@example.org'")).toEqual([]);
  });

  it('a client whose secret matches may not exchange tokens unless it was allowed to', async () => {
    const reply = await world.request({
      method: 'POST',
      url: '/o/token-exchange',
      form: {
        audience: world.config.siteUrl,
        requested_token_type: 'urn:ietf:params:oauth:token-type:access_token',
        subject_token_type: 'urn:ietf:params:oauth:token-type:id_token',
        subject_token: 'a.b.c',
        grant_type: 'urn:ietf:params:oauth:grant-type:token-exchange',
        scope: 'openid',
        client_id: 'broker',
        client_secret: 'hush-hush',
      },
    });
    expect(reply.statusCode).toBe(401);
    expect(reply.json()).toMatchObject({ error: 'invalid_client' });
  });
});

describe('H-44 passwords cannot be tried at will', () => {
  it('an account closes after ten wrong ones, even to the right one', async () => {
    const browser = world.browser();
    for (let i = 0; i < 10; i++) await signIn(browser, codeRequest().url, 'root@example.org', `wrong ${i}`);
    const answer = await signIn(browser, codeRequest().url, 'root@example.org', PASSWORD);
    expect(answer.statusCode).toBe(429);
    expect(Number(answer.headers['retry-after'])).toBeGreaterThan(60);
    const [{ n }] = await rows(
      "select count(*)::int as n from audit_event where reason like 'sign-in%' and outcome = 'refused'",
    );
    expect(n).toBe(11);
  });
});

describe('H-45 no sign-up without the code, no weak password', () => {
  const form = (changes: Record<string, string>) => ({
    joincode: 'open sesame',
    email: 'h45@example.org',
    first_name: 'A',
    last_name: 'B',
    password: 'seventeen blue herons',
    password_again: changes.password ?? 'seventeen blue herons',
    ...changes,
  });
  let address = 1;
  const signUp = async (changes: Record<string, string>) => {
    // Each from an address of its own: sign-ups of one address are limited too.
    await world.app.http.inject({
      method: 'POST',
      url: '/accounts/signup/',
      remoteAddress: `10.1.0.${address++}`,
      headers: { 'content-type': 'application/x-www-form-urlencoded' },
      payload: new URLSearchParams(form(changes)).toString(),
    });
    return (await rows("select 1 from app_user where email = 'h45@example.org'")).length;
  };

  it.each([null, '', '  '])('closed while the code is %j, whatever is entered', async (value) => {
    await rows("delete from setting where key = 'site.registration_invite_code'");
    if (value !== null)
      await rows(
        "insert into setting values ('site.registration_invite_code', $1::jsonb)",
        JSON.stringify(value),
      );
    for (const joincode of ['', ' ', 'null', 'open sesame']) expect(await signUp({ joincode })).toBe(0);
  });

  it('refuses a wrong code and weak passwords, and takes what is right', async () => {
    await rows(
      `insert into setting values ('site.registration_invite_code', '"open sesame"')
       on conflict (key) do update set value = excluded.value`,
    );
    for (const changes of [
      { joincode: 'open' },
      { password: 'abcde' },
      { password: 'Passw0rd!' },
      { password: '1234567890' },
      { password: 'h45@example.org' },
    ] as Record<string, string>[])
      expect(await signUp(changes), JSON.stringify(changes)).toBe(0);
    expect(await signUp({})).toBe(1);
  });
});

describe('H-50 codes and refresh tokens', () => {
  it.each(['plain', undefined, 'S512'])('a challenge by %s is refused', async (method) => {
    const { url } = codeRequest();
    const changed = new URL(url, world.config.siteUrl);
    changed.searchParams.delete('code_challenge_method');
    if (method) changed.searchParams.set('code_challenge_method', method);
    const answer = await world.request({ url: changed.pathname + changed.search });
    const back = new URL(String(answer.headers.location), world.config.siteUrl);
    expect(back.searchParams.get('error')).toBe('invalid_request');
    expect(back.searchParams.get('code')).toBeNull();
  });

  it('a refresh token expires, and one used twice ends its whole family', async () => {
    const first = await tokensOf();
    const second = (await refresh(first.refresh_token)).json();
    expect(second.refresh_token).not.toBe(first.refresh_token);
    expect((await refresh(first.refresh_token)).statusCode).toBe(400);
    expect((await refresh(second.refresh_token)).statusCode).toBe(400);
    expect(await opens(second.access_token)).toBe(false);
    const [{ days }] = await rows(
      `select max(expires_at - now()) < interval '91 days' as days from oauth_model where model = 'RefreshToken'`,
    );
    expect(days).toBe(true);
  });
});
