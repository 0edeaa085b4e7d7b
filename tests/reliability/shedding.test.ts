/** More work than connections: the least important is sent away with Retry-After, and what matters goes on. */
import { afterAll, beforeAll, expect, it, onTestFinished } from 'vitest';
import { openTestExchange, type TestExchange } from '../setup/exchange.ts';
import { mintToken } from '../setup/tokens.ts';
import {
  codeNames,
  fillTwoOrganizations,
  OMH,
  patients,
  studies,
  users,
} from '../worlds/two-organizations.ts';

let exchange: TestExchange;
let ada: string;
beforeAll(async () => {
  exchange = await openTestExchange({ env: { JHE_POOL_SIZE: '4' } });
  await fillTwoOrganizations(exchange.database.owner);
  ada = await mintToken(exchange, { userId: users.ada });
});
afterAll(() => exchange?.close());

const consents = `/api/v1/patients/${patients.ada}/consents`;
const search = () => exchange.request('GET', '/FHIR/R5/Observation?_count=5', { token: ada });

it('withdraws consent and gives out tokens while searches hold every connection that they may', async () => {
  const holder = await exchange.database.owner.connect();
  onTestFinished(() => holder.release(true));
  await holder.query('begin; lock table observation, series');
  const refused: Awaited<ReturnType<typeof search>>[] = [];
  let isHeld = true;
  const searches = Array.from({ length: 20 }, async () => {
    const reply = await search();
    if (isHeld) refused.push(reply);
    return reply;
  });

  const withdrawn = await exchange.request('PATCH', consents, {
    token: ada,
    body: {
      studyScopeConsents: [
        {
          studyId: studies.glucose,
          scopeConsents: [{ codingSystem: OMH, codingCode: codeNames.glucose, consented: false }],
        },
      ],
    },
  });
  expect(withdrawn.statusCode).toBe(200);
  const token = await exchange.request('POST', '/o/token/', {
    form: { grant_type: 'client_credentials', client_id: 'nobody', client_secret: 'x' },
  });
  expect(token.statusCode).toBe(401);
  // On a busy machine the question whether the database answers may take too long for once.
  const isReady = async () => (await exchange.request('GET', '/ready')).statusCode;
  await expect.poll(isReady, { timeout: 8_000 }).toBe(200);
  expect((await exchange.request('GET', consents, { token: ada })).statusCode).toBe(200);

  // Two searches hold a connection each, whichever came first; the others have given up waiting by now or soon will.
  await expect.poll(() => refused.length, { timeout: 8_000 }).toBe(18);
  for (const { statusCode, headers, body } of refused) {
    expect(statusCode).toBe(503);
    expect(Number(headers['retry-after'])).toBeGreaterThan(0);
    expect(JSON.parse(body).issue[0].code).toBe('transient');
  }
  isHeld = false;
  await holder.query('rollback');
  const replies = await Promise.all(searches);
  expect(replies.filter(({ statusCode }) => statusCode === 200)).toHaveLength(2);
  expect((await search()).statusCode).toBe(200);

  // The log says so once, not for each.
  const said = exchange.logLines.filter(({ message }) => message === 'requests refused as busy');
  expect(said).toHaveLength(1);
});
