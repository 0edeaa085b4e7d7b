/**
 * The attack: a token is revoked on one server, and its thief goes on with it on another server of the same database. It
 * ends there within a second, which is the bound that SECURITY.md states: the clock is turned, nobody waits.
 */
import { afterAll, beforeAll, describe, expect, it } from 'vitest';
import { parseConfig } from '../../apps/exchange/src/config.ts';
import { type Exchange, openExchange } from '../../apps/exchange/src/exchange.ts';
import { removeClient } from '../../apps/exchange/src/store/oauth-endings.ts';
import { upsertModel } from '../../apps/exchange/src/store/oauth-models.ts';
import { TEST_SEALING_KEYS } from '../setup/database.ts';
import { openTestExchange, type TestExchange } from '../setup/exchange.ts';
import { type MintOptions, mintToken } from '../setup/tokens.ts';

const START = Date.now();
const BOUND_MS = 1_000;

let here: TestExchange;
let there: Exchange;
let now = START;
beforeAll(async () => {
  const clock = () => new Date(now);
  here = await openTestExchange({ clock });
  there = await openExchange({
    config: parseConfig({ PORT: '8000', JHE_SEED: 'none' }),
    databaseUrl: here.database.ownerUrl,
    sealingKeys: TEST_SEALING_KEYS,
    clock,
    log: { info: () => {}, error: () => {} },
  });
  await here.database.owner.query(
    "insert into app_user (id, email, email_verified) values (10001, 'one@example.org', true)",
  );
  await here.database.owner.query(
    "insert into client (id, client_id, name) values (77, 'program-1', 'A program')",
  );
});
afterAll(async () => {
  await there?.close();
  await here?.close();
});

const askThere = async (token: string) =>
  (
    await there.app.http.inject({
      url: '/api/v1/users/profile',
      headers: { authorization: `Bearer ${token}` },
    })
  ).statusCode;
const askHere = async (token: string) =>
  (await here.request('GET', '/api/v1/users/profile', { token })).statusCode;

/** What is stored when a grant ends. */
const revocationOf = (id: string) => ({
  model: 'Revocation',
  id,
  payload: {},
  grantId: null,
  uid: null,
  expiresAt: new Date(now + 3_600_000),
});

/** What ends a token on one server. */
const ENDINGS: [name: string, end: (token: string) => Promise<unknown>, of?: Partial<MintOptions>][] = [
  [
    'of a grant that the person took back',
    () => here.system('token', (sight) => upsertModel(sight, revocationOf('taken-back'))),
    { grantId: 'taken-back' },
  ],
  [
    'of a program whose client was removed',
    () => here.system('client', (sight) => removeClient(sight, 'program-1')),
    { clientId: 'program-1', registration: 77, isProgram: true },
  ],
  [
    'revoked by its application',
    (token) =>
      here.request('POST', '/o/revoke_token/', {
        form: { token, client_id: 'jhe-portal', token_type_hint: 'access_token' },
      }),
  ],
  [
    'of a person whose account was closed',
    () => here.database.owner.query('update app_user set active = false where id = 10001'),
  ],
];

describe.each(ENDINGS)('a token %s', (_name, end, of = {}) => {
  it('is good on both servers before, and on neither a second after', async () => {
    const token = await mintToken(here, { userId: 10_001, issuedAt: new Date(now), ...of });
    expect([await askHere(token), await askThere(token)]).toEqual([200, 200]);
    await end(token);
    now += BOUND_MS + 1;
    expect([await askHere(token), await askThere(token)]).toEqual([401, 401]);
  });
});
