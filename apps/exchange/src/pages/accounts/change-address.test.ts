import { afterAll, beforeAll, beforeEach, describe, expect, it } from 'vitest';
import { rounds } from '../../../../../tests/setup/nightly.ts';
import { openWorld, type World } from '../../authorization/world.test-data.ts';
import { linkTo, mailTo, setSetting, visitor } from './visitor.test-data.ts';

const PAGE = '/accounts/security/address/';
const OLD = 'rivera@example.org';
const NEW = 'luz.rivera@example.net';
const TAKEN = 'root@example.org';
/** An app that signs its people in by a code. */
const APP =
  '/o/authorize/?response_type=code&client_id=app&redirect_uri=http%3A%2F%2Flocalhost%3A8000%2Fauth%2Fcallback&scope=openid&code_challenge=E9Melhoa2OwvFrEMTJguCHaoeK1t8URWbuGJSstw-cM&code_challenge_method=S256';
const ROUNDS = rounds(3, 50);

let world: World;
beforeAll(async () => {
  world = await openWorld();
  await rows(`select setval('practitioner_id_seq', 89001)`);
  // Rivera keeps a record of her own as well.
  await rows(
    `insert into patient (id, user_id, name_family, keeper_organization_id) values (40009, 10001, 'Rivera', null)`,
  );
});
afterAll(() => world?.close());
beforeEach(async () => {
  world.setClock(null);
  await rows('delete from oauth_model');
  await rows('delete from sign_in_attempt');
  await rows('truncate mail, record_event, account_link, sign_in_code');
  await rows('delete from app_user where lower(email) = $1 and id <> 10001', [NEW]);
  await rows(`update app_user set email = 'Rivera@example.org', email_verified = true where id = 10001`);
});

const rows = async (text: string, values: unknown[] = []) =>
  (await world.database.owner.query(text, values)).rows as Record<string, unknown>[];
const addressOf = async (id = 10_001) =>
  (await rows('select email from app_user where id = $1', [id]))[0]?.email;
const codeIn = async (address: string) =>
  /\n {4}(\S+)\n/.exec((await mailTo(world, address)).at(-1)?.body ?? '')?.[1];

type Visitor = ReturnType<typeof visitor>;

async function signedIn(): Promise<Visitor> {
  const rivera = visitor(world);
  expect((await rivera.enter(PAGE, OLD)).body).toContain('Change your e-mail address');
  return rivera;
}

/** Asks for a code to this address; the page where it is typed. */
const ask = (who: Visitor, email: string) => who.open(PAGE, { step: 'send', email });
const type = (who: Visitor, code: string | undefined) => who.open(PAGE, { step: 'prove', code: code ?? '' });

it('changes the address by the code that was mailed to the new one, and by nothing else', async () => {
  const rivera = await signedIn();
  const page = await ask(rivera, NEW);
  expect(page.body).toContain('Look into your mail');
  expect(await addressOf()).toBe('Rivera@example.org');
  const [letter] = await mailTo(world, NEW);
  expect(letter!.body).toContain('Hello,');
  expect(letter!.body.match(/https?:\S+/g)).toEqual(['http://localhost:8000', 'http://localhost:8000/']);
  const wrong = await type(rivera, 'AAAA-AAAA');
  expect([wrong.status, await addressOf()]).toEqual([400, 'Rivera@example.org']);

  const done = await type(rivera, await codeIn(NEW));
  expect(done.url).toBe('/accounts/security/?done=address-changed');
  expect(done.body).toContain(NEW);
  expect(await rows('select email, email_verified from app_user where id = 10001')).toEqual([
    { email: NEW, email_verified: true },
  ]);
  expect((await visitor(world).enter(PAGE, OLD)).status).toBe(400);
  expect((await visitor(world).enter(PAGE, NEW)).url).toBe(PAGE);
});

it('tells the former address, without a link that acts and without the new one', async () => {
  const rivera = await signedIn();
  await ask(rivera, NEW);
  await type(rivera, await codeIn(NEW));
  const letter = (await mailTo(world, OLD)).at(-1)!;
  expect(letter.recipient).toBe('Rivera@example.org');
  expect(letter.subject).toBe('The e-mail address of your account was changed');
  expect(letter.body).not.toContain(NEW);
  expect(letter.body.match(/https?:\S+/g)).toEqual(['http://localhost:8000/']);
});

it('stands in the trail and in the history of the record that she keeps', async () => {
  const rivera = await signedIn();
  await ask(rivera, NEW);
  await type(rivera, await codeIn(NEW));
  const trail = await rows(
    `select outcome from audit_event where reason = 'account: change address' and user_id = 10001 order by id`,
  );
  expect(trail.at(-1)).toEqual({ outcome: 'ok' });
  expect(await rows('select patient_id, kind, actor_user_id, detail from record_event')).toEqual([
    { patient_id: 40_009, kind: 'address-changed', actor_user_id: 10_001, detail: {} },
  ]);
  expect((await rivera.open('/accounts/record/')).body).toContain(
    'The e-mail address of your account was changed',
  );
});

it('ends whatever the former address has opened or could open, but not this session', async () => {
  await setSetting(world, 'auth.patient_access_clients', ['app']);
  const [rivera, elsewhere, forgetful] = [await signedIn(), await signedIn(), visitor(world)];
  await forgetful.open('/accounts/password_reset/', { email: OLD });
  const reset = await linkTo(world, OLD, '/accounts/reset/');
  const late = visitor(world);
  const asked = await late.open(APP);
  const waiting = await late.open(asked.url, { email: OLD });
  const signInCode = await codeIn(OLD);
  expect(signInCode).toBeDefined();

  await ask(rivera, NEW);
  await type(rivera, await codeIn(NEW));
  expect((await rivera.open('/accounts/security/')).status).toBe(200);
  expect((await elsewhere.open('/accounts/security/')).url).toContain('/o/interaction/');
  expect((await forgetful.open(reset)).status).toBe(410);
  await rows(`update app_user set email = 'Rivera@example.org' where id = 10001`);
  // Nor once it is the address again.
  expect((await forgetful.open(reset)).status).toBe(410);
  const taken = await late.once(waiting.url, { code: signInCode! });
  expect(taken.statusCode).not.toBe(302);
  expect(String(taken.headers.location ?? '')).not.toContain('/o/authorize/');
  await setSetting(world, 'auth.patient_access_clients', undefined);
});

describe('asks for a sign-in of a moment ago', () => {
  const MINUTE_MS = 60_000;

  it('before it shows or takes anything', async () => {
    const rivera = await signedIn();
    await ask(rivera, NEW);
    const code = await codeIn(NEW);
    world.setClock(new Date(Date.now() + 15 * MINUTE_MS + 2000));
    for (const form of [undefined, { step: 'send', email: NEW }, { step: 'prove', code: code! }])
      expect((await rivera.open(PAGE, form)).url).toContain('/o/interaction/');
    expect(await addressOf()).toBe('Rivera@example.org');
    world.setClock(null);
  });

  it('of somebody', async () => {
    for (const form of [undefined, { step: 'send', email: NEW }, { step: 'prove', code: 'AAAA-AAAA' }])
      expect((await visitor(world).open(PAGE, form)).url).toContain('/o/interaction/');
    expect(await mailTo(world, NEW)).toEqual([]);
  });

  it('of somebody whose address was proved', async () => {
    const rivera = await signedIn();
    await rows('update app_user set email_verified = false where id = 10001');
    expect((await rivera.open(PAGE)).url).toBe('/accounts/verify_email/');
    await ask(rivera, NEW);
    expect(await mailTo(world, NEW)).toEqual([]);
  });
});

describe('the code', () => {
  it('counts in the session that asked for it only', async () => {
    const [rivera, elsewhere] = [await signedIn(), await signedIn()];
    await ask(rivera, NEW);
    await ask(elsewhere, 'other@example.net');
    expect((await type(elsewhere, await codeIn(NEW))).status).toBe(400);
    expect(await addressOf()).toBe('Rivera@example.org');
  });

  it('counts for the address that it was mailed to only', async () => {
    const rivera = await signedIn();
    await ask(rivera, NEW);
    const code = await codeIn(NEW);
    await ask(rivera, 'other@example.net');
    expect((await type(rivera, code)).status).toBe(400);
    expect(await addressOf()).toBe('Rivera@example.org');
  });

  it('is over after three wrong ones, and after a quarter of an hour', async () => {
    const rivera = await signedIn();
    await ask(rivera, NEW);
    for (let n = 0; n < 3; n++) await type(rivera, 'AAAA-AAAA');
    expect((await type(rivera, await codeIn(NEW))).status).toBe(400);
    expect(await addressOf()).toBe('Rivera@example.org');
    await ask(rivera, NEW);
    await rows(`update sign_in_code set expires_at = now() - interval '1 s'`);
    expect((await type(rivera, await codeIn(NEW))).status).toBe(400);
  });

  it('is not taken in a session that has ended', async () => {
    const rivera = await signedIn();
    await ask(rivera, NEW);
    const elsewhere = await signedIn();
    await elsewhere.open('/accounts/sessions/end-all', {});
    expect((await type(rivera, await codeIn(NEW))).url).toContain('/o/interaction/');
    expect(await addressOf()).toBe('Rivera@example.org');
  });
});

it.each([
  ['no address', '', 'Type an e-mail address'],
  ['two addresses', 'a@example.org,b@example.org', 'Type an e-mail address'],
  ['the address that it is', 'RIVERA@example.org', 'This is your address already'],
])('names the field for %s', async (_, email, message) => {
  const page = await ask(await signedIn(), email);
  expect(page.status).toBe(400);
  expect(/id="email-fault">([^<]*)</.exec(page.body)?.[1]).toContain(message);
});

describe('a taken address', () => {
  /** What the browser is told of an address, step by step; the address itself and cookies are left out. */
  async function told(email: string): Promise<unknown[]> {
    const rivera = await signedIn();
    const steps = [
      await rivera.once(PAGE, { step: 'send', email }),
      await rivera.once(PAGE),
      await rivera.once(PAGE, { step: 'prove', code: 'AAAA-AAAA' }),
      await rivera.once(PAGE, { step: 'prove', code: '' }),
      await rivera.once(PAGE, { step: 'send', email }),
      await rivera.once(PAGE, { step: 'prove', code: 'AAAA-AAAA' }),
      await rivera.once(PAGE, { step: 'prove', code: 'AAAA-AAAA' }),
      await rivera.once(PAGE, { step: 'prove', code: 'AAAA-AAAA' }),
      await rivera.once(PAGE, { step: 'prove', code: 'AAAA-AAAA' }),
      await rivera.once(`${PAGE}?other=1`),
      await rivera.once('/accounts/security/'),
    ];
    return steps.map(({ statusCode, body, headers: { date, 'set-cookie': _, ...headers } }) => ({
      statusCode,
      body: body.replaceAll(email, '<address>'),
      headers: { ...headers, 'content-length': undefined },
    }));
  }

  it('is answered like a free one, step by step; its holder is told, and no code is mailed', async () => {
    const free = await told('free@example.net');
    await rows('delete from sign_in_attempt');
    const taken = await told(TAKEN);
    expect(taken).toEqual(free);
    const letters = await mailTo(world, TAKEN);
    expect(letters.map(({ subject }) => subject)).toEqual(
      Array(2).fill('Somebody tried to use your address'),
    );
    expect(letters[0]!.body).not.toMatch(/\n {4}\S+\n/);
    expect(letters[0]!.body.match(/https?:\S+/g)).toEqual(['http://localhost:8000/']);
  });

  it('also when its account is closed', async () => {
    const rivera = await signedIn();
    await ask(rivera, 'GONE@example.org');
    expect((await mailTo(world, 'gone@example.org')).map(({ body }) => /\n {4}\S+\n/.test(body))).toEqual([
      false,
    ]);
  });

  it('fills nobody’s mailbox', async () => {
    const rivera = await signedIn();
    for (let n = 0; n < 8; n++) await ask(rivera, TAKEN);
    expect((await mailTo(world, TAKEN)).length).toBe(5);
    expect((await ask(rivera, TAKEN)).status).toBe(429);
  });

  it('that was proved meanwhile by somebody else stays theirs, and the loser is told in a sentence', async () => {
    const rivera = await signedIn();
    await ask(rivera, NEW);
    await rows(`insert into app_user (email, user_type, email_verified) values ($1, 'patient', true)`, [
      NEW.toUpperCase(),
    ]);
    const late = await type(rivera, await codeIn(NEW));
    expect(late.status).toBe(409);
    expect(late.body).toContain('The address was not changed');
    expect(late.body).toContain('Rivera@example.org');
    expect(await addressOf()).toBe('Rivera@example.org');
    expect(await rows(`select from record_event`)).toEqual([]);
    expect((await mailTo(world, OLD)).length).toBe(0);
    expect(world.faults).toEqual([]);
    // And nobody was signed out for it.
    expect((await rivera.open(PAGE)).body).toContain('Change your e-mail address');
  });
});

describe('two at once', () => {
  it('in two sessions: one of them counts, the other is put out', async () => {
    for (let round = 0; round < ROUNDS; round++) {
      const [one, other] = [await signedIn(), await signedIn()];
      await ask(one, NEW);
      const first = await codeIn(NEW);
      await ask(other, 'other@example.net');
      const second = await codeIn('other@example.net');
      const statuses = (
        await Promise.all([
          one.once(PAGE, { step: 'prove', code: first! }),
          other.once(PAGE, { step: 'prove', code: second! }),
        ])
      ).map(({ statusCode, headers }) => [
        statusCode,
        String(headers.location ?? '').includes('address-changed'),
      ]);
      expect(statuses.filter(([, isChanged]) => isChanged)).toHaveLength(1);
      expect(statuses.every(([status]) => Number(status) < 500)).toBe(true);
      expect([NEW, 'other@example.net']).toContain(await addressOf());
      await rows(`update app_user set email = 'Rivera@example.org' where id = 10001`);
      await rows('delete from sign_in_attempt');
    }
    expect(world.faults).toEqual([]);
  });

  it('two people to one address: the key decides, the other one stays as they were', async () => {
    await rows(`delete from oauth_model`);
    for (let round = 0; round < ROUNDS; round++) {
      const rivera = await signedIn();
      const root = visitor(world);
      await root.enter(PAGE, TAKEN);
      await ask(rivera, NEW);
      const first = await codeIn(NEW);
      await ask(root, NEW);
      const second = await codeIn(NEW);
      const replies = await Promise.all([
        rivera.once(PAGE, { step: 'prove', code: first! }),
        root.once(PAGE, { step: 'prove', code: second! }),
      ]);
      expect(replies.map(({ statusCode }) => statusCode).sort()).toEqual([303, 409]);
      expect((await rows('select id from app_user where email = $1', [NEW])).length).toBe(1);
      await rows(`update app_user set email = case id when 10001 then 'Rivera@example.org' else 'root@example.org' end
        where id in (10001, 10004)`);
      await rows('delete from sign_in_attempt');
    }
    expect(world.faults).toEqual([]);
  });

  it('against a code that was mailed to the former address: whichever is first, nobody stays in by it', async () => {
    await setSetting(world, 'auth.patient_access_clients', ['app']);
    for (let round = 0; round < ROUNDS; round++) {
      const late = visitor(world);
      const asked = await late.open(APP);
      const waiting = await late.open(asked.url, { email: OLD });
      const signInCode = await codeIn(OLD);
      const rivera = await signedIn();
      await ask(rivera, NEW);
      const code = await codeIn(NEW);
      const [, changed] = await Promise.all([
        late.open(waiting.url, { code: signInCode! }).catch(() => undefined),
        rivera.once(PAGE, { step: 'prove', code: code! }),
      ]);
      expect(changed.headers.location).toContain('address-changed');
      expect((await late.open('/accounts/security/')).url).toContain('/o/interaction/');
      expect((await rivera.open('/accounts/security/')).url).toBe('/accounts/security/');
      await rows(`update app_user set email = 'Rivera@example.org' where id = 10001`);
      await rows('delete from sign_in_attempt');
    }
    expect(world.faults).toEqual([]);
    await setSetting(world, 'auth.patient_access_clients', undefined);
  });

  it('against somebody who signs up with it', async () => {
    await setSetting(world, 'site.registration_invite_code', 'open sesame');
    for (let round = 0; round < ROUNDS; round++) {
      const rivera = await signedIn();
      await ask(rivera, NEW);
      const code = await codeIn(NEW);
      const names = { first_name: 'Noor', last_name: 'Haddad' };
      const password = 'seventeen blue herons';
      const form = { joincode: 'open sesame', email: NEW, ...names, password, password_again: password };
      const [changed, signedUp] = await Promise.all([
        rivera.once(PAGE, { step: 'prove', code: code! }),
        visitor(world).once('/accounts/signup/', form),
      ]);
      expect([303, 409]).toContain(changed.statusCode);
      expect(signedUp.statusCode).toBe(303);
      expect((await rows('select id from app_user where lower(email) = $1', [NEW])).length).toBe(1);
      await rows('delete from app_user where lower(email) = $1 and id <> 10001', [NEW]);
      await rows(`update app_user set email = 'Rivera@example.org' where id = 10001`);
      await rows('delete from sign_in_attempt');
    }
    expect(world.faults).toEqual([]);
    await setSetting(world, 'site.registration_invite_code', undefined);
  });
});
