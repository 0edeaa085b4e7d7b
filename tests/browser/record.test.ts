/**
 * What a patient does on our own pages, in a real browser and by keyboard alone: makes a record hers from a link, answers,
 * declines and leaves on her page, and changes her address. Every state is looked at on a desk and on a phone, light and
 * dark. CHROMIUM_PATH names the browser; JHE_SCREENSHOTS a folder for pictures of each state. The steps build on each other.
 */

import { AxeBuilder } from '@axe-core/playwright';
import type { Browser, BrowserContext, Page } from 'playwright-core';
import { afterAll, beforeAll, expect, it } from 'vitest';
import { hashPassword } from '../../apps/exchange/src/access/password.ts';
import { launchChromium } from '../setup/chromium.ts';
import { openTestExchange, type TestExchange } from '../setup/exchange.ts';
import { openMails } from '../setup/mail.ts';
import { rounds, timeLimit } from '../setup/nightly.ts';
import { freePort } from '../setup/server-process.ts';
import { mintToken } from '../setup/tokens.ts';
import {
  clients,
  codes,
  fillTwoOrganizations,
  patients,
  studies,
  users,
} from '../worlds/two-organizations.ts';

const LONG = { timeout: timeLimit(120_000) };
const PASSWORD = 'nine green turtles';
const ZOE = 'zoe.moss@example.net';
const BORN = '1980-12-10';
const SIZES = {
  desk: { width: 1280, height: 900 },
  phone: { width: 390, height: 844 },
} as const;

let exchange: TestExchange;
let browser: Browser;
let context: BrowserContext;
let page: Page;
let site: string;
let mo: string;
const faults: string[] = [];

const sql = async <Row = Record<string, unknown>>(text: string, values: unknown[] = []) =>
  (await exchange.database.owner.query(text, values)).rows as Row[];
const asMo = async (method: string, url: string, body?: unknown) => {
  const reply = await exchange.request(method, url, { token: mo, ...(body === undefined ? {} : { body }) });
  expect(reply.statusCode, reply.body).toBeLessThan(300);
  return reply.body === '' ? undefined : reply.json();
};

beforeAll(async () => {
  const port = await freePort();
  exchange = await openTestExchange({ env: { PORT: String(port) } });
  site = `http://localhost:${port}`;
  await fillTwoOrganizations(exchange.database.owner);
  await sql('update app_user set password_hash = $1 where email is not null', [await hashPassword(PASSWORD)]);
  await sql(
    `update study set name = 'Continuous glucose after breakfast in adults with type 2 diabetes', purpose = 'CLINTRCH',
       description = 'Does a walk after breakfast lower the glucose of the morning? Two weeks with a sensor.' where id = $1`,
    [studies.glucose],
  );
  // A yes that the clinic recorded on a form, and one that has an end.
  await sql(
    `insert into consent (patient_id, study_id, code_id, permitted, opens, own, decided_at, recorded_by, basis)
     values ($1, $2, $3, true, true, false, '2026-02-03T10:00:00Z', $4, 'signed form, protocol 17')`,
    [patients.ada, studies.glucose, codes.sleep, users.mo],
  );
  await sql('update client set redirect_uris = $1, skip_authorization = true where id = any($2)', [
    [`${site}/auth/callback`],
    [clients.glucoseApp, clients.sleepApp],
  ]);
  mo = await mintToken(exchange, {
    userId: users.mo,
    scope: 'user/*.cruds',
    issuer: `${site}/o`,
    audience: `${site}/FHIR/R5`,
  });
  await exchange.app.http.listen({ port, host: 'localhost' });
  browser = await launchChromium();
  await anew();
}, 90_000);
afterAll(async () => {
  await browser?.close();
  await exchange?.close();
});

/** Somebody else sits down: a browser without cookies. */
async function anew(): Promise<void> {
  await context?.close();
  context = await browser.newContext({ viewport: SIZES.desk, timezoneId: 'UTC', locale: 'en-US' });
  page = await context.newPage();
  page.on('pageerror', (error) => faults.push(error.message));
  page.on('console', (message) => {
    if (/Content Security Policy/.test(message.text())) faults.push(message.text());
  });
}

const WAYS_TO_LOOK = Object.values(SIZES).flatMap((viewport) =>
  (['light', 'dark'] as const).map((colorScheme) => ({ viewport, colorScheme })),
);
/** In how many of these ways each state is searched for barriers; one after the other takes its turn. */
const LOOKS = rounds(1, WAYS_TO_LOOK.length);
let states = 0;

/** No barrier that keeps people out (axe: serious and critical), nothing wider than the window, one heading at the top. */
async function look(name: string): Promise<void> {
  expect(await page.locator('h1').count()).toBe(1);
  const folder = process.env.JHE_SCREENSHOTS;
  states++;
  for (const [way, { viewport, colorScheme }] of WAYS_TO_LOOK.entries()) {
    const isSearched = (way + states) % WAYS_TO_LOOK.length < LOOKS;
    await page.setViewportSize(viewport);
    const wide = await page.evaluate('document.documentElement.scrollWidth - window.innerWidth');
    expect(wide, `${name} is wider than a window of ${viewport.width}`).toBeLessThanOrEqual(0);
    if (!isSearched && !folder) continue;
    await page.emulateMedia({ colorScheme });
    if (folder) {
      const size = viewport === SIZES.desk ? 'desk' : 'phone';
      await page.screenshot({ path: `${folder}/${name}-${size}-${colorScheme}.png`, fullPage: true });
    }
    if (!isSearched) continue;
    const { violations } = await new AxeBuilder({ page }).analyze();
    const barriers = violations
      .filter(({ impact }) => impact === 'serious' || impact === 'critical')
      .map(({ id, nodes }) => `${name}, ${id}: ${nodes.map(({ target }) => target.join(' ')).join(', ')}`);
    expect(barriers).toEqual([]);
  }
  await page.setViewportSize(SIZES.desk);
  await page.emulateMedia({ colorScheme: 'light' });
}

/** What has the focus, as it is called, and whether that is to be seen. */
const FOCUSED = `(() => {
  const at = document.activeElement;
  if (!at || at === document.body) return { name: '', seen: true };
  const label = at.labels && at.labels.length > 0 ? at.labels[0].innerText : '';
  const style = getComputedStyle(at);
  return {
    name: (label || at.textContent || '').replace(/\\s+/g, ' ').trim(),
    seen: style.outlineStyle !== 'none' && parseFloat(style.outlineWidth) >= 2,
  };
})()`;

/** Goes to a field, button or link with the tab key, and sees where it is. */
async function tabTo(name: string | RegExp): Promise<void> {
  const isIt = (text: string) => (typeof name === 'string' ? text === name : name.test(text));
  const passed: string[] = [];
  for (let n = 0; n < 80; n++) {
    const focused = (await page.evaluate(FOCUSED)) as { name: string; seen: boolean };
    if (isIt(focused.name)) {
      expect(focused.seen, `the focus on ${focused.name} is to be seen`).toBe(true);
      return;
    }
    passed.push(focused.name);
    await page.keyboard.press('Tab');
  }
  throw new Error(`no way by keyboard to ${name}, only to: ${[...new Set(passed)].join(' | ')}`);
}
const type = async (field: string, text: string) => {
  await tabTo(field);
  await page.keyboard.press('ControlOrMeta+a');
  await page.keyboard.type(text);
};
/** Presses a button or follows a link, and waits for the page with this heading. */
const press = async (name: string | RegExp, heading: string | RegExp) => {
  await tabTo(name);
  await page.keyboard.press('Enter');
  await page.getByRole('heading', { level: 1, name: heading }).waitFor();
  await page.waitForLoadState();
};
const giveCredentials = async (email: string, heading: string) => {
  await type('E-mail address', email);
  await type('Password', PASSWORD);
  await press('Sign in', heading);
};
const codeTo = async (address: string) => {
  const [mail] = openMails(
    await sql<{ recipient: string; body: string }>(
      'select recipient, body from mail where recipient = $1 order by id desc limit 1',
      [address],
    ),
  );
  return /\n {4}(\S+)\n/.exec(mail?.body ?? '')?.[1] ?? 'no code';
};

/** A record in Lakeside's keeping, in both of its studies, and a link to it. */
async function addRecord(email: string): Promise<number> {
  const { id } = await asMo('POST', '/api/v1/patients', {
    organizationId: 20001,
    nameFamily: 'Moss',
    nameGiven: 'Zoe',
    birthDate: BORN,
    telecomEmail: email,
  });
  for (const study of [studies.glucose, studies.hearts])
    await asMo('POST', `/api/v1/studies/${study}/patients`, { patientIds: [id] });
  return id;
}
const inviteTo = async (patientId: number, clientId: number = clients.glucoseApp): Promise<string> =>
  (await asMo('POST', '/api/v1/invitation', { patientId, clientId })).token;

let caller = 0;
/** Opens a link in the app, as whoever holds it: the app's token. */
async function openInApp(token: string): Promise<string> {
  const redeemed = await exchange.app.http.inject({
    method: 'POST',
    url: `/api/v1/invitation/${token}`,
    remoteAddress: `10.1.0.${++caller}`,
  });
  const form = { ...redeemed.json().grant, code_verifier: Buffer.from(token).toString('base64url') };
  return (await exchange.request('POST', '/o/token/', { form })).json().access_token;
}

it('makes a record hers, from the link to the code', LONG, async () => {
  const token = await inviteTo(await addRecord('zoe@lakeside.example'));
  await page.goto(`${site}/accounts/record/claim/`);
  await look('claim-1-link');
  await type('The link that you were given', 'nothing');
  await press('Go on', 'Make your record yours');
  await look('claim-1-link-wrong');
  await type('The link that you were given', `https://glucose.example.org/i/localhost_${token}`);
  await press('Go on', 'Make your record yours');
  await page.getByText('Lakeside Health').first().waitFor();
  await look('claim-2-door');
  await press('Make an account', 'Make your account');
  await look('claim-3-account');
  await type('Your e-mail address', ZOE);
  await type('Password', 'short');
  await type('Password again', 'short');
  await press('Send me the code', 'Make your account');
  await look('claim-3-account-wrong');
  await type('Password', PASSWORD);
  await type('Password again', PASSWORD);
  await press('Send me the code', 'Look into your mail');
  await look('claim-4-address-code');
  await type('Code', 'AAAA-AAAA');
  await press('Make the account', 'Look into your mail');
  await look('claim-4-address-code-wrong');
  await type('Code', await codeTo(ZOE));
  await press('Make the account', 'Sign in');
  await look('claim-5-sign-in');
  await giveCredentials(ZOE, 'Is it about you?');
  await look('claim-6-birth-date');
  await type('Your birth date', '1980-12-11');
  await press('Go on', 'Is it about you?');
  await look('claim-6-birth-date-wrong');
  await type('Your birth date', BORN);
  await press('Go on', 'Make the record yours');
  await look('claim-7-record');
  await press('Send me the code', 'Make the record yours');
  await look('claim-8-code');
  await type('Code', 'AAAA-AAAA');
  await press('Make the record mine', 'Make the record yours');
  await look('claim-8-code-wrong');
  await type('Code', await codeTo(ZOE));
  await press('Make the record mine', 'The record is yours');
  await look('claim-9-done');
  await press('See your record', 'Your record');
  await look('record-new');
  await page.goto(`${site}/accounts/record/claim/${token}/`);
  await look('claim-over');
});

it('lists where links were opened, and keeps what she ticks', LONG, async () => {
  await anew();
  const id = await addRecord('wim@lakeside.example');
  const app = await openInApp(await inviteTo(id));
  const answers = (code: string, consented: boolean) => ({
    studyScopeConsents: [
      {
        studyId: studies.glucose,
        scopeConsents: [{ codingSystem: 'https://w3id.org/openmhealth', codingCode: code, consented }],
      },
    ],
  });
  const answer = async (code: string, consented: boolean) => {
    const reply = await exchange.request('POST', `/api/v1/patients/${id}/consents`, {
      token: app,
      body: answers(code, consented),
    });
    expect(reply.statusCode, reply.body).toBeLessThan(300);
  };
  await answer('omh:blood-glucose:4.0', true);
  await answer('omh:heart-rate:2.0', false);
  await sql('insert into study_client (study_id, client_id) values ($1, $2)', [
    studies.hearts,
    clients.sleepApp,
  ]);
  await openInApp(await inviteTo(id, clients.sleepApp));
  // A login of an older version: it came with an address, and was proved since.
  await sql(
    `update app_user set email = 'wim@example.net', email_verified = true, password_hash = $2
     where id = (select user_id from patient where id = $1)`,
    [id, await hashPassword(PASSWORD)],
  );
  const started = await exchange.request('POST', '/api/v1/record-claims', { token: app });
  expect(started.statusCode, started.body).toBe(201);
  await page.goto(started.json().claimUrl);
  await press('I have an account: sign in', 'Sign in');
  await giveCredentials('wim@example.net', 'Make the record yours');
  await press('Send me the code', 'Make the record yours');
  await tabTo(/^Glucose app/);
  await page.keyboard.press('Space');
  await look('claim-8-sessions');
  await type('Code', 'AAAA-AAAA');
  await press('Make the record mine', 'Make the record yours');
  // A wrong code forgets no tick.
  expect(await page.getByRole('checkbox', { name: /^Glucose app/ }).isChecked()).toBe(true);
  await type('Code', await codeTo('wim@example.net'));
  await press('Make the record mine', 'The record is yours');
  expect((await exchange.request('GET', '/api/v1/users/profile', { token: app })).statusCode).toBe(200);
  expect(
    await sql('select client_id from link_session where patient_id = $1 and allowed_at is not null', [id]),
  ).toEqual([{ client_id: 'glucose-app' }]);
});

it('refuses an account that is not hers alone, in words', LONG, async () => {
  await anew();
  const token = await inviteTo(await addRecord('una@lakeside.example'));
  await page.goto(`${site}/accounts/login/?next=${encodeURIComponent(`/accounts/record/claim/${token}/`)}`);
  await giveCredentials('rivera@example.org', 'Not with this account');
  await look('claim-not-this-account');
  await page.goto(`${site}/accounts/record/`);
  await page.getByRole('heading', { name: 'Your record' }).waitFor();
  await look('record-none');
});

it('takes an empty record into the one that she has', LONG, async () => {
  await anew();
  const token = await inviteTo(await addRecord('cleo@lakeside.example'));
  const path = `/accounts/record/claim/${token}/`;
  await page.goto(`${site}/accounts/login/?next=${encodeURIComponent(path)}`);
  await giveCredentials('cleo@example.org', 'Is it about you?');
  await type('Your birth date', BORN);
  await press('Go on', 'Make the record yours');
  await press('Send me the code', 'Make the record yours');
  await tabTo(/^Continuous glucose/);
  await page.keyboard.press('Space');
  await look('claim-8-absorbed');
  await type('Code', await codeTo('cleo@example.org'));
  await press('Make the record mine', 'The record is yours');
  await look('claim-9-absorbed');
});

it('shows her record, and every answer is hers', LONG, async () => {
  await anew();
  await asMo('POST', `/api/v1/studies/${studies.hearts}/patients`, { patientIds: [patients.ada] });
  await asMo('PATCH', `/api/v1/patients/${patients.ada}`, { telecomPhone: '555-0111' });
  await page.goto(`${site}/accounts/record/`);
  await giveCredentials('ada@example.org', 'Your record');
  await look('record-full');
  const consentOf = async (study: number, code: number) =>
    (
      await sql(
        'select permitted, own from consent where patient_id = $1 and study_id = $2 and code_id = $3',
        [patients.ada, study, code],
      )
    )[0];

  await press(/^Accept /, 'Your record');
  await page.getByText('You accepted.').waitFor();
  await look('record-accepted');
  await press(/^Yes, share Heart rate, Hearts at Lakeside/, 'Your record');
  expect(await consentOf(studies.hearts, codes.heartRate)).toEqual({ permitted: true, own: true });
  await look('record-answered');
  await tabTo(/^Share only for a while Heart rate, Hearts at Lakeside/);
  await page.keyboard.press('Enter');
  await tabTo('The last day');
  await page.keyboard.type('06302099');
  await look('record-for-a-while');
  await press(/^Share until then Heart rate, Hearts at Lakeside/, 'Your record');
  await page.getByText('It counts until 30 June 2099').waitFor();
  await press(/^Stop sharing Heart rate, Hearts at Lakeside/, 'Your record');
  expect(await consentOf(studies.hearts, codes.heartRate)).toEqual({ permitted: false, own: true });
  await press(/^Take back Heart rate, Hearts at Lakeside/, 'Your record');
  expect(await consentOf(studies.hearts, codes.heartRate)).toBeUndefined();
  await tabTo(/^Leave this study Hearts at Lakeside/);
  await page.keyboard.press('Enter');
  await page.keyboard.press('Tab');
  await look('record-leaving');
  await press(/^Leave this study Hearts at Lakeside/, 'Your record');
  await page.getByText('You left the study.').waitFor();
  expect(
    await sql('select from enrollment where patient_id = $1 and study_id = $2', [
      patients.ada,
      studies.hearts,
    ]),
  ).toEqual([]);
  await asMo('POST', `/api/v1/studies/${studies.hearts}/patients`, { patientIds: [patients.ada] });
  await page.reload();
  await press(/^Decline /, 'Your record');
  await look('record-declined');
  await press(/^Let them ask again/, 'Your record');
});

it('changes her address', LONG, async () => {
  await page.goto(`${site}/accounts/security/`);
  await look('security');
  await press('Change your address', 'Change your e-mail address');
  await look('address-1-ask');
  await type('New e-mail address', 'ada@example.org');
  await press('Send me the code', 'Change your e-mail address');
  await look('address-1-ask-wrong');
  await type('New e-mail address', 'ada.byron@example.net');
  await press('Send me the code', 'Look into your mail');
  await look('address-2-code');
  await type('Code', 'AAAA-AAAA');
  await press('Change my address', 'Look into your mail');
  await look('address-2-code-wrong');
  await type('Code', await codeTo('ada.byron@example.net'));
  await press('Change my address', 'Security');
  await page.getByRole('status').waitFor();
  await look('address-3-done');
  await page.goto(`${site}/accounts/record/`);
  await page.getByText('The e-mail address of your account was changed').waitFor();
});

it('confirms an address with the password that was chosen', LONG, async () => {
  await anew();
  await sql(`insert into setting (key, value) values ('site.registration_invite_code', '"sesame"')`);
  await page.goto(`${site}/accounts/signup/`);
  await type('Invite code', 'sesame');
  await type('E-mail address', 'noor@example.org');
  await type('First name', 'Noor');
  await type('Last name', 'Haddad');
  await type('Password', PASSWORD);
  await type('Password again', PASSWORD);
  await press('Create account', 'Look into your mail');
  const [mail] = openMails(
    await sql<{ recipient: string; body: string }>(
      "select recipient, body from mail where recipient = 'noor@example.org'",
    ),
  );
  await page.goto(/https?:\S+verify_email_confirm\S+/.exec(mail?.body ?? '')?.[0] ?? '');
  await look('confirm-1');
  await type('Password', 'not this one');
  await press('Yes, it is mine', 'Confirm your e-mail address');
  await look('confirm-1-wrong');
  await type('Password', PASSWORD);
  await press('Yes, it is mine', 'Your e-mail address is confirmed');
  await look('confirm-2');
  expect(faults).toEqual([]);
});
