import { createHash, randomBytes } from 'node:crypto';
import { verifierOfInvitationToken } from '@jhe/smart';
import { afterAll, beforeAll, beforeEach, describe, expect, it } from 'vitest';
import { mintToken } from '../../../../../tests/setup/tokens.ts';
import { openWorld, type World } from '../../authorization/world.test-data.ts';
import { findTokenIn } from '../../identity/record/claim.ts';
import { mailTo, visitor } from '../accounts/visitor.test-data.ts';

const EMAIL = 'ada.lovelace@example.net';
const PASSWORD = 'nine green turtles';

let world: World;
beforeAll(async () => {
  world = await openWorld();
  const { owner } = world.database;
  await owner.query(`
    insert into code (id, system, code, text) values
      (50001, 'https://w3id.org/openmhealth', 'omh:blood-glucose:4.0', 'Blood glucose'),
      (50003, 'https://w3id.org/openmhealth', 'omh:sleep-episode:1.1', 'Sleep episode');
    insert into organization (id, name, type, part_of) values (20002, 'Harbor', 'edu', 0);
    insert into study (id, organization_id, name, description, purpose) values
      (30001, 20001, 'Glucose at the clinic', 'How glucose follows the day.', 'CLINTRCH'),
      (30002, 20001, 'Sleep at the clinic', 'How we sleep.', 'HRESCH');
    insert into study_client (study_id, client_id) values (30001, 4), (30002, 4);
    insert into requested_code (study_id, code_id) values (30001, 50001), (30001, 50003), (30002, 50003)`);
});
afterAll(() => world?.close());

const rows = async <T = Record<string, unknown>>(text: string, values: unknown[] = []) =>
  (await world.database.owner.query(text, values)).rows as T[];

/** Each test has its own record 40001, in the clinic's keeping, enrolled in both studies, and no login of hers yet. */
beforeEach(async () => {
  await rows(`
    truncate invitation, link_session, record_event, consent, consent_event, declined_measure, patient_number,
      observation_identifier, observation, series, shown_study, enrollment, patient_organization, patient_identifier, mail`);
  // Somebody is mailed three times a day; each test is a day of its own.
  await rows('delete from sign_in_attempt');
  await rows('delete from patient');
  await rows(`delete from oauth_model where model in ('Grant', 'Session', 'RefreshToken')`);
  await rows('delete from app_user where id = 10003 or id > 19000 or email = $1', [EMAIL]);
  await rows(`
    insert into app_user (id, first_name, last_name, user_type) values (10003, 'Ada', 'Lovelace', 'patient');
    insert into patient (id, user_id, name_given, name_family, birth_date, contact_email, keeper_organization_id)
      values (40001, 10003, 'Ada', 'Lovelace', '1980-12-10', 'ada@clinic.example', 20001);
    insert into patient_organization (patient_id, organization_id) values (40001, 20001);
    insert into enrollment (patient_id, study_id, organization_id) values (40001, 30001, 20001), (40001, 30002, 20001);
    insert into patient_identifier (patient_id, organization_id, system, value) values (40001, 20001, 'urn:mrn', 'A-17')`);
});

async function invite(patientId = 40_001): Promise<string> {
  const token = randomBytes(16).toString('hex');
  await rows(
    `insert into invitation (patient_id, client_id, token_hash, issued_by, organization_id)
     values ($1, 4, $2, 10001, 20001)`,
    [patientId, createHash('sha256').update(token).digest('base64url')],
  );
  return token;
}

let caller = 0;
/** Opens a link in the app: its tokens. */
async function openInApp(token: string): Promise<{ access_token: string; refresh_token: string }> {
  const redeemed = await world.app.http.inject({
    method: 'POST',
    url: `/api/v1/invitation/${token}`,
    remoteAddress: `10.1.0.${++caller}`,
  });
  expect(redeemed.statusCode, redeemed.body).toBe(200);
  const form = { ...redeemed.json().grant, code_verifier: verifierOfInvitationToken(token) };
  return (await world.request({ method: 'POST', url: '/o/token/', form })).json();
}

const read = (observationId: number, codeId: number, value = 'r') =>
  rows(
    `with one as (
       insert into observation (patient_id, id, code_id, data_point_uuid, data_point, keeper_organization_id)
       values (40001, $1, $2, gen_random_uuid(), '{}', 20001)
     ), named as (insert into series (patient_id, code_id, observations) values (40001, $2, 1))
     select 1`,
    [observationId, codeId],
  ).then(() =>
    rows(
      `insert into observation_identifier (patient_id, observation_id, code_id, system, value)
       values (40001, $1, $2, 'urn:reading', $3)`,
      [observationId, codeId, value],
    ),
  );

const codeIn = async (address: string) => {
  const code = /\n {4}(\S+)\n/.exec((await mailTo(world, address)).at(-1)?.body ?? '')?.[1];
  expect(code, 'a code in the mail').toBeDefined();
  return code!;
};

type Visitor = ReturnType<typeof visitor>;

/** Makes a login and signs in with it, on the way to a claim. */
async function makeLogin(ada: Visitor, claim: string, email = EMAIL): Promise<void> {
  const form = { email, password: PASSWORD, password_again: PASSWORD };
  const pending = await ada.open(`${claim}signup/`, form);
  expect(pending.body).toContain('Look into your mail');
  const made = await ada.open(pending.url, { code: await codeIn(email) });
  expect(made.url).toMatch(/^\/o\/interaction\//);
  await ada.open(made.url, { email, password: PASSWORD });
}

/** The whole way of somebody new, from a link to the record. */
async function claim(token: string, more: Record<string, string> = {}, ada = visitor(world)) {
  const path = `/accounts/record/claim/${token}/`;
  await makeLogin(ada, path);
  if (token.length === 32) await ada.open(path, { step: 'birth-date', birth_date: '1980-12-10' });
  await ada.open(path, { step: 'send' });
  const proved = await ada.open(path, { step: 'prove', code: await codeIn(EMAIL), ...more });
  return { ada, path, proved };
}

const recordOf = async (id = 40_001) =>
  (
    await rows(
      `select p.keeper_organization_id as keeper, p.absorbed_into, u.email, u.email_verified
       from patient p left join app_user u on u.id = p.user_id where p.id = $1`,
      [id],
    )
  )[0];

describe('a link that nobody has opened', () => {
  it('shows the organization, and nothing else before the birth date', async () => {
    const ada = visitor(world);
    const token = await invite();
    const path = `/accounts/record/claim/${token}/`;
    const told = ['Lovelace', 'Glucose', 'CareX', 'ada@clinic', '1980'];
    const door = await ada.open(path);
    expect(door.body).toContain('Clinic');
    for (const word of told) expect(door.body).not.toContain(word);
    await makeLogin(ada, path);
    const asked = await ada.open(path);
    expect(asked.body).toContain('Your birth date');
    for (const word of told.slice(0, 4)) expect(asked.body).not.toContain(word);
    // Nothing is sent and nothing proved around it.
    await ada.open(path, { step: 'send' });
    expect((await mailTo(world, EMAIL)).map(({ body }) => body).join()).not.toContain('record');
    expect((await ada.open(path, { step: 'prove', code: 'ABCD-EFGH' })).status).toBe(410);
    expect((await ada.open(path, { step: 'birth-date', birth_date: '10/12/1980' })).status).toBe(400);
    expect((await ada.open(path, { step: 'birth-date', birth_date: '1980-12-11' })).status).toBe(400);
    const opened = await ada.open(path, { step: 'birth-date', birth_date: '1980-12-10' });
    for (const word of ['Glucose at the clinic', 'for a clinical trial', 'CareX'])
      expect(opened.body).toContain(word);
    // Somebody else with the same link starts again at the door.
    expect((await visitor(world).open(path)).body).not.toContain('Glucose');
  });

  it('is closed by five wrong birth dates', async () => {
    const ada = visitor(world);
    const token = await invite();
    const path = `/accounts/record/claim/${token}/`;
    await makeLogin(ada, path);
    const answers: number[] = [];
    for (let day = 11; day < 16; day++)
      answers.push((await ada.open(path, { step: 'birth-date', birth_date: `1980-12-${day}` })).status);
    expect(answers).toEqual([400, 400, 400, 400, 410]);
    expect((await ada.open(path, { step: 'birth-date', birth_date: '1980-12-10' })).status).toBe(410);
    expect(await rows('select status from invitation')).toEqual([{ status: 'cancelled' }]);
  });

  it('leads to a record of one’s own, and is used up', async () => {
    await read(60_001, 50_001);
    const token = await invite();
    const { ada, path, proved } = await claim(token);
    expect(proved.body).toContain('The record is yours');
    expect(await recordOf()).toEqual({
      keeper: null,
      absorbed_into: null,
      email: EMAIL,
      email_verified: true,
    });
    // What an organization enrolled stays, and is the person's to leave.
    expect(await rows('select study_id from enrollment order by 1')).toEqual([
      { study_id: 30_001 },
      { study_id: 30_002 },
    ]);
    expect(await rows('select kind, organization_id from record_event')).toEqual([
      { kind: 'proved', organization_id: 20_001 },
    ]);
    expect(await rows('select status from invitation')).toEqual([{ status: 'cancelled' }]);
    expect((await ada.open(path)).status).toBe(410);
    expect((await openFails(token)).statusCode).toBe(403);
    // The login that nobody used is over, and the address that the clinic typed hears of it.
    expect(await rows('select active from app_user where id = 10003')).toEqual([{ active: false }]);
    expect((await mailTo(world, 'ada@clinic.example')).map(({ body }) => body).join()).toContain('Clinic');
  });

  const openFails = (token: string) =>
    world.app.http.inject({
      method: 'POST',
      url: `/api/v1/invitation/${token}`,
      remoteAddress: `10.2.0.${++caller}`,
    });

  it('says what the code is for, where it is typed and for which app', async () => {
    const token = await invite();
    await claim(token);
    const letter = (await mailTo(world, EMAIL)).find(({ body }) => body.includes('the record that'));
    expect(letter?.subject).toBe('Your code');
    for (const word of ['Clinic', 'CareX', 'http://localhost:8000', 'A browser we do not know'])
      expect(letter?.body).toContain(word);
    expect(letter?.body).not.toContain('Glucose');
  });

  it('takes a code three times, and only in the session in which it was asked for', async () => {
    const token = await invite();
    const path = `/accounts/record/claim/${token}/`;
    const ada = visitor(world);
    await makeLogin(ada, path);
    await ada.open(path, { step: 'birth-date', birth_date: '1980-12-10' });
    await ada.open(path, { step: 'send' });
    const code = await codeIn(EMAIL);
    const elsewhere = visitor(world);
    await elsewhere.enter(`/accounts/login/?next=${encodeURIComponent(path)}`, EMAIL, PASSWORD);
    await elsewhere.open(path, { step: 'birth-date', birth_date: '1980-12-10' });
    expect((await elsewhere.open(path, { step: 'prove', code })).status).toBe(400);
    for (const typed of ['AAAA-AAAA', 'BBBB-BBBB', 'CCCC-CCCC'])
      expect((await ada.open(path, { step: 'prove', code: typed })).status).toBe(400);
    expect((await ada.open(path, { step: 'prove', code })).body).toContain('Please request a new code');
    expect(await recordOf()).toMatchObject({ keeper: 20_001 });
  });
});

describe('a link that was opened in an app', () => {
  it('claims nothing any more: its holder comes from the app, and the app’s session ends', async () => {
    const token = await invite();
    const app = await openInApp(token);
    expect((await visitor(world).open(`/accounts/record/claim/${token}/`)).status).toBe(410);
    const start = (bearer: string) =>
      world.app.http.inject({
        method: 'POST',
        url: '/api/v1/record-claims',
        headers: { authorization: `Bearer ${bearer}` },
      });
    const started = await start(app.access_token);
    expect(started.statusCode, started.body).toBe(201);
    const [, handle = ''] = /\/claim\/([\w-]{43})\/$/.exec(started.json().claimUrl) ?? [];
    await rows(
      'insert into consent (patient_id, study_id, code_id, permitted, opens, decided_at, link_session) select 40001, 30001, 50001, true, true, now(), grant_id from link_session',
    );
    const { path, ada, proved } = await claim(handle);
    expect(proved.body).toContain('The record is yours');
    expect(await recordOf()).toMatchObject({ keeper: null, email: EMAIL });
    expect(await world.server.verifyToken(app.access_token)).toBeNull();
    expect((await ada.open(path)).status).toBe(410);
    // Who signed in keeps a record already; a program keeps none.
    for (const options of [{ userId: 10_001 }, { userId: 10_001, isProgram: true }]) {
      expect((await start(await mintToken(world, options))).statusCode).toBe(403);
    }
  });

  it('is shown with what it answered before it ends', async () => {
    const token = await invite();
    await openInApp(token);
    await rows(
      'insert into consent (patient_id, study_id, code_id, permitted, decided_at, link_session) select 40001, 30001, 50003, false, now(), grant_id from link_session',
    );
    const later = await invite();
    const ada = visitor(world);
    const path = `/accounts/record/claim/${later}/`;
    await makeLogin(ada, path);
    const page = await ada.open(path, { step: 'birth-date', birth_date: '1980-12-10' });
    expect(page.body).toMatch(
      /They are signed out[\s\S]*<b>CareX<\/b>, opened on [\s\S]*It answered: Sleep episode no\./,
    );
  });

  it('keeps a session of the same login that was ticked, and no other', async () => {
    const [kept, other] = [await invite(), await invite()];
    const first = await openInApp(kept);
    // A link to another app leaves it standing.
    await rows("update invitation set client_id = 2 where status = 'issued'");
    await rows(
      "update client set redirect_uris = redirect_uris || '{http://localhost:8000/auth/callback}' where id = 2",
    );
    await openInApp(other);
    await rows(
      `update app_user set email = $1, email_verified = true,
         password_hash = (select password_hash from app_user where id = 10001) where id = 10003`,
      [EMAIL],
    );
    const [session] = await rows<{ grant_id: string }>(
      "select grant_id from link_session where client_id = 'app'",
    );
    const handle = await rows<{ grant_id: string }>(
      "select grant_id from link_session where client_id = 'hub'",
    );
    expect(handle).toHaveLength(1);
    const started = await world.app.http.inject({
      method: 'POST',
      url: '/api/v1/record-claims',
      headers: { authorization: `Bearer ${first.access_token}` },
    });
    const path = new URL(started.json().claimUrl).pathname;
    const ada = visitor(world);
    await ada.enter(`/accounts/login/?next=${encodeURIComponent(path)}`, EMAIL);
    await ada.open(path, { step: 'send' });
    const code = await codeIn(EMAIL);
    await ada.open(path, { step: 'prove', code, [`keep ${session?.grant_id}`]: 'yes' });
    expect(await recordOf()).toMatchObject({ keeper: null, email: EMAIL });
    expect(
      await rows('select client_id, allowed_at is not null as allowed from link_session order by 1'),
    ).toEqual([
      { client_id: 'app', allowed: true },
      { client_id: 'hub', allowed: false },
    ]);
    const facts = await world.server.verifyToken(first.access_token);
    const principal = await world.gate.identify(
      facts!.userId,
      facts!.clientId,
      facts!.grants,
      undefined,
      facts!.session,
    );
    expect(principal).toMatchObject({ patientIds: [40_001], link: null });
    expect(
      await rows("select id from oauth_model where model = 'Grant' and payload->>'clientId' = 'hub'"),
    ).toEqual([]);
  });
});

describe('somebody who has a record here', () => {
  beforeEach(async () => {
    await rows(
      `insert into app_user (id, email, email_verified, user_type, password_hash)
       select 19500, $1, true, 'patient', password_hash from app_user where id = 10001`,
      [EMAIL],
    );
    await rows(`
      insert into patient (id, user_id) values (41000, 19500);
      insert into patient_organization (patient_id, organization_id) values (41000, 20002)`);
  });

  async function join(more: Record<string, string>) {
    const token = await invite();
    const path = `/accounts/record/claim/${token}/`;
    const ada = visitor(world);
    await ada.enter(`/accounts/login/?next=${encodeURIComponent(path)}`, EMAIL);
    const page = await ada.open(path, { step: 'birth-date', birth_date: '1980-12-10' });
    await ada.open(path, { step: 'send' });
    const proved = await ada.open(path, { step: 'prove', code: await codeIn(EMAIL), ...more });
    return { page, proved };
  }

  it('takes an empty record in: its number and identifier go on naming them, and only ticked studies go along', async () => {
    await rows(`
      insert into consent (patient_id, study_id, code_id, permitted, opens, decided_at, basis)
        values (40001, 30001, 50001, true, true, now(), 'signed form')`);
    const { page, proved } = await join({ 'study 30001': 'yes' });
    expect(page.body).toContain('Each goes along only if you tick it');
    expect(proved.body).toContain('part of your record now');
    expect(await recordOf()).toMatchObject({ keeper: null, absorbed_into: 41_000, email: EMAIL });
    expect(await rows('select patient_id, organization_id from patient_organization order by 2')).toEqual([
      { patient_id: 41_000, organization_id: 20_001 },
      { patient_id: 41_000, organization_id: 20_002 },
    ]);
    expect(await rows('select patient_id, study_id from enrollment')).toEqual([
      { patient_id: 41_000, study_id: 30_001 },
    ]);
    expect(await rows('select number, organization_id, patient_id from patient_number')).toEqual([
      { number: 40_001, organization_id: 20_001, patient_id: 41_000 },
    ]);
    expect(await rows('select patient_id, value from patient_identifier')).toEqual([
      { patient_id: 41_000, value: 'A-17' },
    ]);
    expect(await rows('select patient_id from consent')).toEqual([]);
    expect(await rows('select patient_id, study_id, code_id, decision from consent_event')).toEqual([
      { patient_id: 40_001, study_id: 30_001, code_id: 50_001, decision: 'end' },
    ]);
    expect(await rows('select patient_id, kind, study_id from record_event order by id')).toEqual([
      { patient_id: 40_001, kind: 'proved', study_id: null },
      { patient_id: 41_000, kind: 'joined', study_id: null },
      { patient_id: 41_000, kind: 'joined', study_id: 30_001 },
    ]);
  });

  it('gets a record with readings beside their own', async () => {
    await read(60_001, 50_001);
    await rows(`
      insert into consent (patient_id, study_id, code_id, permitted, opens, decided_at, basis)
        values (40001, 30001, 50001, true, true, now(), 'signed form')`);
    await join({});
    expect(await recordOf()).toMatchObject({ keeper: null, absorbed_into: null, email: EMAIL });
    // What was attested before is shown to them, and counts until they answer.
    expect(await rows('select patient_id, opens, own from consent')).toEqual([
      { patient_id: 40_001, opens: true, own: false },
    ]);
  });
});

it('passes on nothing that an earlier link sent and closed, and that the new one does not read', async () => {
  await openInApp(await invite());
  await read(60_001, 50_001, 'glucose');
  await read(60_002, 50_003, 'sleep');
  await rows(`
    insert into consent (patient_id, study_id, code_id, permitted, opens, decided_at) values
      (40001, 30001, 50001, true, true, now()), (40001, 30001, 50003, false, false, now());
    insert into declined_measure (patient_id, organization_id, measure, session) values (40001, 20001, 'sleep-episode', 's')`);
  const { proved } = await claim(await invite());
  expect(proved.body).toContain('stay with Clinic, closed');
  const [left] = await rows<{ id: number }>('select id from patient where id not in (40001)');
  expect(await recordOf(left!.id)).toEqual({
    keeper: 20_001,
    absorbed_into: null,
    email: null,
    email_verified: null,
  });
  expect(await rows('select patient_id, id, code_id from observation order by id')).toEqual([
    { patient_id: 40_001, id: 60_001, code_id: 50_001 },
    { patient_id: left!.id, id: 60_002, code_id: 50_003 },
  ]);
  expect(await rows('select patient_id, value from observation_identifier order by 2')).toEqual([
    { patient_id: 40_001, value: 'glucose' },
    { patient_id: left!.id, value: 'sleep' },
  ]);
  expect(await rows('select patient_id, code_id from series order by 2')).toEqual([
    { patient_id: 40_001, code_id: 50_001 },
    { patient_id: left!.id, code_id: 50_003 },
  ]);
  expect(await rows('select measure from declined_measure where patient_id = $1', [left!.id])).toEqual([
    { measure: 'sleep-episode' },
  ]);
});

describe('whose account it is', () => {
  const NOT: [name: string, email: string, before: string, after: string][] = [
    ['works for the organization', 'rivera@example.org', 'select 1', 'select 1'],
    ['administers', 'root@example.org', 'select 1', 'select 1'],
    [
      'is signed in by an institution',
      EMAIL,
      `insert into external_identity (user_id, kind, issuer, subject)
         select id, 'saml', 'https://idp', 's' from app_user where email = '${EMAIL}'`,
      'delete from external_identity',
    ],
  ];
  it.each(NOT)('is refused where it %s', async (_name, email, before, after) => {
    await rows(
      `insert into app_user (id, email, email_verified, user_type, password_hash)
       select 19500, $1, true, 'patient', password_hash from app_user where id = 10001`,
      [EMAIL],
    );
    await rows(before);
    const token = await invite();
    const path = `/accounts/record/claim/${token}/`;
    const who = visitor(world);
    const page = await who.enter(`/accounts/login/?next=${encodeURIComponent(path)}`, email);
    expect([page.status, page.body]).toEqual([403, expect.stringContaining('Not with this account')]);
    expect((await who.open(path, { step: 'send' })).status).toBe(403);
    await rows(after);
  });

  it('is not told to whoever tries an address: somebody has it, or nobody', async () => {
    const token = await invite();
    const path = `/accounts/record/claim/${token}/signup/`;
    const form = (email: string) => ({ email, password: PASSWORD, password_again: PASSWORD });
    const stranger = visitor(world);
    const pages: string[] = [];
    for (const email of ['rivera@example.org', 'nobody@example.net']) {
      const pending = await stranger.open(path, form(email));
      const tried = await stranger.open(pending.url, { code: 'ABCD-EFGH' });
      pages.push([pending.status, pending.body, tried.status, tried.body].join('\n').replaceAll(email, '-'));
      const signIn = await stranger.open(`/accounts/login/?next=${encodeURIComponent('/accounts/record/')}`);
      const entered = await stranger.open(signIn.url, { email, password: PASSWORD });
      pages.push(
        `${entered.status} ${entered.body.replaceAll(email, '-')}`.replace(/interaction\/[\w-]+/g, ''),
      );
    }
    expect(pages.slice(2)).toEqual(pages.slice(0, 2));
    const [taken] = (await mailTo(world, 'rivera@example.org')).slice(-1);
    expect(taken?.subject).toBe('Somebody tried to sign up with your address');
    expect(await rows("select id from app_user where email = 'nobody@example.net'")).toEqual([]);
  });
});

it.each<[string, string | undefined]>([
  ['https://glucose.example.org/i/localhost%3A8000_aB3aB3aB3aB3aB3aB3aB3aB3aB3aB3aB3', undefined],
  [
    'https://glucose.example.org/i/localhost%3A8000_aB3aB3aB3aB3aB3aB3aB3aB3aB3aB3a1',
    'aB3aB3aB3aB3aB3aB3aB3aB3aB3aB3a1',
  ],
  ['localhost:8000%5FaB3aB3aB3aB3aB3aB3aB3aB3aB3aB3a1', 'aB3aB3aB3aB3aB3aB3aB3aB3aB3aB3a1'],
  ['  aB3aB3aB3aB3aB3aB3aB3aB3aB3aB3a1 ', 'aB3aB3aB3aB3aB3aB3aB3aB3aB3aB3a1'],
  ['nothing here', undefined],
])('finds the token in %s', async (pasted, token) => {
  expect(findTokenIn(pasted)).toBe(token);
  const page = await visitor(world).once('/accounts/record/claim/', { link: pasted });
  expect(page.statusCode).toBe(token === undefined ? 400 : 303);
});
