/** A database that goes away, comes back, or does not answer: what callers are told, and that the server heals. */
import { afterAll, beforeAll, beforeEach, describe, expect, it } from 'vitest';
import { type DatabaseProxy, openDatabaseProxy } from '../setup/database-proxy.ts';
import { openTestExchange, type TestExchange } from '../setup/exchange.ts';
import { mintToken } from '../setup/tokens.ts';
import { fillTwoOrganizations, patients, users } from '../worlds/two-organizations.ts';

let proxy: DatabaseProxy;
let exchange: TestExchange;
let ada: string;
let isClosed = false;
beforeAll(async () => {
  exchange = await openTestExchange({
    env: { JHE_STATEMENT_SECONDS: '1', JHE_DRAIN_SECONDS: '1' },
    way: async (ownerUrl) => {
      proxy = await openDatabaseProxy(ownerUrl);
      return proxy.url;
    },
  });
  await fillTwoOrganizations(exchange.database.owner);
  ada = await mintToken(exchange, { userId: users.ada });
});
afterAll(async () => {
  await (isClosed ? exchange?.database.close() : exchange?.close());
  await proxy?.close();
});

const read = (url: string) => exchange.request('GET', url, { token: ada });
const consents = `/api/v1/patients/${patients.ada}/consents`;

/** What every kind of caller is told meanwhile. */
async function expectAway(): Promise<void> {
  const [page, answers, token, authorize] = await Promise.all([
    read('/FHIR/R5/Observation?_count=5'),
    read(consents),
    exchange.request('POST', '/o/token/', {
      form: { grant_type: 'client_credentials', client_id: 'world-portal', client_secret: 'x' },
    }),
    exchange.request(
      'GET',
      '/o/authorize/?client_id=world-portal&response_type=code&redirect_uri=http%3A%2F%2Flocalhost%3A8000%2Fauth%2Fcallback&code_challenge=E9Melhoa2OwvFrEMTJguCHaoeK1t8URWbuGJSstw-cM&code_challenge_method=S256',
      { headers: { accept: 'text/html' } },
    ),
  ]);
  expect(page.statusCode).toBe(503);
  expect(Number(page.headers['retry-after'])).toBeGreaterThan(0);
  expect(page.json()).toMatchObject({
    resourceType: 'OperationOutcome',
    issue: [{ severity: 'error', code: 'transient', diagnostics: expect.stringContaining('try again') }],
  });
  expect(answers.statusCode).toBe(503);
  expect(Number(answers.headers['retry-after'])).toBeGreaterThan(0);
  expect(answers.json()).toEqual({ detail: expect.stringContaining('try again') });

  expect(token.statusCode).toBe(503);
  expect(token.json()).toEqual({
    error: 'temporarily_unavailable',
    error_description: expect.stringContaining('try again'),
  });
  expect(Number(token.headers['retry-after'])).toBeGreaterThan(0);

  expect(authorize.statusCode).toBe(503);
  expect(authorize.headers['content-type']).toContain('text/html');
  expect(authorize.body).toContain('try again');
  expect(Number(authorize.headers['retry-after'])).toBeGreaterThan(0);
}

const health = async () => (await exchange.request('GET', '/health')).statusCode;
const ready = async () => {
  const { statusCode, body } = await exchange.request('GET', '/ready');
  return [statusCode, JSON.parse(body).faults];
};

/** What `/ready` found a moment ago is told again for a second. */
async function eventuallyReady(): Promise<void> {
  for (;;) {
    const [status] = await ready();
    if (status === 200) return;
    await new Promise((resolve) => setTimeout(resolve, 100));
  }
}

describe('a database', () => {
  beforeEach(async () => {
    await proxy.heal();
    await eventuallyReady();
    // A connection that broke a moment ago may be noticed by being used.
    await read(consents);
    expect((await read('/FHIR/R5/Observation?_count=5')).statusCode).toBe(200);
    expect((await read(consents)).statusCode).toBe(200);
  });

  it('that is away is 503 with Retry-After for everybody, and when it is back everything goes on', async () => {
    await proxy.cut();
    await expectAway();
    expect(await health()).toBe(200);
    await new Promise((resolve) => setTimeout(resolve, 1_100));
    expect(await ready()).toEqual([503, ['database']]);
  });

  it('that restarts under a connection costs one 503 at most', async () => {
    await exchange.database.owner.query(
      `select pg_terminate_backend(pid) from pg_stat_activity where usename = 'jhe_server' and datname = current_database()`,
    );
    const first = await read(consents);
    expect([200, 503]).toContain(first.statusCode);
    expect((await read(consents)).statusCode).toBe(200);
  });

  it('that does not answer is 503 too, and is found out by /ready at once', async () => {
    proxy.block();
    await new Promise((resolve) => setTimeout(resolve, 1_100));
    const asked = expectAway();
    expect(await ready()).toEqual([503, ['database']]);
    expect(await health()).toBe(200);
    await asked;
  });

  it('that is busy with one statement for too long has it cancelled, and the connection stays good', async () => {
    const { owner } = exchange.database;
    const holder = await owner.connect();
    await holder.query('begin; lock table observation');
    const page = await read('/FHIR/R5/Observation?_count=5');
    expect(page.statusCode).toBe(503);
    expect(page.json().issue[0].diagnostics).toContain('took too long');
    await holder.query('rollback');
    holder.release();
    expect((await read('/FHIR/R5/Observation?_count=5')).statusCode).toBe(200);
    const { rows } = await owner.query<{ outcome: string }>(
      `select outcome from audit_event where user_id = ${users.ada} order by id desc limit 2`,
    );
    expect(rows.map(({ outcome }) => outcome)).toEqual(['ok', 'failed']);
  });

  it('does not keep the server from ending, even when it does not answer', async () => {
    proxy.block();
    const stuck = read(consents);
    await new Promise((resolve) => setTimeout(resolve, 50));
    await exchange.closeServer();
    isClosed = true;
    expect((await stuck).statusCode).toBe(503);
    // Nothing of what went wrong holds more than names and places.
    expect(JSON.stringify(exchange.logLines)).not.toMatch(/Byron|@example\.org|password/);
  });
});
