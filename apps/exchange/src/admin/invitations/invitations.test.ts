import { afterAll, afterEach, beforeAll, describe, expect, it } from 'vitest';
import { openMails } from '../../../../../tests/setup/mail.ts';
import { type Loose, openAdminWorld } from '../admin-world.test-data.ts';

type World = Awaited<ReturnType<typeof openAdminWorld>>;
let world: World;
beforeAll(async () => {
  world = await openAdminWorld();
  await world.rows("update patient set birth_date = '1970-12-01' where id = 40002");
});
afterAll(() => world?.close());
afterEach(() => world.rows('delete from setting'));

/** Lakeside keeps Ben's record, so Lakeside's staff may give out a link to it. */
const BEN = { patientId: 40002, clientId: 101 };
const issue = (body: object) => world.call('rivera', 'POST', '/invitation', body);
const mails = async (): Promise<Loose[]> =>
  openMails(await world.rows('select recipient, subject, body from mail order by id'));
const emptyMailbox = () => world.rows('delete from mail');
const set = (key: string) => world.rows('insert into setting (key, value) values ($1, $2)', key, 'true');
let address = 0;
const redeem = (token: string, body?: object) =>
  world.exchange.app.http
    .inject({
      method: 'POST',
      url: `/api/v1/invitation/${token}`,
      remoteAddress: `10.0.1.${++address}`,
      ...(body === undefined ? {} : { payload: body }),
    })
    .then((reply) => ({ status: reply.statusCode, body: reply.json() as Loose, headers: reply.headers }));

describe('sendEmail', () => {
  it('writes to the address that the organization has, with a greeting and the link', async () => {
    await emptyMailbox();
    const { status, body } = await issue({ ...BEN, sendEmail: true });
    expect(status).toBe(201);
    const [mail, ...others] = await mails();
    expect(others).toEqual([]);
    expect(mail.recipient).toBe('ben@example.org');
    expect(mail.subject).toBe('JHE Invitation');
    expect(mail.body).toMatch(/^Hello Ben,\n/);
    expect(mail.body.split('\n')).toContain(body.invitationLink);
    expect(body.token).toMatch(/^[A-Za-z0-9]{32}$/);
  });

  it('false, or nothing, writes nothing', async () => {
    await emptyMailbox();
    await issue({ ...BEN, sendEmail: false });
    await issue(BEN);
    expect(await mails()).toEqual([]);
  });

  it('leaves no mail behind when the invitation is refused', async () => {
    await emptyMailbox();
    expect((await issue({ patientId: 40002, clientId: 102, sendEmail: true })).status).toBe(400);
    expect(await mails()).toEqual([]);
  });

  it('lets no name add a line to the mail', async () => {
    await emptyMailbox();
    await world.rows(
      "update patient set name_given = E'Ben,\\n\\nopen https://evil.example.org\\n' where id = 40002",
    );
    await issue({ ...BEN, sendEmail: true });
    await world.rows("update patient set name_given = 'Ben' where id = 40002");
    expect((await mails())[0].body.split('\n')[0]).toBe('Hello Ben, open https://evil.example.org,');
  });
});

describe('a record without an address', () => {
  let patientId: number;
  const invite = (options: object = {}) => issue({ patientId, clientId: 101, ...options });
  beforeAll(async () => {
    const made = await world.call('rivera', 'POST', '/patients', {
      organizationId: 20001,
      identifiers: [{ system: 'urn:example:trial', value: 'PAPER-7' }],
    });
    patientId = made.body.id;
    await world.call('rivera', 'POST', '/studies/30001/patients', { patientIds: [patientId] });
  });

  it('has a link that is shown, and opens', async () => {
    await emptyMailbox();
    const { status, body } = await invite();
    expect([status, body.invitationLink]).toEqual([201, expect.stringContaining(body.token)]);
    expect((await redeem(body.token)).status).toBe(200);
    // Nobody is written to, then or when it is opened.
    expect(await mails()).toEqual([]);
  });

  it.each([
    ['sendEmail', { sendEmail: true }],
    ['emailOnly', { emailOnly: true }],
  ])('has none that is mailed: %s', async (field, options) => {
    await emptyMailbox();
    const count = async () =>
      (await world.rows('select count(*)::int from invitation where patient_id = $1', patientId))[0].count;
    const before = await count();
    expect(await invite(options)).toEqual({
      status: 400,
      body: {
        [field]: ['No address of this patient is recorded, so the link can be shown, but not mailed.'],
      },
    });
    expect([await count(), await mails()]).toEqual([before, []]);
  });

  it('has none where the exchange shows no links at all', async () => {
    await set('auth.patient.invitation_email_only');
    expect(await invite()).toEqual({
      status: 400,
      body: {
        emailOnly: [
          'No address of this patient is recorded, and this exchange shows no links: it only mails them.',
        ],
      },
    });
  });
});

describe('H-48: by e-mail only', () => {
  const cases: [string, object, string | null][] = [
    ['asked for', { emailOnly: true }, null],
    ['asked for in the other spelling', { email_only: true, send_email: false }, null],
    ['as the rule of the exchange', {}, 'auth.patient.invitation_email_only'],
    ['as the rule, whatever was asked', { emailOnly: false }, 'auth.patient.invitation_email_only'],
  ];
  it.each(cases)('neither token nor link is shown: %s', async (_name, options, setting) => {
    await emptyMailbox();
    if (setting) await set(setting);
    const { status, body } = await issue({ ...BEN, ...options });
    expect(status).toBe(201);
    expect(body).toMatchObject({ status: 'issued', token: null, invitationLink: null });
    const [mail] = await mails();
    const token = /localhost%3A8000_([A-Za-z0-9]{32})/.exec(mail.body)?.[1] ?? '';
    expect(JSON.stringify(body)).not.toContain(token);
    const [row] = await world.rows('select by_email_only from invitation where id = $1', body.id);
    expect(row.by_email_only).toBe(true);
    expect((await redeem(token)).status).toBe(200);
  });

  it('whoever invites cannot read the mail, nor write to anybody else', async () => {
    const { body } = await issue({ ...BEN, emailOnly: true });
    const [rivera] = await world.rows("select id from app_user where email = 'rivera@example.org'");
    const connection = await world.exchange.database.server.connect();
    const as = async (userId: number, statement: string, values: unknown[] = []) => {
      await connection.query('begin; set local role jhe_writer');
      try {
        await connection.query("select set_config('jhe.user_id', $1, true)", [String(userId)]);
        return (await connection.query(statement, values)).rows;
      } finally {
        await connection.query('rollback');
      }
    };
    try {
      const write = "select mail_invitation($1, 'Hello', 'there') as sent";
      expect(await as(rivera?.id ?? 10002, write, [body.id])).toEqual([{ sent: true }]);
      // Mo manages the patient as well, but did not issue this one.
      expect(await as(10003, write, [body.id])).toEqual([{ sent: false }]);
      expect(await as(10002, write, [999_999])).toEqual([{ sent: false }]);
      await expect(as(10002, 'select * from mail')).rejects.toThrow(/permission denied/);
      await expect(
        as(10002, "insert into mail (recipient, subject, body) values ('a', 'b', 'c')"),
      ).rejects.toThrow(/permission denied/);
    } finally {
      connection.release();
    }
  });
});

describe('H-48: the birth date', () => {
  async function invite(options: object = { askBirthDate: true }): Promise<string> {
    const { status, body } = await issue({ ...BEN, ...options });
    expect(status).toBe(201);
    return body.token;
  }

  it('is asked of whoever opens the link', async () => {
    const token = await invite();
    const missing = await redeem(token);
    expect(missing.status).toBe(403);
    expect(missing.body).toEqual({
      detail: 'The birth date is needed to open this invitation.',
      birthDate: ['This field is required.'],
    });
    expect(missing.headers['access-control-allow-origin']).toBe('*');
    expect((await redeem(token, { birthDate: '1.12.1970' })).status).toBe(403);
    expect((await redeem(token, { birthDate: 19701201 })).status).toBe(403);
    expect((await redeem(token, { birthDate: '1970-12-01' })).status).toBe(200);
    // A lost reply may be asked for again, by those who know it.
    expect((await redeem(token)).status).toBe(403);
    expect((await redeem(token, { birth_date: '1970-12-01' })).status).toBe(200);
  });

  it('may be the rule of the exchange', async () => {
    await set('auth.patient.invitation_ask_birth_date');
    const token = await invite({ askBirthDate: false });
    expect((await redeem(token)).status).toBe(403);
  });

  it('can be guessed at five times, and is said wrong without saying what is right', async () => {
    const token = await invite();
    for (let day = 1; day <= 5; day++) {
      const wrong = await redeem(token, { birthDate: `1970-01-0${day}` });
      expect(wrong.status).toBe(403);
      expect(JSON.stringify(wrong.body)).not.toContain('1970');
    }
    const over = await redeem(token, { birthDate: '1970-12-01' });
    expect([over.status, over.body]).toEqual([403, { detail: 'Invitation has been cancelled.' }]);
    const trail = await world.rows(
      "select count(*)::int from audit_event where reason = 'invitation: redeem, wrong birth date' and outcome = 'refused' and patient_id = 40002",
    );
    expect(trail).toEqual([{ count: 5 }]);
  });

  it('counts guesses at the same moment one by one', async () => {
    const token = await invite();
    const replies = await Promise.all(
      Array.from({ length: 12 }, (_, day) => redeem(token, { birthDate: `1971-01-${10 + day}` })),
    );
    const looked = replies.filter(({ body }) => body.birthDate !== undefined);
    expect(looked).toHaveLength(5);
  });

  it('cannot be asked for when nobody recorded it', async () => {
    await world.rows('update patient set birth_date = null where id = 40002');
    const { status, body } = await issue({ ...BEN, askBirthDate: true });
    await world.rows("update patient set birth_date = '1970-12-01' where id = 40002");
    expect(status).toBe(400);
    expect(body).toEqual({ askBirthDate: [expect.any(String)] });
  });
});

it('H-48: the patient hears that an invitation was used, once', async () => {
  const { body } = await issue(BEN);
  await emptyMailbox();
  expect((await redeem(body.token)).status).toBe(200);
  expect((await redeem(body.token)).status).toBe(200);
  const sent = await mails();
  expect(sent).toHaveLength(1);
  expect(sent[0].subject).toBe('Your invitation was opened');
  expect(sent[0].body).toContain('If it was not you');
  expect(sent[0].body).not.toContain(body.token);
});

it('H-20: opening it again does not make the window longer', async () => {
  const { body } = await issue(BEN);
  expect((await redeem(body.token)).status).toBe(200);
  await world.rows(
    "update invitation set redeemed_at = redeemed_at - interval '11 hours' where id = $1",
    body.id,
  );
  expect((await redeem(body.token)).status).toBe(200);
  await world.rows(
    "update invitation set redeemed_at = redeemed_at - interval '1 hour' where id = $1",
    body.id,
  );
  expect((await redeem(body.token)).status).toBe(409);
});

it('H-49: no token goes into the log, nor to another site', async () => {
  const { body } = await issue({ ...BEN, askBirthDate: true });
  const reply = await redeem(body.token);
  await redeem('a'.repeat(32));
  expect(JSON.stringify(world.exchange.logLines)).not.toContain(body.token);
  expect(reply.headers['referrer-policy']).toBe('no-referrer');
  expect(reply.headers['cache-control']).toBe('no-store');
});
