import { setImmediate } from 'node:timers/promises';
import { generate } from 'otplib';
import { afterAll, beforeAll, beforeEach, describe, expect, it } from 'vitest';
import { hashPassword } from '../../access/password.ts';
import {
  codeRequest,
  fetchTokens,
  openWorld,
  PASSWORD,
  type World,
} from '../../authorization/world.test-data.ts';
import { findAuthenticator } from '../../store/oauth-authenticators.ts';
import { linkTo, mailTo, visitor } from './visitor.test-data.ts';

let world: World;
beforeAll(async () => {
  world = await openWorld();
});
afterAll(() => world?.close());
beforeEach(async () => {
  const hash = await hashPassword(PASSWORD);
  await world.database.owner.query('update app_user set password_hash = $1 where id = 10001', [hash]);
  await world.database.owner.query('delete from sign_in_attempt');
});

const RIVERA = 'rivera@example.org';
const ASK = '/accounts/password_reset/';
const NEW = 'nine green turtles';
const newPassword = { password: NEW, password_again: NEW };

async function askLink(email = RIVERA) {
  await visitor(world).open(ASK, { email });
  return linkTo(world, email, '/accounts/reset/');
}

const refresh = (token: string) =>
  world.request({
    method: 'POST',
    url: '/o/token/',
    form: { grant_type: 'refresh_token', refresh_token: token, client_id: 'jhe-portal' },
  });

it('sets a new password with the link, and puts everybody out who was in', async () => {
  const browser = world.browser();
  const { tokens } = await fetchTokens(world, browser, codeRequest());
  const hub = codeRequest({ clientId: 'hub', redirectUri: 'https://hub.example.org/hub/oauth_callback' });
  const { tokens: hubTokens } = await fetchTokens(world, world.browser(), hub);
  expect(await world.server.verifyToken(hubTokens.access_token!)).not.toBeNull();
  const waiting = await world.browser().go({ url: codeRequest().url });
  expect(waiting.statusCode).toBe(303);

  const link = await askLink();
  const rivera = visitor(world);
  const page = await rivera.open(link);
  expect(page.body).toContain('Choose a new password');
  const done = await rivera.open(link, newPassword);
  expect(done.url).toBe('/accounts/reset/done/');

  for (const token of [tokens.access_token!, hubTokens.access_token!])
    expect(await world.server.verifyToken(token)).toBeNull();
  expect((await refresh(tokens.refresh_token!)).statusCode).toBe(400);
  expect(String((await browser.go({ url: codeRequest().url })).headers.location)).toContain(
    '/o/interaction/',
  );
  expect((await visitor(world).enter('/accounts/password_change/', RIVERA)).status).toBe(400);
  expect((await visitor(world).enter('/accounts/password_change/', RIVERA, NEW)).url).toBe(
    '/accounts/password_change/',
  );
  expect((await mailTo(world, RIVERA)).at(-1)?.subject).toBe('Your password was changed');
  // Once.
  expect((await visitor(world).open(link)).status).toBe(410);
  expect((await visitor(world).open(link, newPassword)).status).toBe(410);
});

it('ends a sign-in that is half done', async () => {
  const browser = world.browser();
  const start = await browser.go({ url: codeRequest().url });
  const form = { email: RIVERA, password: PASSWORD };
  const resume = await browser.go({ method: 'POST', url: String(start.headers.location), form });
  await visitor(world).open(await askLink(), newPassword);
  const late = await browser.go({ url: String(resume.headers.location) });
  expect(late.statusCode).toBe(400);
});

it('ends a session that a request under way stores again', async () => {
  const thief = visitor(world);
  await thief.enter('/accounts/password_change/', RIVERA);
  const { owner } = world.database;
  const { rows } = await owner.query(
    "select * from oauth_model where model = 'Session' and payload->>'accountId' = '10001'",
  );
  expect(rows.length).toBeGreaterThan(0);
  world.setClock(new Date(Date.now() + 5000));
  try {
    await visitor(world).open(await askLink(), newPassword);
    for (const { id, payload, uid, expires_at } of rows) {
      await owner.query(
        "insert into oauth_model (model, id, payload, uid, expires_at) values ('Session', $1, $2, $3, $4)",
        [id, payload, uid, expires_at],
      );
    }
    expect((await thief.open('/accounts/password_change/')).url).toContain('/o/interaction/');
    const back = await visitor(world).enter('/accounts/password_change/', RIVERA, NEW);
    expect(back.url).toBe('/accounts/password_change/');
  } finally {
    world.setClock(null);
    await owner.query("delete from oauth_model where model = 'AccessEnded'");
  }
});

it('refuses a refresh token that a request under way stores again', async () => {
  const { tokens } = await fetchTokens(
    world,
    world.browser(),
    codeRequest({ scope: 'openid offline_access' }),
  );
  const { owner } = world.database;
  const { rows } = await owner.query(
    "select * from oauth_model where model in ('RefreshToken', 'Grant') and payload->>'accountId' = '10001'",
  );
  await visitor(world).open(await askLink(), newPassword);
  for (const { model, id, payload, uid, grant_id, expires_at } of rows) {
    await owner.query(
      'insert into oauth_model (model, id, payload, uid, grant_id, expires_at) values ($1, $2, $3, $4, $5, $6)',
      [model, id, payload, uid, grant_id, expires_at],
    );
  }
  expect((await refresh(tokens.refresh_token!)).statusCode).toBe(400);
});

describe('beside what is under way at that moment', () => {
  /** Posts the new password, and with it what `thief` does, each waiting for the same row in this order. */
  async function resetBeside<T>(thief: () => Promise<T>): Promise<T> {
    const link = await askLink();
    const holder = await world.database.owner.connect();
    const waiting = async (many: number) => {
      const text =
        "select 1 from pg_stat_activity where datname = current_database() and wait_event_type = 'Lock'";
      while ((await world.database.owner.query(text)).rowCount !== many) await setImmediate();
    };
    try {
      await holder.query('begin; select id from app_user where id = 10001 for update');
      const reset = visitor(world).open(link, newPassword);
      await waiting(1);
      const deed = thief();
      await waiting(2);
      await holder.query('commit');
      expect((await reset).url).toBe('/accounts/reset/done/');
      return await deed;
    } finally {
      holder.release();
    }
  }

  it('lets nobody in with the old password', async () => {
    const thief = visitor(world);
    const page = await thief.open('/accounts/password_change/');
    const late = await resetBeside(() => thief.open(page.url, { email: RIVERA, password: PASSWORD }));
    expect(late.status).toBe(400);
    expect((await thief.open('/accounts/password_change/')).url).toContain('/o/interaction/');
  });

  it('lets nobody put another password in the place of the new one', async () => {
    const thief = visitor(world);
    await thief.enter('/accounts/password_change/', RIVERA);
    const mine = {
      current: PASSWORD,
      password: 'seven stolen spoons',
      password_again: 'seven stolen spoons',
    };
    const late = await resetBeside(() => thief.open('/accounts/password_change/', mine));
    expect(late.status).toBe(400);
    expect((await visitor(world).enter('/accounts/password_change/', RIVERA, NEW)).status).toBe(200);
  });

  it('lets nobody add an authenticator', async () => {
    const thief = visitor(world);
    await thief.enter('/accounts/security/authenticator/', RIVERA);
    const offered = await world.system('token', (sight) => findAuthenticator(sight, 10001));
    const code = await generate({ secret: offered?.secret ?? '' });
    const late = await resetBeside(() => thief.open('/accounts/security/authenticator/', { code }));
    expect(late.status).toBe(400);
    const { rows: after } = await world.database.owner.query(
      'delete from authenticator where user_id = 10001 returning confirmed_at',
    );
    expect(after).toEqual([{ confirmed_at: null }]);
  });
});

it('keeps other people signed in', async () => {
  const root = visitor(world);
  await root.enter('/accounts/password_change/', 'root@example.org');
  await visitor(world).open(await askLink(), newPassword);
  expect((await root.open('/accounts/password_change/')).url).toBe('/accounts/password_change/');
});

it.each([
  ['an unknown address', 'nobody@example.org', 'No account with this address'],
  ['a deactivated person', 'gone@example.org', 'No account with this address'],
  ['a person without a password', 'ada@example.org', 'Choose a new password'],
])('answers the same for %s', async (_name, email, subject) => {
  const known = await visitor(world).once(ASK, { email: RIVERA });
  const other = await visitor(world).once(ASK, { email });
  const plain = ({ statusCode, body, headers: { date, ...headers } }: typeof known) => ({
    statusCode,
    body,
    headers,
  });
  expect(plain(other)).toEqual(plain(known));
  expect((await mailTo(world, email)).map((letter) => letter.subject)).toEqual([subject]);
});

it('writes to an address that nobody has once a day', async () => {
  for (let count = 0; count < 3; count++) await visitor(world).open(ASK, { email: 'Stranger@example.org' });
  expect(await mailTo(world, 'stranger@example.org')).toHaveLength(1);
});

it('sends nobody a way around their institution', async () => {
  const { owner } = world.database;
  await owner.query('update app_user set password_hash = null where id = 10001');
  await owner.query(
    "insert into external_identity (user_id, kind, issuer, subject) values (10001, 'saml', 'https://idp', 'luz')",
  );
  await visitor(world).open(ASK, { email: RIVERA });
  expect((await mailTo(world, RIVERA)).at(-1)?.subject).toBe('Your institution signs you in');
  await owner.query('delete from external_identity');
});

it('sends a link to whom only an EHR knows, since nobody signs in with that', async () => {
  const { owner } = world.database;
  await owner.query('update app_user set password_hash = null where id = 10001');
  await owner.query(
    "insert into external_identity (user_id, kind, issuer, subject) values (10001, 'ehr', 'https://ehr', 'luz')",
  );
  await visitor(world).open(ASK, { email: RIVERA });
  expect((await mailTo(world, RIVERA)).at(-1)?.subject).toBe('Choose a new password');
  await owner.query('delete from external_identity');
});

it.each([
  ['short', { password: 'short', password_again: 'short' }, 'password-fault'],
  ['different', { password: NEW, password_again: `${NEW}!` }, 'password_again-fault'],
  ['common', { password: 'qwertyuiop', password_again: 'qwertyuiop' }, 'password-fault'],
])('keeps the link when the password is %s', async (_name, form, id) => {
  const link = await askLink();
  const page = await visitor(world).open(link, form);
  expect(page.status).toBe(400);
  expect(page.body).toContain(`id="${id}"`);
  expect((await visitor(world).open(link, newPassword)).url).toBe('/accounts/reset/done/');
});

it('works for three days', async () => {
  const link = await askLink();
  world.setClock(new Date(Date.now() + 3 * 24 * 60 * 60 * 1000 + 1000));
  try {
    expect((await visitor(world).open(link, newPassword)).status).toBe(410);
  } finally {
    world.setClock(null);
  }
});

it('of two at once, one sets the password', async () => {
  const link = await askLink();
  const answers = await Promise.all([1, 2].map(() => visitor(world).open(link, newPassword)));
  expect(answers.map(({ status }) => status).sort()).toEqual([200, 410]);
});

it('H-47: links begin with the configured address, whatever is claimed', async () => {
  const headers = { 'x-forwarded-host': 'evil.example', 'x-forwarded-proto': 'https' };
  await world.request({ method: 'POST', url: ASK, form: { email: RIVERA }, headers });
  expect((await mailTo(world, RIVERA)).at(-1)?.body).not.toContain('evil');
  expect((await mailTo(world, RIVERA)).at(-1)?.body).toContain('http://localhost:8000/accounts/reset/');
});

it('limits one address, with the seconds to wait', async () => {
  let last = await visitor(world).once(ASK, { email: 'x' });
  for (let count = 0; count < 30; count++) last = await visitor(world).once(ASK, { email: 'x' });
  expect(last.statusCode).toBe(429);
  expect(Number(last.headers['retry-after'])).toBeGreaterThan(3000);
  expect(last.body).toContain('making requests too quickly');
});

it('opens an account that was closed to guessing', async () => {
  for (let count = 0; count < 11; count++) await visitor(world).enter('/accounts/login/', RIVERA, 'wrong');
  await world.database.owner.query("delete from sign_in_attempt where key not like 'account%'");
  expect((await visitor(world).enter('/accounts/login/', RIVERA)).status).toBe(429);
  await visitor(world).open(await askLink(), newPassword);
  expect((await visitor(world).enter('/accounts/password_change/', RIVERA, NEW)).status).toBe(200);
});
