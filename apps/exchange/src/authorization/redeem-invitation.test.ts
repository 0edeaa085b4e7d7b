import { createHash, randomBytes } from 'node:crypto';
import { verifierOfInvitationToken } from '@jhe/smart';
import { decodeJwt } from 'jose';
import { afterAll, beforeAll, expect, it } from 'vitest';
import { codeRequest, openWorld, SITE, signIn, type World } from './world.test-data.ts';

let world: World;
beforeAll(async () => {
  world = await openWorld();
});
afterAll(() => world?.close());

const HOUR = 3600 * 1000;
const ago = (ms: number) => new Date(Date.now() - ms);

async function invite({
  patientId = 40_001,
  status = 'issued',
  issuedAt = ago(HOUR),
  redeemedAt = null as Date | null,
  clientId = 4,
} = {}) {
  const token = randomBytes(16).toString('hex');
  const hash = createHash('sha256').update(token).digest('base64url');
  await world.database.owner.query(
    `insert into invitation (patient_id, client_id, token_hash, status, issued_at, redeemed_at, issued_by, organization_id)
     values ($1, $6, $2, $3, $4, $5, 10001, 20001)`,
    [patientId, hash, status, issuedAt, redeemedAt, clientId],
  );
  return { token, hash };
}

it('opens no account that asks for a second factor', async () => {
  const { owner } = world.database;
  await owner.query("insert into authenticator (user_id, secret) values (10003, 'offered')");
  const { token, hash } = await invite();
  expect((await redeem(token)).statusCode).toBe(200);
  await owner.query('update authenticator set confirmed_at = now()');
  const other = await invite();
  for (const one of [token, other.token]) {
    const refused = await redeem(one);
    expect(refused.statusCode).toBe(403);
    expect(refused.json().detail).toContain('authenticator app');
  }
  expect(await stateOf(hash)).toMatchObject({ status: 'redeemed' });
  expect(await stateOf(other.hash)).toMatchObject({ status: 'issued' });
  await owner.query('delete from authenticator');
});

let caller = 0;
/** Each call comes from an address of its own, so that the limit stays out of the way. */
const redeem = (token: string) =>
  world.app.http.inject({
    method: 'POST',
    url: `/api/v1/invitation/${token}`,
    remoteAddress: `10.0.0.${++caller}`,
  });

const stateOf = async (hash: string) =>
  (
    await world.database.owner.query('select status, redeemed_at from invitation where token_hash = $1', [
      hash,
    ])
  ).rows[0];

type Row = [
  name: string,
  invitation: Parameters<typeof invite>[0],
  status: number,
  body: unknown,
  after: string,
];
const TABLE: Row[] = [
  ['issued lately', {}, 200, undefined, 'redeemed'],
  ['issued almost seven days ago', { issuedAt: ago(7 * 24 * HOUR - 60_000) }, 200, undefined, 'redeemed'],
  [
    'issued seven days ago',
    { issuedAt: ago(7 * 24 * HOUR) },
    410,
    { detail: 'Invitation has expired.' },
    'expired',
  ],
  [
    'redeemed lately, and nobody can tell whether the code was exchanged',
    { status: 'redeemed', redeemedAt: ago(11 * HOUR) },
    409,
    { detail: 'Invitation has already been used.' },
    'redeemed',
  ],
  [
    'redeemed long ago',
    { status: 'redeemed', redeemedAt: ago(12 * HOUR) },
    409,
    { detail: 'Invitation has already been used.' },
    'redeemed',
  ],
  ['reissued', { status: 'reissued' }, 409, { detail: 'Invitation has already been used.' }, 'reissued'],
  ['expired', { status: 'expired' }, 410, { detail: 'Invitation has expired.' }, 'expired'],
  ['cancelled', { status: 'cancelled' }, 403, { detail: 'Invitation has been cancelled.' }, 'cancelled'],
  [
    'patient who is a superuser',
    { patientId: 40_004 },
    403,
    { detail: 'This account cannot be entered with an invitation.' },
    'issued',
  ],
];

it.each(TABLE)('redeems by state: %s', async (_name, invitation, status, body, after) => {
  const { token, hash } = await invite(invitation);
  const response = await redeem(token);
  expect(response.statusCode, response.body).toBe(status);
  expect(response.headers['access-control-allow-origin']).toBe('*');
  if (body !== undefined) expect(response.json()).toEqual(body);
  expect((await stateOf(hash)).status).toBe(after);
});

it('does not know other tokens', async () => {
  for (const token of ['a'.repeat(32), 'short', 'ü'.repeat(32), `${'a'.repeat(31)}-`]) {
    const response = await redeem(encodeURIComponent(token));
    expect(response.statusCode).toBe(404);
    expect(response.json()).toEqual({ detail: 'Invitation not found or already used.' });
  }
});

it('refuses a deactivated patient and one who has become a practitioner', async () => {
  const { token } = await invite();
  const { owner } = world.database;
  await owner.query('update app_user set active = false where id = 10003');
  expect((await redeem(token)).statusCode).toBe(403);
  await owner.query('update app_user set active = true where id = 10003');
  await owner.query('insert into practitioner (id, user_id) values (80003, 10003)');
  expect((await redeem(token)).statusCode).toBe(403);
  await owner.query('delete from practitioner where id = 80003');
  expect((await redeem(token)).statusCode).toBe(200);
});

const exchange = (token: string, grant: Record<string, string>) =>
  world.request({
    method: 'POST',
    url: '/o/token/',
    form: { ...grant, code_verifier: verifierOfInvitationToken(token) },
    headers: { origin: 'https://carex.example.org' },
  });

it('leads from the invitation to tokens of the patient', async () => {
  const { token, hash } = await invite();
  const response = await redeem(token);
  const { grant, token_endpoint: endpoint, expires } = response.json();
  expect(endpoint).toBe(`${SITE}/o/token/`);
  expect(grant).toEqual({
    grant_type: 'authorization_code',
    redirect_uri: `${SITE}/auth/callback`,
    client_id: 'app',
    code: expect.stringMatching(/^[\w-]{30,}$/),
  });
  expect(Math.abs(Date.parse(expires) - Date.now() - 60_000)).toBeLessThan(5000);

  expect((await exchange('b'.repeat(32), grant)).statusCode).toBe(400);
  const reply = await exchange(token, grant);
  expect(reply.statusCode, reply.body).toBe(200);
  const tokens = reply.json();
  expect(tokens).toMatchObject({
    scope: 'openid email',
    token_type: 'Bearer',
    refresh_token: expect.any(String),
  });
  expect(decodeJwt(tokens.id_token)).toMatchObject({
    sub: '10003',
    aud: 'app',
    email: 'ada@example.org',
    auth_time: expect.any(Number),
  });
  const facts = await world.server.verifyToken(tokens.access_token);
  expect(facts).toEqual({
    userId: 10_003,
    clientId: 'app',
    grants: [{ context: 'patient', type: '*', letters: 'cruds' }],
    session: { kind: 'person', grantId: expect.any(String) },
  });
  const { userId, clientId, grants, session } = facts!;
  // The session of a link acts for the organization that gave it; without the session it acts for nobody.
  expect(await world.gate.identify(userId, clientId, grants, undefined, session)).toMatchObject({
    patientIds: [],
    patientId: 40_001,
    link: { patientId: 40_001, organizationId: 20_001 },
  });
  expect(await world.gate.identify(userId, clientId, grants)).toMatchObject({ patientId: null, link: null });
  const refreshed = await world.request({
    method: 'POST',
    url: '/o/token/',
    form: { grant_type: 'refresh_token', refresh_token: tokens.refresh_token, client_id: 'app' },
  });
  expect(refreshed.statusCode, refreshed.body).toBe(200);

  const { rows } = await world.database.owner.query(
    'select last_login_at, email_verified from app_user where id = 10003',
  );
  expect(rows[0]).toEqual({ last_login_at: expect.any(Date), email_verified: false });
  // Nothing was lost, so nothing is given again.
  expect((await redeem(token)).statusCode).toBe(409);
  expect((await stateOf(hash)).status).toBe('redeemed');
});

const eventsOf = async (patientId: number) =>
  (
    await world.database.owner.query(
      'select kind, organization_id, client_id from record_event where patient_id = $1 order by id',
      [patientId],
    )
  ).rows;

it('gives a reply that was lost again, and makes the earlier one void', async () => {
  const { owner } = world.database;
  await owner.query('delete from record_event');
  const { token, hash } = await invite();
  const first = (await redeem(token)).json().grant;
  const before = (await stateOf(hash)).redeemed_at;
  const again = (await redeem(token)).json().grant;
  expect((await exchange(token, first)).statusCode).toBe(400);
  expect((await exchange(token, again)).statusCode).toBe(200);
  expect((await stateOf(hash)).redeemed_at).toEqual(before);
  expect(await eventsOf(40_001)).toEqual([
    { kind: 'link-opened', organization_id: 20_001, client_id: 'app' },
  ]);
});

it('makes a login without an address for a record that has none', async () => {
  const { token } = await invite({ patientId: 40_002 });
  const { grant } = (await redeem(token)).json();
  const tokens = (await exchange(token, grant)).json();
  const { sub, email } = decodeJwt(tokens.id_token);
  expect(email).toBeUndefined();
  const { rows } = await world.database.owner.query(
    `select u.email, u.email_verified, u.user_type, u.superuser, u.password_hash, p.keeper_organization_id
     from app_user u join patient p on p.user_id = u.id where p.id = 40002 and u.id = $1`,
    [sub],
  );
  expect(rows).toEqual([
    {
      email: null,
      email_verified: false,
      user_type: 'patient',
      superuser: false,
      password_hash: null,
      keeper_organization_id: 20_001,
    },
  ]);
  // A second link leads to the same login.
  const other = await invite({ patientId: 40_002 });
  const second = await exchange(other.token, (await redeem(other.token)).json().grant);
  expect(decodeJwt(second.json().id_token).sub).toBe(sub);
});

it('ends the session of an earlier link to the same app, and of no other', async () => {
  const here = await invite();
  const lost = await invite();
  const elsewhere = await invite({ clientId: 99 });
  const session = async (token: string) => (await exchange(token, (await redeem(token)).json().grant)).json();
  const earlier = await session(lost.token);
  const beside = (await redeem(elsewhere.token)).json().grant;
  const later = await session(here.token);
  expect(await world.server.verifyToken(earlier.access_token)).toBeNull();
  expect(await world.server.verifyToken(later.access_token)).not.toBeNull();
  expect((await exchange(elsewhere.token, beside)).statusCode).toBe(200);
  const refreshed = (refresh_token: string) =>
    world.request({
      method: 'POST',
      url: '/o/token/',
      form: { grant_type: 'refresh_token', refresh_token, client_id: 'app' },
    });
  expect((await refreshed(earlier.refresh_token)).statusCode).toBe(400);
  expect((await refreshed(later.refresh_token)).statusCode).toBe(200);
});

const ENDS: [name: string, change: string, back: string][] = [
  [
    'the issuer lost the role',
    "update membership set role = 'viewer'",
    "update membership set role = 'member'",
  ],
  [
    'the issuer was deactivated',
    'update app_user set active = false where id = 10001',
    'update app_user set active = true where id = 10001',
  ],
  [
    'the person keeps the record',
    'update patient set keeper_organization_id = null where id = 40001',
    'update patient set keeper_organization_id = 20001 where id = 40001',
  ],
];
it.each(ENDS)('opens nothing after %s, for good', async (_name, change, back) => {
  const { owner } = world.database;
  const { token, hash } = await invite();
  await owner.query(change);
  expect((await redeem(token)).statusCode).toBe(403);
  await owner.query(back);
  expect((await stateOf(hash)).status).toBe('cancelled');
  expect((await redeem(token)).statusCode).toBe(403);
});

it('ends with a sign-in of the login, once its address is proved', async () => {
  const { owner } = world.database;
  await owner.query(
    'update app_user set password_hash = (select password_hash from app_user where id = 10001) where id = 10003',
  );
  const { token } = await invite();
  const enter = () => signIn(world.browser(), codeRequest().url, 'ada@example.org');
  expect((await enter()).statusCode).toBe(400);
  expect((await redeem(token)).statusCode).toBe(200);
  await owner.query('update app_user set email_verified = true where id = 10003');
  expect((await enter()).statusCode).toBe(303);
  for (const one of [token, (await invite()).token]) {
    expect((await redeem(one)).statusCode).toBe(one === token ? 403 : 200);
  }
  await owner.query('update app_user set email_verified = false, password_hash = null where id = 10003');
});

it('leaves one usable code when two redeem at once', async () => {
  const { token } = await invite();
  const replies = await Promise.all([redeem(token), redeem(token), redeem(token)]);
  expect(replies.map(({ statusCode }) => statusCode)).toEqual([200, 200, 200]);
  const outcomes = await Promise.all(
    replies.map(async (reply) => (await exchange(token, reply.json().grant)).statusCode),
  );
  expect(outcomes.sort()).toEqual([200, 400, 400]);
});

it('lets an address try twenty times a minute', async () => {
  const attempt = () =>
    world.app.http.inject({
      method: 'POST',
      url: `/api/v1/invitation/${'a'.repeat(32)}`,
      remoteAddress: '10.9.9.9',
    });
  for (let count = 0; count < 20; count++) expect((await attempt()).statusCode).toBe(404);
  const limited = await attempt();
  expect(limited.statusCode).toBe(429);
  expect(limited.json()).toEqual({ detail: expect.any(String) });
});

it('obeys the settings', async () => {
  await world.database.owner.query(
    `insert into setting (key, value) values ('auth.patient.invitation_expiration_days', '1'), ('auth.patient.invitation_redemption_window_hours', '0')`,
  );
  expect((await redeem((await invite({ issuedAt: ago(25 * HOUR) })).token)).statusCode).toBe(410);
  const { token } = await invite();
  expect((await redeem(token)).statusCode).toBe(200);
  expect((await redeem(token)).statusCode).toBe(409);
});
