/**
 * The address of a login is the key to it: whoever reads its mail chooses a new password, or signs in with a code. The
 * attack was to put another address in the place of one that its owner proved: by whoever administers, manages, cares,
 * knows the record by a link, or makes a login with the same letters. And to find out, by asking to have an address
 * oneself, whether it is somebody's.
 */

import { afterAll, beforeAll, describe, expect, it } from 'vitest';
import { hashPassword } from '../../apps/exchange/src/access/password.ts';
import { openBrowser } from '../../apps/exchange/src/authorization/world.test-data.ts';
import { follow } from '../../apps/exchange/src/pages/accounts/pages.test-data.ts';
import { sourceOf } from '../architecture/source.ts';
import type { Person } from '../proofs/consent-world.ts';
import { openMails } from '../setup/mail.ts';
import { organizations, patients, studies, users } from '../worlds/two-organizations.ts';
import { type AttackWorld, openAttackWorld } from './attack-world.ts';

const ADA = 'ada@example.org';
const MINE = 'mine@example.net';
const PASSWORD = 'nine green turtles';
const SECURITY = '/accounts/security/address/';

let world: AttackWorld;
let before: Record<string, unknown>[];
beforeAll(async () => {
  world = await openAttackWorld();
  const hash = await hashPassword(PASSWORD);
  await world.sql('update app_user set password_hash = $1 where email is not null', [hash]);
  before = await proved();
});
afterAll(() => world?.close());

const proved = () =>
  world.sql(`select id::int, email, email_verified from app_user where id < 11000 order by id`);

/** Everything by which somebody could name another address for Ada or her record. */
const WAYS: readonly (readonly [method: string, url: string, body: unknown])[] = [
  ...['PATCH', 'PUT', 'POST'].map(
    (method) =>
      [method, `/api/v1/users/${users.ada}`, { email: MINE, username: MINE, emailVerified: true }] as const,
  ),
  ...['PATCH', 'PUT'].map(
    (method) =>
      [
        method,
        `/api/v1/patients/${patients.ada}`,
        { telecomEmail: MINE, email: MINE, jheUserId: 10008 },
      ] as const,
  ),
  ['PATCH', '/api/v1/practitioners/80001', { email: MINE }],
  ['PATCH', '/api/v1/users/10002', { email: MINE, firstName: 'Luz' }],
  [
    'POST',
    '/api/v1/patients',
    {
      organizationId: organizations.lakeside,
      nameFamily: 'Byron',
      nameGiven: 'Ada',
      telecomEmail: ADA,
      jheUserId: users.ada,
      emailVerified: true,
    },
  ],
  [
    'PUT',
    `/FHIR/R5/Patient/${patients.ada}`,
    { resourceType: 'Patient', telecom: [{ system: 'email', value: MINE }] },
  ],
  ['POST', '/api/v1/users', { email: MINE, id: users.ada }],
];

describe('nobody names another address by the API', () => {
  it.each(['root', 'mo', 'rivera', 'vic', 'hana', 'ben', 'ada'] as const)('%s', async (who: Person) => {
    for (const [method, url, body] of WAYS) {
      const { statusCode } = await world.call(who, method, url, { body });
      expect(statusCode, `${method} ${url}`).toBeLessThan(500);
    }
    expect(await proved()).toEqual(before);
  });
});

/** Somebody's browser, signed in with a password. */
async function browserOf(email: string) {
  const browser = openBrowser(({ method = 'GET', url, form, headers = {} }) =>
    world.exchange.request(method, url, { ...(form === undefined ? {} : { form }), headers }),
  );
  const { url } = await follow(browser, '/accounts/security/');
  expect((await follow(browser, url, { email, password: PASSWORD })).url).toBe('/accounts/security/');
  return browser;
}

it('an administrator’s own page changes the administrator’s own address, whoever the form names', async () => {
  const root = await browserOf('root@example.org');
  const whom = { user: String(users.ada), user_id: String(users.ada), uid: String(users.ada), from: ADA };
  await follow(root, SECURITY, { step: 'send', email: MINE, ...whom });
  const [mail] = openMails(
    await world.sql('select recipient, body from mail where recipient = $1 order by id desc', [MINE]),
  );
  const code = /\n {4}(\S+)\n/.exec(String(mail?.body))?.[1] ?? '';
  await follow(root, SECURITY, { step: 'prove', code, ...whom });
  const after = await proved();
  expect(after.filter(({ id }) => id !== users.root)).toEqual(before.filter(({ id }) => id !== users.root));
  expect(after.find(({ id }) => id === users.root)!.email).toBe(MINE);
  await world.sql("update app_user set email = 'root@example.org' where id = $1", [users.root]);
});

it('an address that is somebody’s is told of to them alone, and taken by nobody', async () => {
  const rivera = await browserOf('rivera@example.org');
  const replies = [];
  for (const email of [ADA, 'nobody@example.org']) {
    const { page } = await follow(rivera, SECURITY, { step: 'send', email });
    replies.push({ status: page.statusCode, body: page.body.replaceAll(email, '') });
  }
  expect(replies[0]).toEqual(replies[1]);
  const mails = await world.sql(
    'select subject, body from mail where recipient = $1 order by id desc limit 1',
    [ADA],
  );
  expect(mails[0]!.subject).toBe('Somebody tried to use your address');
  expect(await proved()).toEqual(before);
});

it('who comes with a link has no session in which an address is changed', async () => {
  const zoe = await world.addPatient({ telecomEmail: 'zoe@example.org', studyIds: [studies.glucose] });
  const { token } = await world.invite('mo', zoe);
  const holder = await world.redeem(token!);
  for (const url of [SECURITY, '/accounts/verify_email/']) {
    const reply = await world.exchange.request('POST', url, {
      form: { step: 'send', email: MINE },
      headers: { authorization: `Bearer ${holder!.accessToken}` },
    });
    expect(reply.statusCode).toBe(303);
    expect(reply.headers.location).toMatch(/^\/(accounts\/login|o\/authorize)\//);
  }
});

describe('and it is not left to the pages', () => {
  it('no role that acts for somebody signed in can write an address, or say that one was proved', async () => {
    for (const role of ['jhe_reader', 'jhe_writer', 'jhe_rule', 'jhe_server']) {
      for (const column of ['email', 'email_verified']) {
        const [row] = await world.sql(
          `select has_column_privilege($1, 'app_user', $2, 'update') or has_column_privilege($1, 'app_user', $2, 'insert') as may`,
          [role, column],
        );
        expect(row, `${role} ${column}`).toEqual({ may: false });
      }
    }
  });

  it('one statement changes an address, and one page uses it', () => {
    const files = sourceOf('apps/exchange/src').filter(
      ({ isTest, path }) => !isTest && !path.includes('test-data'),
    );
    const statements = files.flatMap(({ path, text }) =>
      [...text.matchAll(/update\s+app_user\b[^`]*/g)]
        .filter(([statement]) => /\bset\b[^`]*?\bemail\s*=/.test(statement.split(/\bwhere\b/)[0]!))
        .map(() => path),
    );
    expect(statements).toEqual(['apps/exchange/src/store/oauth-account-holders.ts']);
    const users = files.filter(({ text }) => /\bchangeAddress\(/.test(text)).map(({ path }) => path);
    expect(users).toEqual([
      'apps/exchange/src/identity/change-address.ts',
      'apps/exchange/src/store/oauth-account-holders.ts',
    ]);
    // No insert of a login goes on to change one that is there.
    const inserts = files.flatMap(({ path, text }) =>
      [...text.matchAll(/insert into app_user\b[^`]*/g)]
        .filter(([statement]) => /on conflict[^`]*do update/.test(statement))
        .map(() => path),
    );
    expect(inserts).toEqual([]);
  });
});
