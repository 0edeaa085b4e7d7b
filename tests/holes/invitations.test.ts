/** Holes of the reference about invitations, each closed (contract, 11). */

import { afterAll, beforeAll, beforeEach, describe, expect, it } from 'vitest';
import { openTestExchange, type TestExchange } from '../setup/exchange.ts';
import { openMails } from '../setup/mail.ts';
import { mintToken } from '../setup/tokens.ts';
import { clients, fillTwoOrganizations, patients, users } from '../worlds/two-organizations.ts';

const START = new Date('2026-03-02T09:00:00Z');
const HOUR = 60 * 60 * 1000;

let exchange: TestExchange;
let now = START;
let address = 0;
beforeAll(async () => {
  exchange = await openTestExchange({ clock: () => now });
  await fillTwoOrganizations(exchange.database.owner);
  await rows(
    "update client set redirect_uris = '{http://localhost:8000/auth/callback}' where id = $1",
    clients.glucoseApp,
  );
});
afterAll(() => exchange?.close());
beforeEach(() => {
  now = START;
});

/** To Ben, whose record Lakeside keeps. */
async function invite(more: Record<string, unknown> = {}) {
  const token = await mintToken(exchange, { userId: users.mo, issuedAt: now });
  return exchange.request('POST', '/api/v1/invitation', {
    token,
    body: { patientId: patients.ben, clientId: clients.glucoseApp, ...more },
  });
}

/** Each from an address of its own, so that limits by address do not stand in the way. */
const redeem = (token: string, body?: unknown) =>
  exchange.app.http.inject({
    method: 'POST',
    url: `/api/v1/invitation/${token}`,
    remoteAddress: `10.0.${address >> 8}.${address++ & 255}`,
    ...(body === undefined ? {} : { payload: body as object }),
  });

const rows = async (text: string, ...values: unknown[]) =>
  (await exchange.database.owner.query(text, values)).rows;

describe('H-20 the window of an invitation is fixed', () => {
  it('counts from the first redemption, however often it is repeated, and from the issue, whatever is edited', async () => {
    await rows('update invitation set status = $1', 'cancelled');
    const { token, id } = (await invite()).json();
    await rows('update invitation set issued_at = $2 where id = $1', id, START);
    for (const hours of [0, 4, 8, 11.9]) {
      now = new Date(START.getTime() + hours * HOUR);
      expect((await redeem(token)).statusCode, `${hours} h`).toBe(200);
    }
    now = new Date(START.getTime() + 12.1 * HOUR);
    expect((await redeem(token)).statusCode).toBe(409);

    now = START;
    const second = (await invite()).json();
    await rows(
      'update invitation set issued_at = $2, last_updated = $3 where id = $1',
      second.id,
      START,
      START,
    );
    now = new Date(START.getTime() + 6 * 24 * HOUR);
    await rows('update invitation set last_updated = $2 where id = $1', second.id, now);
    now = new Date(START.getTime() + 7 * 24 * HOUR);
    expect((await redeem(second.token)).statusCode).toBe(410);
  });

  it('makes one code only, when two redeem at once', async () => {
    const { token } = (await invite()).json();
    const both = await Promise.all([redeem(token), redeem(token)]);
    expect(both.map(({ statusCode }) => statusCode)).toEqual([200, 200]);
    const verifier = Buffer.from(token).toString('base64url');
    const exchanged = await Promise.all(
      both.map((reply) =>
        exchange.request('POST', '/o/token/', { form: { ...reply.json().grant, code_verifier: verifier } }),
      ),
    );
    expect(exchanged.map(({ statusCode }) => statusCode).sort()).toEqual([200, 400]);
  });
});

describe('H-44 redeeming cannot be tried at will', () => {
  it('answers 429 with Retry-After', async () => {
    const from = () =>
      exchange.app.http.inject({
        method: 'POST',
        url: `/api/v1/invitation/${'B'.repeat(32)}`,
        remoteAddress: '10.9.9.9',
      });
    const replies = [];
    for (let i = 0; i < 25; i++) replies.push(await from());
    expect(replies[0]?.statusCode).toBe(404);
    expect(replies.at(-1)?.statusCode).toBe(429);
    expect(Number(replies.at(-1)?.headers['retry-after'])).toBeGreaterThan(0);
  });
});

describe('H-48 a practitioner cannot quietly become the patient', () => {
  it('by e-mail only: neither token nor link is shown', async () => {
    const reply = await invite({ sendEmail: true, emailOnly: true });
    expect(reply.statusCode).toBe(201);
    const [mail] = openMails(await rows('select recipient, body from mail order by id desc limit 1'));
    expect(mail.recipient).toBe('ben@example.org');
    const [, token = ''] = /localhost%3A8000_([A-Za-z0-9]{32})/.exec(mail.body) ?? [];
    expect(token).not.toBe('');
    expect(reply.body).not.toContain(token);
    expect(reply.json().token).toBeNull();
    expect((await redeem(token)).statusCode).toBe(200);
  });

  it('asked for the birth date: a wrong one opens nothing, five wrong ones end it', async () => {
    const { token } = (await invite({ askBirthDate: true })).json();
    expect((await redeem(token)).statusCode).toBe(403);
    expect((await redeem(token, { birthDate: '1999-09-09' })).statusCode).toBe(403);
    expect((await redeem(token, { birthDate: '1991-02-03' })).statusCode).toBe(200);

    const other = (await invite({ askBirthDate: true })).json();
    for (let i = 0; i < 5; i++) await redeem(other.token, { birthDate: '1999-09-09' });
    expect((await redeem(other.token, { birthDate: '1991-02-03' })).statusCode).toBe(403);
    expect(await rows('select status from invitation where id = $1', other.id)).toEqual([
      { status: 'cancelled' },
    ]);
  });

  it('leaves a trace, and tells the patient', async () => {
    const { token } = (await invite()).json();
    await redeem(token);
    expect(
      await rows(
        `select patient_id::int, client_id, outcome from audit_event where reason like 'invitation%' order by id desc limit 1`,
      ),
    ).toEqual([{ patient_id: patients.ben, client_id: 'glucose-app', outcome: 'ok' }]);
    const [mail] = openMails(await rows('select recipient, body from mail order by id desc limit 1'));
    expect(mail.recipient).toBe('ben@example.org');
    expect(mail.body).not.toContain(token);
  });
});

describe('H-49 the token of a link does not leak', () => {
  it('is in no log line and no trail, and pages name no referrer', async () => {
    const { token } = (await invite()).json();
    const reply = await redeem(token);
    expect(reply.headers['referrer-policy']).toBe('no-referrer');
    expect(JSON.stringify(exchange.logLines)).not.toContain(token);
    const kept = await rows(
      'select to_jsonb(a)::text as text from audit_event a union all select to_jsonb(i)::text from invitation i',
    );
    expect(kept.filter(({ text }) => text.includes(token))).toEqual([]);
  });
});
