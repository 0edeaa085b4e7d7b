import { randomBytes } from 'node:crypto';
import type { AddressInfo } from 'node:net';
import { SMTPServer, type SMTPServerOptions } from 'smtp-server';
import { afterAll, beforeAll, beforeEach, expect, it } from 'vitest';
import { openTestDatabase, TEST_SEALING_KEYS, type TestDatabase } from '../../../../tests/setup/database.ts';
import { createSealing, givenKeys } from '../access/sealing.ts';
import { createSystem, type System } from '../access/system.ts';
import { queueMail } from '../store/mail.ts';
import { createJobs } from './jobs.ts';
import { createMailSender, type MailSender } from './mail-sender.ts';
import { openSmtp } from './smtp.ts';

type Received = { to: string[]; text: string; secure: boolean; user: string | undefined };

let database: TestDatabase;
let system: System;
let logged: object[] = [];
const log = { info() {}, error: (detail: object, message: string) => logged.push({ ...detail, message }) };
let now = new Date();
const clock = () => now;
const open: (() => Promise<unknown>)[] = [];

beforeAll(async () => {
  database = await openTestDatabase();
  system = createSystem(database.server, createSealing(TEST_SEALING_KEYS));
});
afterAll(() => database?.close());
beforeEach(async () => {
  await Promise.all(open.splice(0).map((close) => close()));
  await database.owner.query('delete from mail');
  logged = [];
  // A little ahead of the database, whose clock says when mail was written.
  now = new Date(Date.now() + 60_000);
});
afterAll(() => Promise.all(open.map((close) => close())));

/** A mail server that keeps what it takes; `answer` may refuse with a reply code, or wait. */
async function openServer(
  options: SMTPServerOptions = {},
  answer: (mail: Received, count: number) => Promise<number | null> = async () => null,
) {
  const received: Received[] = [];
  const attempts: Received[] = [];
  const server = new SMTPServer({
    authOptional: true,
    disableReverseLookup: true,
    hideSTARTTLS: true,
    allowInsecureAuth: true,
    onAuth: ({ username }, _session, done) => done(null, { user: username }),
    onData(stream, session, done) {
      const chunks: Buffer[] = [];
      stream.on('data', (chunk: Buffer) => chunks.push(chunk));
      stream.on('end', async () => {
        const mail: Received = {
          to: session.envelope.rcptTo.map(({ address }) => address),
          text: Buffer.concat(chunks).toString(),
          secure: session.secure,
          user: session.user as unknown as string | undefined,
        };
        attempts.push(mail);
        const code = await answer(mail, attempts.length);
        if (code !== null)
          return done(Object.assign(new Error('<ada@example.org> not now'), { responseCode: code }));
        received.push(mail);
        done();
      });
    },
    ...options,
  });
  server.on('error', () => {});
  await new Promise<void>((resolve) => server.listen(0, '0.0.0.0', resolve));
  open.push(() => new Promise<void>((resolve) => server.close(() => resolve())));
  const { port } = server.server.address() as AddressInfo;
  return { received, attempts, port };
}

type Way = { port: number; host?: string; user?: string | null; password?: string | null };

function openSender({ port, host = '127.0.0.1', user = null, password = null }: Way): MailSender {
  const deliver = openSmtp({ host, port, user, password }, 'The Exchange <no-reply@example.org>');
  return createMailSender({ system, clock, log, deliver });
}

const queue = (recipient: string, subject = 'Hello', body = 'A line.\nAnother: https://example.org/?a=b') =>
  system('mail', (sight) => queueMail(sight, { recipient, subject, body }));

const stored = async () =>
  (
    await database.owner.query(
      'select recipient, body, attempts, sent_at, next_attempt_at, last_error from mail order by id',
    )
  ).rows;

it('sends what waits, as plain text that says it is automatic', async () => {
  const server = await openServer();
  await queue('ada@example.org');
  await queue('grace@example.org', 'Überraschung');
  await openSender(server).sendWaiting();
  expect(server.received.map(({ to }) => to).sort()).toEqual([['ada@example.org'], ['grace@example.org']]);
  const { text } = server.received.find(({ to }) => to[0] === 'ada@example.org')!;
  expect(text).toContain('From: The Exchange <no-reply@example.org>');
  expect(text).toContain('Subject: Hello');
  expect(text).toContain('Auto-Submitted: auto-generated');
  expect(text).toMatch(/Message-ID: <\d+\.\d+@example\.org>/i);
  expect(text).toContain('Content-Type: text/plain; charset=utf-8');
  expect(text.replace(/\r\n/g, '\n')).toContain('A line.\nAnother: https://example.org/?a=b');
  expect((await stored()).every((row) => row.sent_at !== null && row.last_error === null)).toBe(true);
  await openSender(server).sendWaiting();
  expect(server.received).toHaveLength(2);
});

it('keeps no text of a mail that was sent, nor of one that will never be: there are links in it', async () => {
  const server = await openServer({
    onRcptTo: ({ address }, _session, done) =>
      address.startsWith('gone@')
        ? done(Object.assign(new Error('no such user'), { responseCode: 550 }))
        : address.startsWith('later@')
          ? done(Object.assign(new Error('not now'), { responseCode: 451 }))
          : done(),
  });
  for (const who of ['ada', 'gone', 'later']) await queue(`${who}@example.org`);
  await openSender(server).sendWaiting();
  expect(await stored()).toMatchObject([
    { recipient: 'ada@example.org', body: '', sent_at: expect.any(Date) },
    { recipient: 'gone@example.org', body: '', next_attempt_at: Infinity },
    { recipient: 'later@example.org', body: expect.stringMatching(/^sealed\./) },
  ]);
});

it('keeps mail that it cannot open for a server that has the key', async () => {
  const server = await openServer();
  await queue('ada@example.org');
  const deliver = openSmtp(
    { host: '127.0.0.1', port: server.port, user: null, password: null },
    'x@example.org',
  );
  const other = createSystem(database.server, createSealing(givenKeys([randomBytes(32)])));
  await createMailSender({ system: other, clock, log, deliver }).sendWaiting();
  expect(server.attempts).toEqual([]);
  expect(await stored()).toMatchObject([{ attempts: 1, sent_at: null, last_error: 'CannotOpen' }]);
  now = new Date(now.getTime() + 60_000);
  await createMailSender({ system, clock, log, deliver }).sendWaiting();
  expect(server.received).toHaveLength(1);
});

it('sends to one address, whatever is in it, and puts nothing into the head of the mail', async () => {
  const server = await openServer();
  await queue('a@example.org, b@example.org', 'Hello\r\nBcc: c@example.org');
  await openSender(server).sendWaiting();
  for (const { to, text } of server.attempts) {
    expect(to).toHaveLength(1);
    expect(text).not.toMatch(/^bcc:/im);
  }
  expect(server.attempts.flatMap(({ to }) => to)).not.toContain('b@example.org');
});

it('tries again after a failure, later each time, and keeps no address in the reason', async () => {
  const server = await openServer({}, async (_mail, count) => (count <= 2 ? 451 : null));
  await queue('ada@example.org');
  const sender = openSender(server);
  const waits: number[] = [];
  for (let round = 0; round < 3; round++) {
    await sender.sendWaiting();
    const [row] = await stored();
    if (row.sent_at) break;
    expect(row.last_error).toBe('EMESSAGE 451 DATA');
    waits.push((row.next_attempt_at.getTime() - now.getTime()) / 1000);
    // Not before its time.
    await sender.sendWaiting();
    expect(server.attempts).toHaveLength(round + 1);
    now = row.next_attempt_at;
  }
  expect(waits).toEqual([30, 120]);
  expect(server.received).toHaveLength(1);
  expect(await stored()).toMatchObject([{ attempts: 3, last_error: null }]);
  expect(logged).toEqual([
    { mailId: expect.any(Number), attempts: 1, error: 'EMESSAGE 451 DATA', message: 'mail not sent' },
    { mailId: expect.any(Number), attempts: 2, error: 'EMESSAGE 451 DATA', message: 'mail not sent' },
  ]);
});

it('gives up after nine attempts', async () => {
  const server = await openServer({}, async () => 451);
  await queue('ada@example.org');
  const sender = openSender(server);
  for (let round = 0; round < 12; round++) {
    await sender.sendWaiting();
    now = new Date(now.getTime() + 7 * 3600 * 1000);
  }
  expect(server.attempts).toHaveLength(9);
  expect(await stored()).toMatchObject([{ attempts: 9, sent_at: null, next_attempt_at: Infinity }]);
  expect(logged.at(-1)).toMatchObject({ message: 'mail given up' });
});

it('gives up at once when the address is refused for good', async () => {
  const server = await openServer({
    onRcptTo: (_address, _session, done) =>
      done(Object.assign(new Error('no such user ada@example.org'), { responseCode: 550 })),
  });
  await queue('ada@example.org');
  await openSender(server).sendWaiting();
  expect(await stored()).toMatchObject([
    { attempts: 1, sent_at: null, next_attempt_at: Infinity, last_error: 'EENVELOPE 550 RCPT' },
  ]);
  expect(JSON.stringify(logged)).not.toContain('ada');
});

it('keeps mail while the mail server is away', async () => {
  const server = await openServer();
  const { port } = server;
  await open.pop()?.();
  await queue('ada@example.org');
  await openSender({ port }).sendWaiting();
  expect(await stored()).toMatchObject([{ attempts: 1, sent_at: null, last_error: 'ESOCKET CONN' }]);
});

it('sends nothing twice when two servers send at once', async () => {
  const server = await openServer();
  for (let index = 0; index < 40; index++) await queue(`person${index}@example.org`);
  const senders = [openSender(server), openSender(server)];
  await Promise.all([...senders, ...senders].map((sender) => sender.sendWaiting()));
  expect(server.received).toHaveLength(40);
  expect(new Set(server.received.flatMap(({ to }) => to)).size).toBe(40);
});

it('stops in the middle: what is under way ends, nothing else begins', async () => {
  let letGo = () => {};
  let arrived = () => {};
  const held = new Promise<void>((resolve) => {
    letGo = resolve;
  });
  const threeArrived = new Promise<void>((resolve) => {
    arrived = resolve;
  });
  const server = await openServer({}, async (_mail, count) => {
    if (count === 3) arrived();
    await held;
    return null;
  });
  for (let index = 0; index < 10; index++) await queue(`person${index}@example.org`);
  const sender = openSender(server);
  const sending = sender.sendWaiting();
  await threeArrived;
  const stopping = sender.stop(60_000);
  letGo();
  await Promise.all([stopping, sending]);
  expect(server.received).toHaveLength(3);
  expect((await stored()).filter((row) => row.sent_at !== null)).toHaveLength(3);
  await openSender(server).sendWaiting();
  expect(server.received).toHaveLength(10);
});

it('breaks off what does not end in time, and sends it later', async () => {
  let arrived = () => {};
  const first = new Promise<void>((resolve) => {
    arrived = resolve;
  });
  const server = await openServer({}, (_mail, count) => {
    arrived();
    return count === 1 ? new Promise(() => {}) : Promise.resolve(null);
  });
  await queue('ada@example.org');
  const sender = openSender(server);
  const sending = sender.sendWaiting();
  await first;
  await sender.stop(0);
  await sending;
  const [row] = await stored();
  expect(row).toMatchObject({ attempts: 1, sent_at: null, last_error: expect.stringMatching(/abort/i) });
  now = row.next_attempt_at;
  await openSender(server).sendWaiting();
  expect(server.received).toHaveLength(1);
});

const WAYS: [string, SMTPServerOptions, Partial<Way>, Partial<Received> | null][] = [
  ['a password to this computer without TLS', {}, { user: 'u', password: 'p' }, { user: 'u', secure: false }],
  ['no password to a relay without TLS', {}, { host: '127.0.0.2' }, { user: undefined, secure: false }],
  ['a password to another one that has no TLS', {}, { host: '127.0.0.2', user: 'u', password: 'p' }, null],
  [
    'a password to another one whose certificate is nobody’s',
    { hideSTARTTLS: false },
    { host: '127.0.0.2', user: 'u', password: 'p' },
    null,
  ],
];
it.each(WAYS)('TLS: %s', async (_name, options, way, expected) => {
  const users: (string | undefined)[] = [];
  const server = await openServer({
    ...options,
    onAuth({ username }, _session, done) {
      users.push(username);
      done(null, { user: username ?? '' });
    },
  });
  await queue('ada@example.org');
  await openSender({ port: server.port, ...way }).sendWaiting();
  expect(server.received).toMatchObject(expected ? [expected] : []);
  if (!expected) expect(users).toEqual([]);
});

it('works by itself while the jobs run, and forgets old mail and old counts', async () => {
  const server = await openServer();
  now = new Date(Date.now() + 60_000);
  await queue('ada@example.org');
  await database.owner.query(
    "insert into mail (recipient, subject, body, created_at, sent_at) values ('old@example.org', 's', 'b', now() - interval '8 days', now())",
  );
  await database.owner.query(
    "insert into sign_in_attempt (key, since, locked_until) values ('old', now() - interval '3 days', null), ('closed', now() - interval '3 days', now() + interval '1 hour'), ('new', now(), null)",
  );
  const jobs = createJobs({
    config: {
      smtp: { host: '127.0.0.1', port: server.port, user: null, password: null },
      mailFrom: 'x@example.org',
      siteUrl: 'http://localhost:8000',
    },
    system,
    clock,
    log,
  });
  jobs.start();
  await expect.poll(async () => (await stored()).length, { timeout: 10_000 }).toBe(1);
  await expect.poll(() => server.received.length, { timeout: 10_000 }).toBe(1);
  await jobs.stop();
  const { rows } = await database.owner.query('select key from sign_in_attempt order by key');
  expect(rows.map(({ key }) => key)).toEqual(['closed', 'new']);
  expect(logged).toEqual([]);
});
