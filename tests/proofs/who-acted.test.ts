/**
 * The trail says who acted, and apart from it whose account it was about: whoever guesses at somebody's password, or asks for
 * a mail to them, is nobody yet, and is not written down as them.
 */
import { afterAll, beforeAll, expect, it } from 'vitest';
import { hashPassword } from '../../apps/exchange/src/access/password.ts';
import { openBrowser } from '../../apps/exchange/src/authorization/world.test-data.ts';
import { follow } from '../../apps/exchange/src/pages/accounts/pages.test-data.ts';
import { type AttackWorld, openAttackWorld } from '../attacks/attack-world.ts';
import { openMails } from '../setup/mail.ts';
import { users } from '../worlds/two-organizations.ts';

const PASSWORD = 'nine green turtles';

let world: AttackWorld;
beforeAll(async () => {
  world = await openAttackWorld();
  await world.sql("insert into setting (key, value) values ('site.registration_invite_code', '\"sesame\"')");
  await world.sql('update app_user set password_hash = $1 where email is not null', [
    await hashPassword(PASSWORD),
  ]);
});
afterAll(() => world?.close());

const browser = () =>
  openBrowser(({ method = 'GET', url, form, headers = {} }) =>
    world.exchange.request(method, url, { ...(form === undefined ? {} : { form }), headers }),
  );

type Line = readonly [reason: string | null, outcome: string, actor: number | null, subject: number | null];

/** What a deed leaves in the trail. */
async function linesOf(deed: () => Promise<unknown>): Promise<Line[]> {
  const [{ last } = { last: 0 }] = await world.sql('select coalesce(max(id), 0) as last from audit_event');
  await deed();
  const rows = await world.sql('select * from audit_event where id > $1 order by id', [last]);
  const id = (value: unknown) => (value === null ? null : Number(value));
  return rows.map((row) => [
    row.reason === null ? null : String(row.reason),
    String(row.outcome),
    id(row.user_id),
    id(row.subject_user_id),
  ]);
}

const mailedCode = async (recipient: string) => {
  const [mail] = openMails(
    await world.sql('select recipient, body from mail where recipient = $1 order by id desc', [recipient]),
  );
  return /\n {4}(\S+)\n/.exec(String(mail?.body))?.[1] ?? '';
};

it('a wrong password is about somebody, and nobody acted; the right one is theirs', async () => {
  const visitor = browser();
  const { url } = await follow(visitor, '/accounts/security/');
  expect(
    await linesOf(() => follow(visitor, url, { email: 'rivera@example.org', password: 'wrong' })),
  ).toEqual([['sign-in: password', 'refused', null, users.rivera]]);
  expect(
    await linesOf(() => follow(visitor, url, { email: 'nobody@example.org', password: 'wrong' })),
  ).toEqual([['sign-in: password', 'refused', null, null]]);
  expect(
    await linesOf(() => follow(visitor, url, { email: 'rivera@example.org', password: PASSWORD })),
  ).toEqual([['sign-in: pwd', 'ok', users.rivera, null]]);
});

it('a code that was asked for is about somebody; whoever types it is them', async () => {
  const visitor = browser();
  const { url } = await follow(visitor, '/accounts/security/');
  expect(await linesOf(() => follow(visitor, `${url}/email`, { email: 'cleo@example.org' }))).toEqual([
    ['sign-in: send code', 'ok', null, users.cleo],
  ]);
  const code = await mailedCode('cleo@example.org');
  expect(await linesOf(() => follow(visitor, `${url}/code`, { code: 'AAAA-AAAA' }))).toEqual([
    ['sign-in: code', 'refused', null, users.cleo],
  ]);
  const lines = await linesOf(() => follow(visitor, `${url}/code`, { code }));
  expect(lines[0]).toEqual(['sign-in: code', 'ok', users.cleo, null]);
});

it('asking for a new password is about somebody', async () => {
  expect(
    await linesOf(() => follow(browser(), '/accounts/password_reset/', { email: 'mo@example.org' })),
  ).toEqual([['account: ask for a new password', 'ok', null, users.mo]]);
});

it('signing up makes an account that nobody has proved to be theirs', async () => {
  const names = { first_name: 'Noor', last_name: 'Haddad', joincode: 'sesame' };
  const password = { password: 'seventeen blue herons', password_again: 'seventeen blue herons' };
  const lines = await linesOf(() =>
    follow(browser(), '/accounts/signup/', { email: 'noor@example.org', ...names, ...password }),
  );
  const [noor] = await world.sql("select id from app_user where email = 'noor@example.org'");
  expect(lines).toEqual([['account: sign-up', 'ok', null, Number(noor?.id)]]);
});

it('what goes through the gate is acted by whoever the token is of', async () => {
  expect(await linesOf(() => world.call('rivera', 'GET', '/api/v1/patients/40001'))).toEqual([
    [null, 'ok', users.rivera, null],
  ]);
});

it('the trail is shown with both', async () => {
  const { results } = (await world.call('root', 'GET', '/api/v1/audit_events?pageSize=1000')).json();
  const guess = results.find((line: { reason: string }) => line.reason === 'sign-in: password');
  expect(guess).toMatchObject({ userId: null, subjectUserId: null });
  const reset = results.find((line: { reason: string }) => line.reason === 'account: ask for a new password');
  expect(reset).toMatchObject({ userId: null, subjectUserId: users.mo });
});
