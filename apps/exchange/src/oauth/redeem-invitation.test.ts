import { createHash, randomBytes } from 'node:crypto';
import { verifierOfInvitationToken } from '@jhe/smart';
import { decodeJwt } from 'jose';
import { afterAll, beforeAll, expect, it } from 'vitest';
import { openWorld, SITE, type World } from './world.test-data.ts';

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
} = {}) {
  const token = randomBytes(16).toString('hex');
  const hash = createHash('sha256').update(token).digest('base64url');
  await world.database.owner.query(
    'insert into invitation (patient_id, client_id, token_hash, status, issued_at, redeemed_at) values ($1, 4, $2, $3, $4, $5)',
    [patientId, hash, status, issuedAt, redeemedAt],
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
  ['redeemed lately', { status: 'redeemed', redeemedAt: ago(11 * HOUR) }, 200, undefined, 'redeemed'],
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
    'patient without a user',
    { patientId: 40_002 },
    400,
    ['Patient has no associated user account.'],
    'issued',
  ],
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
  });
  expect(await world.gate.identify(facts!.userId, facts!.clientId, facts!.grants)).toMatchObject({
    patientId: 40_001,
  });
  const refreshed = await world.request({
    method: 'POST',
    url: '/o/token/',
    form: { grant_type: 'refresh_token', refresh_token: tokens.refresh_token, client_id: 'app' },
  });
  expect(refreshed.statusCode, refreshed.body).toBe(200);

  const { rows } = await world.database.owner.query(
    'select last_login_at, email_verified from app_user where id = 10003',
  );
  expect(rows[0]).toEqual({ last_login_at: expect.any(Date), email_verified: true });

  // A repetition gives a new code, makes the earlier one void and does not move the window.
  const before = (await stateOf(hash)).redeemed_at;
  const repeated = (await redeem(token)).json().grant;
  const repeatedAgain = (await redeem(token)).json().grant;
  expect((await exchange(token, repeated)).statusCode).toBe(400);
  expect((await exchange(token, repeatedAgain)).statusCode).toBe(200);
  expect((await stateOf(hash)).redeemed_at).toEqual(before);
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
