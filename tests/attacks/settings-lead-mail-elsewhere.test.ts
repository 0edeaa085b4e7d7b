/**
 * Mail opens accounts: who decides where it is sent, or where its links lead, signs in as anybody. The attack was to decide
 * that from inside (a row among the settings, a header of a request), and to read what was mailed to somebody else where
 * it does not belong: in the log, in the trail, in what an administrator exports, or in another table.
 */

import { afterAll, beforeAll, describe, expect, it } from 'vitest';
import { hashPassword } from '../../apps/exchange/src/access/password.ts';
import { openBrowser } from '../../apps/exchange/src/authorization/world.test-data.ts';
import { findEnvironmentOf, SETTINGS } from '../../apps/exchange/src/domain/settings.ts';
import { follow } from '../../apps/exchange/src/pages/accounts/pages.test-data.ts';
import { sourceOf } from '../architecture/source.ts';
import { openMails } from '../setup/mail.ts';
import { studies } from '../worlds/two-organizations.ts';
import { type AttackWorld, openAttackWorld } from './attack-world.ts';

const SITE = 'http://localhost:8000';
const ELSEWHERE = 'https://elsewhere.example.net';
const PASSWORD = 'nine green turtles';

let world: AttackWorld;
beforeAll(async () => {
  world = await openAttackWorld();
  for (const key of ['site.url', 'site.ui.url', 'smtp.host', 'mail.from', 'auth.site.url', 'base.url'])
    await world.sql('insert into setting (key, value) values ($1, $2)', [key, JSON.stringify(ELSEWHERE)]);
  await world.sql("insert into setting (key, value) values ('site.registration_invite_code', '\"sesame\"')");
  await world.sql('update app_user set password_hash = $1 where email is not null', [
    await hashPassword(PASSWORD),
  ]);
  await everyMail();
});
afterAll(() => world?.close());

const browserOf = () =>
  openBrowser(({ method = 'GET', url, form, headers = {} }) =>
    world.exchange.request(method, url, {
      ...(form === undefined ? {} : { form }),
      headers: {
        ...headers,
        'x-forwarded-host': 'elsewhere.example.net',
        forwarded: 'host=elsewhere.example.net',
      },
    }),
  );
const lastCode = async (recipient: string) => {
  const [mail] = openMails(
    await world.sql('select recipient, body from mail where recipient = $1 order by id desc', [recipient]),
  );
  return /\n {4}(\S+)\n/.exec(String(mail?.body))?.[1] ?? '';
};

/** Makes the exchange write every mail that holds a link or a code. */
async function everyMail(): Promise<void> {
  const names = { first_name: 'Noor', last_name: 'Haddad', joincode: 'sesame' };
  const password = { password: 'seventeen blue herons', password_again: 'seventeen blue herons' };
  await follow(browserOf(), '/accounts/signup/', { email: 'noor@example.org', ...names, ...password });
  await follow(browserOf(), '/accounts/password_reset/', { email: 'ada@example.org' });
  // A code to sign in with.
  const patient = browserOf();
  const { url: visit } = await follow(patient, '/accounts/security/');
  await follow(patient, `${visit}/email`, { email: 'cleo@example.org' });
  // A code for a new address.
  const rivera = browserOf();
  const { url } = await follow(rivera, '/accounts/security/');
  await follow(rivera, url, { email: 'rivera@example.org', password: PASSWORD });
  await follow(rivera, '/accounts/security/address/', { step: 'send', email: 'luz@example.net' });
  // An invitation, and on the way to a record of one's own a code for the login and one for the record.
  const zoe = await world.addPatient({ telecomEmail: 'zoe@example.org', studyIds: [studies.glucose] });
  const body = { patientId: zoe, clientId: 101, sendEmail: true, emailOnly: true };
  await world.call('mo', 'POST', '/api/v1/invitation', { body });
  const [mail] = openMails(
    await world.sql("select recipient, body from mail where recipient = 'zoe@example.org' order by id desc"),
  );
  const token = /[A-Za-z0-9]{32}/.exec(String(mail?.body))?.[0] ?? '';
  const claim = `/accounts/record/claim/${token}/`;
  const own = browserOf();
  const login = { email: 'zoe@home.example', password: PASSWORD, password_again: PASSWORD };
  const pending = await follow(own, `${claim}signup/`, login);
  const made = await follow(own, pending.url, { code: await lastCode('zoe@home.example') });
  await follow(own, made.url, { email: 'zoe@home.example', password: PASSWORD });
  await follow(own, claim, { step: 'send' });
}

/** What the mails open with: codes, and the last parts of links that are made by chance. */
async function secrets(): Promise<string[]> {
  const mails = openMails(await world.sql('select recipient, body from mail'));
  const found = mails.flatMap(({ body }) => [
    ...[...String(body).matchAll(/\n {4}(\S+)\n/g)].map(([, code]) => code!),
    ...[...String(body).matchAll(/[\w-]{32,}/g)].map(([token]) => token),
  ]);
  expect(found.length).toBeGreaterThanOrEqual(6);
  return found;
}

describe('where mail leads', () => {
  it('is what the environment says, whatever stands among the settings and in the request', async () => {
    const mails = openMails(await world.sql('select recipient, body from mail'));
    for (const { body } of mails) {
      expect(body).not.toContain('elsewhere');
      for (const [link] of String(body).matchAll(/https?:\/\/localhost\S*/g))
        expect(link.startsWith(SITE)).toBe(true);
    }
  });

  it('no setting that the server knows could say it, and only the environment is read for it', () => {
    expect(Object.keys(SETTINGS).filter((key) => findEnvironmentOf(key) !== undefined)).toEqual([]);
    const files = sourceOf('apps/exchange/src').filter(({ isTest }) => !isTest);
    const readers = files.filter(({ text }) => /\bSMTP_|\bMAIL_FROM\b/.test(text));
    expect(
      readers.map(({ path }) => path).filter((path) => !path.startsWith('apps/exchange/src/domain/')),
    ).toEqual(['apps/exchange/src/config.ts']);
  });
});

describe('what is in a mail', () => {
  it('is in no line of the log', async () => {
    const log = JSON.stringify(world.exchange.logLines);
    for (const secret of await secrets()) expect(log).not.toContain(secret);
  });

  it('is in no other table, and so in no trail, history or export', async () => {
    const tables = await world.sql(
      `select table_name from information_schema.tables
       where table_schema = 'public' and table_type = 'BASE TABLE' and table_name <> 'mail'`,
    );
    const all = await secrets();
    for (const { table_name: name } of tables) {
      const rows = await world.sql(`select t::text as row from "${name}" t`);
      const text = rows.map(({ row }) => row).join('\n');
      for (const secret of all) expect(text.includes(secret), `${name}`).toBe(false);
    }
  });

  it('is read by no role that acts for somebody signed in', async () => {
    for (const table of ['mail', 'account_link', 'sign_in_code', 'signing_key', 'oauth_model']) {
      const [row] = await world.sql(
        `select has_table_privilege('jhe_reader', $1, 'select') or has_table_privilege('jhe_writer', $1, 'select')
           or has_any_column_privilege('jhe_reader', $1, 'select') or has_any_column_privilege('jhe_writer', $1, 'select')
           as may`,
        [table],
      );
      expect(row, table).toEqual({ may: false });
    }
  });
});
