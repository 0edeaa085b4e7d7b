import { afterAll, beforeAll, beforeEach, describe, expect, it } from 'vitest';
import { openWorld, type World } from '../world.test-data.ts';
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
  expect(page.body).toContain('Sign in to confirm');
  const signInHref = /href="(\/accounts\/login\/[^"]+)"/.exec(page.body)?.[1] ?? '';
  const confirm = await noor.enter(signInHref, email, PASSWORD);
  expect(confirm.url).toBe(link);
  expect(confirm.body).toContain('Yes, confirm it');
  expect(await sees()).toBe(false);
  const done = await noor.open(link, {});
  expect(done.url).toBe('/accounts/verify_email_complete/?next=%2Fpatients');
  expect(done.body).toContain('href="/patients"');
  expect(await sees()).toBe(true);
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

it('lets nobody wait inside an account made with the address of somebody else', async () => {
  const email = 'victim@example.org';
  const thief = visitor(world);
  await thief.open('/accounts/signup/', formOf(email));
  await thief.enter('/accounts/password_change/', email, PASSWORD);
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
