import { afterAll, beforeAll, beforeEach, expect, it } from 'vitest';
import { codeRequest, openWorld, type World } from '../../authorization/world.test-data.ts';
import { mailTo, setSetting, visitor } from '../accounts/visitor.test-data.ts';
import { CLOSED_CODE, OLD_CODE, WRONG_CODE } from './email-code.ts';

let world: World;
beforeAll(async () => {
  world = await openWorld();
  await setSetting(world, 'auth.patient_access_clients', ['app']);
  await world.database.owner.query("update app_user set user_type = 'patient' where id = 10003");
});
afterAll(() => world?.close());
beforeEach(() => world.database.owner.query('delete from sign_in_attempt'));

const ADA = 'ada@example.org';
const appRequest = () => codeRequest({ clientId: 'app', scope: 'openid patient/*.rs' }).url;

/** A browser on the page that asks for the code. */
async function askCode(email = ADA, url = appRequest()) {
  const person = visitor(world);
  const first = await person.open(url);
  const start = first.url.replace(/\/email$/, '');
  const page = await person.open(`${start}/email`, { email });
  return { person, first, page, start };
}

const lastCode = async (email = ADA) =>
  /\n {4}(\S+)\n/.exec((await mailTo(world, email)).at(-1)?.body ?? '')?.[1] ?? '';

it('asks a listed client’s people for their address first, and signs them in with the code', async () => {
  const { person, first, page, start } = await askCode();
  expect(first.url).toMatch(/\/email$/);
  expect(first.body).toContain('to continue to CareX');
  expect(first.body).toContain(`${start}?with=password`);
  expect(page.url).toBe(`${start}/code`);
  expect(page.body).toContain('Look into your mail');
  const code = await lastCode();
  expect(code).toMatch(/^[A-HJKMNP-Z2-9]{4}-[A-HJKMNP-Z2-9]{4}$/);
  expect((await mailTo(world, ADA)).at(-1)?.subject).not.toContain(code);
  const { rows } = await world.database.owner.query('select code_hash from sign_in_code');
  expect(JSON.stringify(rows)).not.toContain(code);

  let answer = await person.once(page.url, { code: code.toLowerCase().replace('-', ' ') });
  for (let count = 0; count < 5 && !String(answer.headers.location).includes('/auth/callback'); count++)
    answer = await person.once(String(answer.headers.location));
  const back = new URL(String(answer.headers.location));
  expect(back.searchParams.get('code')).toBeTruthy();
  const { rows: ada } = await world.database.owner.query(
    'select email_verified, last_login_at from app_user where id = 10003',
  );
  expect(ada[0]).toMatchObject({ email_verified: true, last_login_at: expect.any(Date) });
});

it('has the password form one link away', async () => {
  const { person, start } = await askCode();
  const page = await person.open(`${start}?with=password`);
  expect(page.body).toContain('type="password"');
  expect(page.body).toContain(`href="${start}/email"`);
});

it('is not for other clients', async () => {
  const person = visitor(world);
  const page = await person.open(codeRequest().url);
  expect(page.body).toContain('type="password"');
  expect(page.body).not.toContain('/email"');
  for (const step of ['email', 'code', 'resend'])
    expect((await person.once(`${page.url}/${step}`, { email: ADA, code: 'x' })).statusCode).toBe(403);
  expect((await person.once(`${page.url}/email`)).statusCode).toBe(403);
});

it('says what is wrong, three times, and then asks for a new code', async () => {
  const { person, page } = await askCode();
  const code = await lastCode();
  const answers: string[] = [];
  for (const typed of ['AAAA-AAAA', '', 'AAAA-AAAB', code]) {
    const { status, body } = await person.open(page.url, { code: typed });
    expect(status).toBe(400);
    expect(body).toContain('aria-describedby="error"');
    answers.push([WRONG_CODE, CLOSED_CODE, OLD_CODE].find((text) => body.includes(text)) ?? body);
  }
  expect(answers).toEqual([WRONG_CODE, WRONG_CODE, CLOSED_CODE, CLOSED_CODE]);
});

it('works for three minutes', async () => {
  const { person, page } = await askCode();
  const code = await lastCode();
  world.setClock(new Date(Date.now() + 181_000));
  try {
    const late = await person.open(page.url, { code });
    expect(late.status).toBe(400);
    expect(late.body).toContain(OLD_CODE);
  } finally {
    world.setClock(null);
  }
});

it('works in the visit that asked for it, for the browser that asked', async () => {
  const one = await askCode();
  const code = await lastCode();
  const two = await askCode();
  expect((await two.person.open(two.page.url, { code })).body).toContain(WRONG_CODE);
  expect((await two.person.open(one.page.url, { code })).body).toContain('This page has expired');
});

it('sends a new code after a pause, and the old one is over', async () => {
  const { person, page, start } = await askCode();
  const old = await lastCode();
  const early = await person.open(`${start}/resend`, {});
  expect(early.status).toBe(429);
  expect(Number(early.headers['retry-after'])).toBeLessThanOrEqual(30);
  expect(early.body).toContain('making requests too quickly');
  expect(early.body).toContain(`action="${start}/code"`);
  world.setClock(new Date(Date.now() + 31_000));
  try {
    expect((await person.open(`${start}/resend`, {})).url).toBe(page.url);
    expect(await lastCode()).not.toBe(old);
    expect((await person.open(page.url, { code: old })).body).toContain(WRONG_CODE);
    const entered = await person.once(page.url, { code: await lastCode() });
    expect(entered.statusCode).toBe(303);
  } finally {
    world.setClock(null);
  }
});

it.each([
  ['an unknown address', 'stranger@example.org'],
  ['a deactivated person', 'gone@example.org'],
])('looks the same for %s, whatever is typed', async (_name, email) => {
  const known = await askCode();
  const other = await askCode(email);
  const plain = (body: string, address: string, start: string) =>
    body.replaceAll(address, 'somebody').replaceAll(start, '');
  expect(plain(other.page.body, email, other.start)).toBe(plain(known.page.body, ADA, known.start));
  for (let count = 0; count < 4; count++) {
    const wrong = await known.person.open(known.page.url, { code: 'AAAA-AAAA' });
    const wrongToo = await other.person.open(other.page.url, { code: 'AAAA-AAAA' });
    expect(wrongToo.status).toBe(wrong.status);
    expect(plain(wrongToo.body, email, other.start)).toBe(plain(wrong.body, ADA, known.start));
  }
  await askCode(email);
  expect((await mailTo(world, email)).map(({ subject }) => subject)).toEqual([
    'No account with this address',
  ]);
});

it('limits codes to one address, known or not', async () => {
  for (const email of [ADA, 'nobody@example.org']) {
    for (let count = 0; count < 5; count++) expect((await askCode(email)).page.status).toBe(200);
    const { page } = await askCode(email);
    expect(page.status).toBe(429);
    expect(page.body).toContain('making requests too quickly');
    expect(Number(page.headers['retry-after'])).toBeGreaterThan(0);
  }
});

it('is a way into the account pages for patients, and for nobody else', async () => {
  const page = '/accounts/password_change/';
  const { person, first, page: typing } = await askCode(ADA, page);
  expect(first.body).toContain('Patients: get a code by e-mail');
  expect((await person.open(typing.url, { code: await lastCode() })).url).toBe(page);
  await askCode('rivera@example.org', page);
  expect((await mailTo(world, 'rivera@example.org')).map(({ subject }) => subject)).toEqual([
    'No account with this address',
  ]);
});

it('trusts nothing that was set up before the address was proved', async () => {
  const { owner } = world.database;
  await owner.query(
    'update app_user set email_verified = true, password_hash = (select password_hash from app_user where id = 10001) where id = 10003',
  );
  const thief = visitor(world);
  await thief.enter('/accounts/password_change/', ADA);
  await owner.query('update app_user set email_verified = false where id = 10003');
  const { person, page } = await askCode();
  expect((await person.once(page.url, { code: await lastCode() })).statusCode).toBe(303);
  const { rows } = await owner.query('select password_hash from app_user where id = 10003');
  expect(rows).toEqual([{ password_hash: null }]);
  expect((await thief.open('/accounts/password_change/')).url).toContain('/o/interaction/');
});
