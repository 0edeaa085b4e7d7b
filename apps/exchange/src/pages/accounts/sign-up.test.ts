import { afterAll, beforeAll, beforeEach, describe, expect, it } from 'vitest';
import { openWorld, type World } from '../../authorization/world.test-data.ts';
import { linkTo, mailTo, setSetting, visitor } from './visitor.test-data.ts';

let world: World;
beforeAll(async () => {
  world = await openWorld();
  await world.database.owner.query(
    "insert into organization (id, name, type, part_of) values (29101, 'Lab', 'laboratory', 0), (29102, 'Clinic', 'prov', 0)",
  );
  // The people of the world have ids of their own.
  await world.database.owner.query(
    "select setval('app_user_id_seq', 19001), setval('practitioner_id_seq', 89001)",
  );
});
afterAll(() => world?.close());
beforeEach(() => setSetting(world, 'site.registration_invite_code', 'open sesame'));

const CODE = 'site.registration_invite_code';
const PASSWORD = 'seventeen blue herons';

const formOf = (email: string, changes: Record<string, string> = {}) => ({
  joincode: 'open sesame',
  email,
  first_name: 'Noor',
  last_name: 'Haddad',
  password: PASSWORD,
  password_again: PASSWORD,
  ...changes,
});

const accountOf = async (email: string) =>
  (
    await world.database.owner.query(
      `select u.id, u.user_type, u.email_verified, u.superuser, pr.name_family
       from app_user u join practitioner pr on pr.user_id = u.id where u.email = $1`,
      [email],
    )
  ).rows[0];

describe('whether one can sign up', () => {
  it.each([undefined, '', '   ', 7, null])('is closed where the invite code is %j', async (value) => {
    await setSetting(world, CODE, value);
    const page = await visitor(world).open('/accounts/signup/');
    expect(page.status).toBe(403);
    expect(page.body).toContain('Accounts are made by invitation');
    const posted = await visitor(world).open(
      '/accounts/signup/',
      formOf('h45@example.org', { joincode: '' }),
    );
    expect(posted.status).toBe(403);
    expect(await accountOf('h45@example.org')).toBeUndefined();
    expect((await visitor(world).open('/accounts/password_change/')).body).not.toContain('Create an account');
  });

  it('is open where there is one, and the sign-in page says so', async () => {
    expect((await visitor(world).open('/accounts/signup/')).status).toBe(200);
    const page = await visitor(world).open('/accounts/password_change/');
    expect(page.body).toContain('/accounts/signup/?next=%2Faccounts%2Fpassword_change%2F');
  });
});

it('signs up: the mail, signing in, confirming; then what a membership shows', async () => {
  const email = 'noor@example.org';
  await setSetting(world, 'auth.default_orgs', 'nonsense;29101:m;99999:manager;29102:viewer');
  const noor = visitor(world);
  const answer = await noor.open('/accounts/signup/?next=%2Fpatients', formOf(email));
  expect(answer.url).toBe('/accounts/signup/done/');
  const account = await accountOf(email);
  expect(account).toMatchObject({
    user_type: 'practitioner',
    email_verified: false,
    superuser: false,
    name_family: 'Haddad',
  });
  const { rows: memberships } = await world.database.owner.query(
    `select organization_id, role from membership m join practitioner pr on pr.id = m.practitioner_id
     where pr.user_id = $1 order by 1`,
    [account.id],
  );
  expect(memberships).toEqual([
    { organization_id: 29101, role: 'member' },
    { organization_id: 29102, role: 'viewer' },
  ]);
  const sees = async () => {
    const principal = await world.gate.identify(account.id, 'jhe-portal', [
      { context: 'user', type: '*', letters: 'cruds' },
    ]);
    return principal?.emailVerified;
  };
  expect(await sees()).toBe(false);

  const link = await linkTo(world, email, '/accounts/verify_email_confirm/');
  const page = await noor.open(link);
  expect(page.body).toContain('type the password that you chose');
  expect(await sees()).toBe(false);
  const confirmed = await noor.open(link, { password: PASSWORD });
  expect(confirmed.body).toContain('Your e-mail address is confirmed');
  expect(confirmed.body).toContain('href="/accounts/login/?next=%2Fpatients"');
  expect(await sees()).toBe(true);
  expect((await noor.enter('/accounts/security/', email, PASSWORD)).url).toBe('/accounts/security/');
});

const WRONG: [name: string, field: string, message: string, changes: Record<string, string>][] = [
  ['a wrong invite code', 'joincode', 'Your Invite Code is invalid.', { joincode: 'open sesam' }],
  ['no invite code', 'joincode', 'Your Invite Code is invalid.', { joincode: '' }],
  ['no address', 'email', 'Type an e-mail address', { email: '' }],
  ['two addresses', 'email', 'Type an e-mail address', { email: 'a@example.org,b@example.org' }],
  ['no first name', 'first_name', 'Type your first name.', { first_name: ' ' }],
  ['no last name', 'last_name', 'Type your last name.', { last_name: '' }],
  ['a short password', 'password', 'longer password', { password: 'short', password_again: 'short' }],
  [
    'a common password',
    'password',
    'Many people use this password',
    { password: 'password123', password_again: 'password123' },
  ],
  [
    'the address as password',
    'password',
    'not made from your e-mail',
    { password: 'Wrong@example.org', password_again: 'Wrong@example.org' },
  ],
  ['two passwords', 'password_again', 'The two passwords differ.', { password_again: `${PASSWORD}!` }],
];

it.each(WRONG)('names the field for %s', async (_name, field, message, changes) => {
  const form = formOf('wrong@example.org', changes);
  const page = await visitor(world).open('/accounts/signup/', form);
  expect(page.status).toBe(400);
  expect(new RegExp(`id="${field}-fault">([^<]*)<`).exec(page.body)?.[1]).toContain(message);
  expect(page.body).toMatch(new RegExp(`<input id="${field}"[^>]*aria-invalid="true"[^>]*${field}-fault`));
  expect(page.body).not.toContain(PASSWORD);
  expect(await accountOf('wrong@example.org')).toBeUndefined();
});

it('puts guessing at the invite code on record', async () => {
  const count = async () => {
    const text = "select outcome from audit_event where reason = 'account: sign-up, wrong invite code'";
    const { rows } = await world.database.owner.query(text);
    expect(rows.every(({ outcome }) => outcome === 'refused')).toBe(true);
    return rows.length;
  };
  const before = await count();
  await visitor(world).open('/accounts/signup/', formOf('guess@example.org', { joincode: 'open' }));
  await visitor(world).open('/accounts/signup/', formOf('guess@example.org', { password: 'short' }));
  expect(await count()).toBe(before + 1);
});

it('names every field of an empty form', async () => {
  const page = await visitor(world).open('/accounts/signup/', { other: 'x' });
  expect(page.status).toBe(400);
  for (const field of ['joincode', 'email', 'first_name', 'last_name', 'password'])
    expect(page.body).toContain(`id="${field}-fault"`);
});

it('says the same of a taken address, and tells its owner', async () => {
  const before = (await mailTo(world, 'rivera@example.org')).length;
  const taken = await visitor(world).once('/accounts/signup/', formOf('RIVERA@example.org'));
  const free = await visitor(world).once('/accounts/signup/', formOf('free@example.org'));
  const plain = ({ statusCode, body, headers: { date, ...headers } }: typeof free) => ({
    statusCode,
    body,
    headers,
  });
  expect(plain(taken)).toEqual(plain(free));
  const letters = await mailTo(world, 'rivera@example.org');
  expect(letters.length).toBe(before + 1);
  expect(letters.at(-1)).toMatchObject({
    recipient: 'Rivera@example.org',
    subject: 'Somebody tried to sign up with your address',
  });
  expect(letters.at(-1)?.body).not.toContain('verify_email');
  const { rows } = await world.database.owner.query(
    "select first_name from app_user where lower(email) = 'rivera@example.org'",
  );
  expect(rows).toEqual([{ first_name: 'Luz' }]);
});

/** Everything that is answered to somebody who signs up with an address and tries what to do next, without its mail. */
async function toldOf(email: string): Promise<unknown[]> {
  await world.database.owner.query('delete from sign_in_attempt');
  await setSetting(world, 'auth.patient_access_clients', ['app']);
  // The clock stands still: how long somebody has to wait is told in seconds.
  const at = new Date();
  world.setClock(at);
  const stranger = visitor(world);
  const answers: Awaited<ReturnType<typeof stranger.once>>[] = [];
  const walk = async (url: string, form?: Record<string, string>): Promise<string> => {
    let answer = await stranger.once(url, form);
    answers.push(answer);
    let at = url;
    for (let hops = 0; hops < 8 && [302, 303].includes(answer.statusCode); hops++) {
      at = new URL(String(answer.headers.location), `http://localhost:8000${at}`).href.slice(21);
      if (!at.startsWith('/')) break;
      answer = await stranger.once(at);
      answers.push(answer);
    }
    return at;
  };
  const signIn = async (page: string, password: string) => {
    const visit = await walk(page);
    await walk(visit, { email, password });
    return visit;
  };
  await walk('/accounts/signup/?next=%2Fpatients', formOf(email));
  // With the password that was chosen, with another one, and again.
  await signIn('/accounts/security/', PASSWORD);
  await signIn('/accounts/verify_email/', PASSWORD);
  await signIn('/accounts/security/', 'not the password');
  await signIn('/accounts/record/', PASSWORD);
  await walk('/accounts/verify_email/', {});
  await walk('/accounts/verify_email_done/');
  await walk('/accounts/verify_email_complete/');
  await walk('/accounts/password_reset/', { email });
  await walk('/accounts/signup/', formOf(email));
  await signIn('/accounts/security/', PASSWORD);
  // With a code by e-mail, which is asked for twice.
  const app = new URLSearchParams({
    response_type: 'code',
    client_id: 'app',
    redirect_uri: 'http://localhost:8000/auth/callback',
    scope: 'openid',
    code_challenge: 'E9Melhoa2OwvFrEMTJguCHaoeK1t8URWbuGJSstw-cM',
    code_challenge_method: 'S256',
  });
  const ask = await walk(`/o/authorize/?${app}`);
  expect(ask).toMatch(/\/email$/);
  await walk(ask, { email });
  await walk(ask.replace('/email', '/code'), { code: 'AAAA-AAAA' });
  world.setClock(new Date(at.getTime() + 40_000));
  await walk(ask.replace('/email', '/resend'), {});
  for (let n = 0; n < 4; n++) await walk(ask.replace('/email', '/code'), { code: 'AAAA-AAAA' });
  // And until it has to wait.
  for (let n = 0; n < 12; n++) await signIn('/accounts/security/', PASSWORD);
  await setSetting(world, 'auth.patient_access_clients', undefined);
  world.setClock(null);
  const text = (value: string) =>
    value
      .replaceAll(email, '<address>')
      .replaceAll(encodeURIComponent(email), '<address>')
      .replace(/(interaction\/|o\/authorize\/|code_challenge=|xsrf" value=")[\w-]+/g, '$1<chance>');
  return answers.map(({ statusCode, body, headers: { date: _, ...headers } }) => ({
    statusCode,
    body: text(body),
    headers: {
      ...headers,
      'content-length': undefined,
      location: text(String(headers.location ?? '')),
      // Which cookies, and where they go; their values and ends are by chance and by the clock.
      'set-cookie': [headers['set-cookie'] ?? []].flat().map((cookie) =>
        text(String(cookie))
          .replace(/=[^;]*/, '')
          .replace(/expires=[^;]*/, ''),
      ),
    },
  }));
}

describe('whoever signs up learns nothing about an address, whatever they try next', () => {
  let free: unknown[];
  beforeAll(async () => {
    free = await toldOf('nobody.yet@example.org');
  });

  it('something was looked at', () => {
    expect(free.length).toBeGreaterThan(60);
    expect(new Set(free.map((answer) => (answer as { statusCode: number }).statusCode))).toEqual(
      new Set([200, 303, 400, 429]),
    );
  });

  it.each([
    ['a practitioner', 'rivera@example.org'],
    ['somebody whose account is closed', 'gone@example.org'],
    ['somebody who administers', 'root@example.org'],
    ['somebody who never confirmed it', 'ada@example.org'],
  ])('of %s', async (_, email) => {
    expect(await toldOf(email)).toEqual(free);
  });

  it('nor does who signs up twice', async () => {
    expect(await toldOf('nobody.yet@example.org')).toEqual(free);
  });
});

it('mails another link to whoever signed up before and lost it; the password stays that of the first time', async () => {
  const email = 'twice@example.org';
  const noor = visitor(world);
  await noor.open('/accounts/signup/', formOf(email));
  const other = 'eleven red foxes run';
  await noor.open('/accounts/signup/', formOf(email, { password: other, password_again: other }));
  expect((await mailTo(world, email)).map(({ subject }) => subject)).toEqual(
    Array(2).fill('JHE E-mail Verification'),
  );
  const link = await linkTo(world, email, '/accounts/verify_email_confirm/');
  expect((await noor.open(link, { password: other })).status).toBe(400);
  expect((await noor.open(link, { password: PASSWORD })).body).toContain('Your e-mail address is confirmed');
});

it('lets nobody wait inside an account made with the address of somebody else', async () => {
  const email = 'victim@example.org';
  const thief = visitor(world);
  await thief.open('/accounts/signup/', formOf(email));
  expect((await thief.enter('/accounts/password_change/', email, PASSWORD)).status).toBe(400);
  // The owner of the address opens the mail: without the password it confirms nothing, also not when posted.
  const owner = visitor(world);
  const link = await linkTo(world, email, '/accounts/verify_email_confirm/');
  await owner.open(link);
  await owner.open(link, {});
  expect(await accountOf(email)).toMatchObject({ email_verified: false });
  // A new password by mail proves the address and puts everybody else out.
  await owner.open('/accounts/password_reset/', { email });
  const reset = await linkTo(world, email, '/accounts/reset/');
  await owner.open(reset, { password: 'nine green turtles', password_again: 'nine green turtles' });
  expect(await accountOf(email)).toMatchObject({ email_verified: true });
  expect((await thief.open('/accounts/password_change/')).url).toContain('/o/interaction/');
  await expect(visitor(world).enter('/accounts/password_change/', email, PASSWORD)).resolves.toMatchObject({
    status: 400,
  });
});
