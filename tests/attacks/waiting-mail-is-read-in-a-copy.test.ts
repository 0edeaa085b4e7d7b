/**
 * The attack: somebody gets a copy of the database while mail waits in it (for a mail server that is away, or for a week
 * where there is none), opens the links and types the codes that stand in it: a new password, a proved address, a
 * sign-in, an invitation.
 */
import { randomBytes } from 'node:crypto';
import { afterAll, beforeAll, describe, expect, it } from 'vitest';
import { createSealing, givenKeys } from '../../apps/exchange/src/access/sealing.ts';
import { createSystem } from '../../apps/exchange/src/access/system.ts';
import { type Loose, openAdminWorld } from '../../apps/exchange/src/admin/admin-world.test-data.ts';
import {
  codeRequest,
  openWorld,
  SITE,
  type World,
} from '../../apps/exchange/src/authorization/world.test-data.ts';
import { openSignInAttempts } from '../../apps/exchange/src/identity/attempts.ts';
import { openSecrets, rotateSealingKey } from '../../apps/exchange/src/operations/seal-secrets.ts';
import { mailTo, setSetting, visitor } from '../../apps/exchange/src/pages/accounts/visitor.test-data.ts';
import { listLatestMail } from '../../apps/exchange/src/store/mail.ts';
import { TEST_SEALING_KEYS, type TestDatabase } from '../setup/database.ts';
import { openMails } from '../setup/mail.ts';

const RIVERA = 'rivera@example.org';
const ADA = 'ada@example.org';

const copyOf = async ({ owner }: Pick<TestDatabase, 'owner'>) =>
  JSON.stringify((await owner.query('select to_jsonb(m) as row from mail m')).rows);

describe('mail about accounts', () => {
  let world: World;
  let link = '';
  let code = '';
  beforeAll(async () => {
    world = await openWorld();
    await setSetting(world, 'auth.patient_access_clients', ['app']);
    await world.database.owner.query("update app_user set user_type = 'patient' where id = 10003");
    await visitor(world).open('/accounts/password_reset/', { email: RIVERA });
    const person = visitor(world);
    const { url } = await person.open(codeRequest({ clientId: 'app', scope: 'openid patient/*.rs' }).url);
    await person.open(url, { email: ADA });
    // Somebody guesses until the account closes, and its person gets a link that opens it.
    const { config, system } = world;
    const attempts = await openSignInAttempts({ config, system, clock: () => new Date() });
    for (let guess = 0; guess < 10; guess++) {
      await attempts.waitSeconds('10.1.1.1', RIVERA);
      await attempts.fail('10.1.1.1', RIVERA);
    }
    link =
      new RegExp(`${SITE}(/accounts/reset/\\S+)`).exec((await mailTo(world, RIVERA))[0]?.body ?? '')?.[1] ??
      '';
    code = /\n {4}(\S+)\n/.exec((await mailTo(world, ADA))[0]?.body ?? '')?.[1] ?? '';
  });
  afterAll(() => world?.close());

  it('is in the copy without its link and without its code', async () => {
    const copy = await copyOf(world.database);
    expect(copy).toContain('Your sign-in code');
    expect(copy).toContain('Signing in to your account was stopped');
    expect(link.length).toBeGreaterThan(30);
    expect(code).toMatch(/^[\w-]{9}$/);
    for (const secret of [link, link.split('/')[3] ?? '', code]) expect(copy).not.toContain(secret);
    expect(copy).not.toContain(SITE);
  });

  it('does not open in a mail to somebody else, for whoever can write there', async () => {
    await world.database.owner.query(
      "insert into mail (recipient, subject, body) select 'eve@example.org', subject, body from mail where lower(recipient) = $1",
      [RIVERA],
    );
    const [mail] = await world.system('mail', (sight) => listLatestMail(sight, 1));
    expect(mail).toMatchObject({ recipient: 'eve@example.org', body: null });
    await world.database.owner.query("delete from mail where recipient = 'eve@example.org'");
  });

  it('is sealed at the start when an earlier version left it as it was, and anew when keys are rotated', async () => {
    await world.database.owner.query(
      "insert into mail (recipient, subject, body) values ('old@example.org', 's', 'http://localhost:8000/accounts/reset/abc')",
    );
    await world.system('signing-key', openSecrets);
    expect(await copyOf(world.database)).not.toContain('/accounts/reset/');

    const newest = randomBytes(32);
    const newer = createSystem(
      world.database.server,
      createSealing(givenKeys([newest, ...TEST_SEALING_KEYS.read()])),
    );
    const before = await world.database.owner.query('select body from mail order by id');
    expect(await newer('signing-key', rotateSealingKey)).toBeGreaterThan(2);
    const after = await world.database.owner.query('select body from mail order by id');
    expect(after.rows).toHaveLength(before.rows.length);
    for (const { body } of before.rows) expect(JSON.stringify(after.rows)).not.toContain(body);
    const mails = await newer('mail', (sight) => listLatestMail(sight, 10));
    expect(mails.map(({ body }) => body)).toContainEqual(expect.stringContaining(link));
    // The key before the last one opens nothing any more.
    const bodies = (await world.system('mail', (sight) => listLatestMail(sight, 10))).map(({ body }) => body);
    expect(new Set(bodies)).toEqual(new Set([null]));
  });
});

it('an invitation that is mailed is in the copy without its link', async () => {
  const world = await openAdminWorld();
  try {
    const issued = await world.call('rivera', 'POST', '/invitation', {
      patientId: 40002,
      clientId: 101,
      sendEmail: true,
    });
    expect(issued.status).toBe(201);
    const copy = await copyOf(world.exchange.database);
    expect(copy).toContain('JHE Invitation');
    expect(copy).not.toContain(issued.body.token);
    const [mail] = openMails<Loose>(await world.rows('select recipient, body from mail'));
    expect(mail.body).toContain(issued.body.token);
  } finally {
    await world.close();
  }
});
