import { afterAll, beforeAll, expect, it } from 'vitest';
import {
  openTestDatabase,
  TEST_SEALING_KEYS,
  type TestDatabase,
} from '../../../../../tests/setup/database.ts';
import { parseConfig } from '../../config.ts';
import { openExchange } from '../../exchange.ts';

let database: TestDatabase;
beforeAll(async () => {
  database = await openTestDatabase();
  await database.owner.query(
    `insert into mail (recipient, subject, body)
     select 'ada@example.org', 'Mail ' || n, 'Open https://example.org/x?n=' || n || '&m=1 (or <b>not</b>).' from generate_series(1, 60) n`,
  );
});
afterAll(() => database?.close());

type Sender = { headers?: Record<string, string>; remoteAddress?: string };

async function look(environment: Record<string, string>, sender: Sender = {}) {
  const exchange = await openExchange({
    config: parseConfig({ PORT: '8000', JHE_SEED: 'none', ...environment }),
    databaseUrl: database.ownerUrl,
    sealingKeys: TEST_SEALING_KEYS,
    log: { info() {}, error() {} },
  });
  try {
    return await exchange.app.http.inject({ url: '/accounts/outbox/', ...sender });
  } finally {
    await exchange.close();
  }
}

it('shows the last fifty mails, newest first, with links that work and nothing else that does', async () => {
  const { statusCode, body, headers } = await look({});
  expect(statusCode).toBe(200);
  expect(headers['cache-control']).toBe('no-store');
  const subjects = [...body.matchAll(/<h2>Mail (\d+)<\/h2>/g)].map((match) => Number(match[1]));
  expect(subjects).toEqual(Array.from({ length: 50 }, (_, index) => 60 - index));
  const link = 'https://example.org/x?n=60&amp;m=1';
  expect(body).toContain(`Open <a href="${link}">${link}</a> (or &lt;b&gt;not&lt;/b&gt;).`);
});

const CASES: [string, Record<string, string>, number, Sender?][] = [
  ['on 127.0.0.1', { SITE_URL: 'http://127.0.0.1:8000' }, 200],
  ['on [::1]', { SITE_URL: 'http://[::1]:8000', HOST: '::1' }, 200],
  ['asked for over IPv6', {}, 200, { remoteAddress: '::1' }],
  ['asked for over IPv4 by a listener for both', {}, 200, { remoteAddress: '::ffff:127.0.0.1' }],
  ['on another host', { SITE_URL: 'https://exchange.example.org' }, 404],
  [
    'on another host that is asked for as localhost',
    { SITE_URL: 'https://exchange.example.org' },
    404,
    { headers: { host: 'localhost' } },
  ],
  ['on a host that begins like this computer', { SITE_URL: 'http://localhost.example.org' }, 404],
  ['heard by other computers', { SITE_URL: 'http://localhost:8000', HOST: '0.0.0.0' }, 404],
  ['asked for by another computer', {}, 404, { remoteAddress: '192.0.2.7', headers: { host: 'localhost' } }],
  ['asked for by another name', {}, 404, { headers: { host: 'evil.example.org:8000' } }],
  ['asked for on behalf of somebody', {}, 404, { headers: { 'x-forwarded-for': '127.0.0.1' } }],
  ['asked for through a gateway', {}, 404, { headers: { via: '1.1 gateway' } }],
  ['behind a proxy', { TRUSTED_PROXIES: '127.0.0.1' }, 404],
  ['where mail is sent', { SMTP_HOST: 'localhost' }, 404],
];
it.each(CASES)('is there only where nobody else is: %s', async (_name, environment, status, sender) => {
  const reply = await look(environment, sender);
  expect(reply.statusCode).toBe(status);
  if (status === 404) expect(reply.body).not.toContain('Mail 60');
});
