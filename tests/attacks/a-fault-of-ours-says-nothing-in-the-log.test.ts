/**
 * The attack: somebody who reads the log learns about people. A fault of ours carries its message (PostgreSQL's repeat
 * values), and a request its address; neither is written, whichever part of the server failed.
 */
import { afterAll, beforeAll, describe, expect, it } from 'vitest';
import { createApp } from '../../apps/exchange/src/app.ts';
import { openWorld, type World } from '../../apps/exchange/src/authorization/world.test-data.ts';
import { parseConfig } from '../../apps/exchange/src/config.ts';
import type { Face } from '../../apps/exchange/src/face.ts';
import { openTestExchange, type TestExchange } from '../setup/exchange.ts';
import { mintToken } from '../setup/tokens.ts';
import { fillTwoOrganizations, users } from '../worlds/two-organizations.ts';

const SECRETS = ['Byron', 'diabetes', '555-0100', 'ada-secret'];

function expectNothing(lines: readonly object[]): void {
  expect(lines.length).toBeGreaterThan(0);
  for (const secret of SECRETS) expect(JSON.stringify(lines)).not.toContain(secret);
  // Nothing can stand there that is not a name of ours: no message, no address, no header, no body.
  const known = new Set(['requestId', 'name', 'code', 'place', 'message']);
  for (const line of lines) expect(Object.keys(line).filter((key) => !known.has(key))).toEqual([]);
}

it('a route that throws: its name, code and place, and nothing that came with it', async () => {
  const lines: object[] = [];
  const fault = Object.assign(new TypeError('Ada Byron has diabetes'), {
    code: 'E_SOMETHING',
    detail: 'Key (telecom_phone)=(555-0100) already exists.',
    hint: 'diabetes',
  });
  const face: Face = {
    name: 'faulty',
    refuse: () => ({ status: 500, body: { detail: 'A server error occurred.' } }),
    routes: [
      {
        method: 'POST',
        path: '/faulty/:id',
        caller: 'anyone',
        handle: async () => {
          throw fault;
        },
      },
    ],
  };
  const app = await createApp({
    config: parseConfig({ JHE_SEED: 'none' }),
    gate: {} as never,
    verifyToken: async () => null,
    faces: [face],
    log: { info: () => {}, error: (detail, message) => lines.push({ message, ...detail }) },
  });
  const reply = await app.http.inject({
    method: 'POST',
    url: '/faulty/ada-secret?name=Byron&phone=555-0100',
    headers: { authorization: 'Bearer ada-secret', cookie: 'a=ada-secret' },
    payload: { note: 'diabetes' },
  });
  await app.http.close();
  expect([reply.statusCode, reply.json()]).toEqual([500, { detail: 'A server error occurred.' }]);
  expect(lines).toEqual([
    {
      requestId: expect.stringMatching(/^[0-9a-f-]{36}$/),
      name: 'TypeError',
      code: 'E_SOMETHING',
      place: expect.stringMatching(/^at /),
      message: 'request failed',
    },
  ]);
  expectNothing(lines);
});

describe('a database that fails with values in its message', () => {
  let exchange: TestExchange;
  beforeAll(async () => {
    exchange = await openTestExchange();
    await fillTwoOrganizations(exchange.database.owner);
    // Its messages repeat what was to be stored.
    await exchange.database.owner.query(`
      create function fail() returns trigger language plpgsql as $$
      begin raise exception 'cannot keep % %', new.name_family, new.telecom_phone using detail = new.name_given; end $$;
      create trigger fail before insert or update on patient for each row execute function fail()`);
  });
  afterAll(() => exchange?.close());

  it('leaves none of them in the log', async () => {
    const token = await mintToken(exchange, { userId: users.mo });
    const reply = await exchange.request('PATCH', '/api/v1/patients/40001?note=ada-secret', {
      token,
      body: { telecomPhone: '555-0101' },
    });
    expect(reply.statusCode, reply.body).toBe(500);
    expectNothing(exchange.logLines.map(({ detail, message }) => ({ message, ...detail })));
    expect(JSON.stringify(exchange.logLines)).not.toContain('555-0101');
  });
});

describe('the authorization server', () => {
  let world: World;
  beforeAll(async () => {
    world = await openWorld();
    await world.database.owner.query(`
      create function fail() returns trigger language plpgsql as $$
      begin raise exception 'cannot keep ada-secret' using detail = 'Byron'; end $$;
      create trigger fail before insert or update on oauth_model for each row execute function fail()`);
  });
  afterAll(() => world?.close());

  it.each([
    '/o/authorize/?client_id=jhe-portal&response_type=code&login_hint=ada-secret&code_challenge_method=S256&code_challenge=ada-secret-ada-secret-ada-secret-ada-secret-a&redirect_uri=http%3A%2F%2Flocalhost%3A8000%2Fauth%2Fcallback&scope=openid',
    '/accounts/login/?next=/accounts/security/%3Fada-secret',
  ])('%s', async (url) => {
    world.faults.length = 0;
    const browser = world.browser();
    let reply = await browser.go({ url });
    if (reply.statusCode === 303) reply = await browser.go({ url: String(reply.headers.location) });
    expect(reply.body).not.toContain('cannot keep');
    expectNothing(world.faults);
  });
});
