import { afterAll, beforeAll, beforeEach, expect, it } from 'vitest';
import { openWorld, PASSWORD, type World } from '../../authorization/world.test-data.ts';
import { sql } from '../../database/sql.ts';
import { linkTo, mailTo, visitor } from './visitor.test-data.ts';

let world: World;
beforeAll(async () => {
  world = await openWorld();
  const { owner } = world.database;
  await owner.query(
    "insert into organization (id, name, type, part_of) values (29101, 'Lab', 'laboratory', 0)",
  );
  await owner.query(
    "insert into membership (practitioner_id, organization_id, role) values (80001, 29101, 'manager')",
  );
  await owner.query('insert into patient_organization values (40001, 29101)');
});
afterAll(() => world?.close());
beforeEach(async () => {
  await world.database.owner.query('update app_user set email_verified = false where id = 10001');
});

const RIVERA = 'rivera@example.org';
const VERIFY = '/accounts/verify_email/';

/** Rivera, signed in when the address was not proved any more. */
async function riveraInside(): Promise<ReturnType<typeof visitor>> {
  const { owner } = world.database;
  await owner.query('update app_user set email_verified = true where id = 10001');
  const rivera = visitor(world);
  await rivera.enter('/accounts/password_change/', RIVERA);
  await owner.query('update app_user set email_verified = false where id = 10001');
  return rivera;
}

const isVerified = async () =>
  (await world.database.owner.query('select email_verified from app_user where id = 10001')).rows[0]
    .email_verified;

/** Patients that Dr Rivera sees in her next request. */
async function countPatients(): Promise<number> {
  const principal = await world.gate.identify(10001, 'jhe-portal', [
    { context: 'user', type: '*', letters: 'cruds' },
  ]);
  if (!principal) throw new Error('nobody');
  return world.gate.read(
    principal,
    { interaction: 'search', resource: 'Patient', requestId: 'test' },
    async (sight) => (await sight.query<{ id: number }>(sql`select id from ${sight.patients} p`)).length,
  );
}

it('shows a member nothing until the address is confirmed, and everything with the next request', async () => {
  expect(await countPatients()).toBe(0);
  const rivera = await riveraInside();
  const ask = await rivera.open(VERIFY);
  expect(ask.body).toContain('Send the mail');
  expect((await rivera.open(VERIFY, {})).url).toBe('/accounts/verify_email_done/');
  expect((await mailTo(world, RIVERA)).at(-1)?.subject).toBe('JHE E-mail Verification');
  const link = await linkTo(world, RIVERA, '/accounts/verify_email_confirm/');
  for (const scan of [visitor(world), visitor(world), rivera])
    expect((await scan.open(link)).status).toBe(200);
  expect(await isVerified()).toBe(false);
  expect(await countPatients()).toBe(0);
  expect((await rivera.open(link, {})).url).toBe('/accounts/verify_email_complete/');
  expect(await countPatients()).toBeGreaterThan(0);
  // Whoever is verified already is told so, with a used link as well.
  expect((await rivera.open(link)).url).toBe('/accounts/verify_email_complete/');
  expect((await rivera.open(VERIFY)).url).toBe('/accounts/verify_email_complete/');
});

it('H-30: sends whoever is not signed in to sign in, also when posting', async () => {
  for (const form of [undefined, {}])
    expect((await visitor(world).open(VERIFY, form)).url).toContain('/o/interaction/');
  expect((await visitor(world).open('/accounts/verify_email_complete/')).url).toContain('/o/interaction/');
});

async function sendLink() {
  const rivera = await riveraInside();
  await rivera.open(VERIFY, {});
  return { rivera, link: await linkTo(world, RIVERA, '/accounts/verify_email_confirm/') };
}

it('lets nobody in before, and takes the password with the link', async () => {
  const { link } = await sendLink();
  const signIn = (password: string) => visitor(world).enter('/accounts/password_change/', RIVERA, password);
  const [right, wrong] = [await signIn(PASSWORD), await signIn('not the password')];
  const plain = (body: string) => body.replace(/interaction\/[\w-]+/g, '');
  expect([right.status, plain(right.body)]).toEqual([wrong.status, plain(wrong.body)]);
  const rivera = visitor(world);
  expect((await rivera.open(link)).body).toContain('type the password that you chose');
  expect((await rivera.open(link, { password: 'not the password' })).status).toBe(400);
  expect((await rivera.open(link, {})).status).toBe(400);
  expect(await isVerified()).toBe(false);
  const confirmed = await rivera.open(link, { password: PASSWORD });
  expect(confirmed.body).toContain('Your e-mail address is confirmed');
  expect(await isVerified()).toBe(true);
  expect((await rivera.enter('/accounts/security/', RIVERA)).url).toBe('/accounts/security/');
  expect((await rivera.open(link, { password: PASSWORD })).url).toBe('/accounts/verify_email_complete/');
});

it('works for three days', async () => {
  const { rivera, link } = await sendLink();
  world.setClock(new Date(Date.now() + 3 * 24 * 60 * 60 * 1000 + 1000));
  try {
    const page = await rivera.open(link, {});
    expect(page.status).toBe(410);
    expect(page.body).toContain('This link does not work any more');
  } finally {
    world.setClock(null);
  }
  expect(await isVerified()).toBe(false);
});

it('works once', async () => {
  const { rivera, link } = await sendLink();
  await rivera.open(link, {});
  await world.database.owner.query('update app_user set email_verified = false where id = 10001');
  expect((await rivera.open(link, {})).status).toBe(410);
});

it('works for the address that it was sent to', async () => {
  const { rivera, link } = await sendLink();
  await world.database.owner.query("update app_user set email = 'new@example.org' where id = 10001");
  try {
    expect((await rivera.open(link, {})).status).toBe(410);
  } finally {
    await world.database.owner.query("update app_user set email = 'Rivera@example.org' where id = 10001");
  }
});

it('works for the person that it was sent to', async () => {
  const { link } = await sendLink();
  const other = visitor(world);
  await other.enter('/accounts/password_change/', 'root@example.org');
  await world.database.owner.query('update app_user set email_verified = false where id = 10004');
  expect((await other.open(link, {})).status).toBe(403);
  expect(await isVerified()).toBe(false);
  const [, , , uid = '', token = ''] = link.split('/');
  expect((await visitor(world).open(`/accounts/verify_email_confirm/${uid}x/${token}/`)).status).toBe(410);
  expect((await visitor(world).open(`/accounts/verify_email_confirm/${uid}/${token.slice(1)}/`)).status).toBe(
    410,
  );
});

it('is not for resetting a password', async () => {
  const { link } = await sendLink();
  const path = link.replace('verify_email_confirm', 'reset');
  expect((await visitor(world).open(path)).status).toBe(410);
});
