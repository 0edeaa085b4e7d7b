/**
 * The attack: somebody asks about a patient by number and learns from the answer whether there is one. Every route that
 * takes a patient's number answers in the same words, the same status and the same headers for a patient of elsewhere and
 * for nobody.
 */
import { afterAll, beforeAll, describe, expect, it } from 'vitest';
import { openTestExchange, type TestExchange } from '../setup/exchange.ts';
import { mintToken } from '../setup/tokens.ts';
import {
  clients,
  codeNames,
  codes,
  fillTwoOrganizations,
  OMH,
  organizations,
  patients,
  studies,
  users,
} from '../worlds/two-organizations.ts';

const HIDDEN = patients.cleo;
/** As many digits, so that lengths can be compared. */
const ABSENT = 49_999;

let exchange: TestExchange;
beforeAll(async () => {
  exchange = await openTestExchange();
  await fillTwoOrganizations(exchange.database.owner);
});
afterAll(() => exchange?.close());

type Ask = readonly [method: string, url: (id: number) => string, body?: (id: number) => unknown];

const answer = {
  studyScopeConsents: [
    {
      studyId: studies.glucose,
      scopeConsents: [{ codingSystem: OMH, codingCode: codeNames.glucose, consented: true }],
    },
  ],
};

const ASKS: readonly Ask[] = [
  ['GET', (id) => `/api/v1/patients/${id}`],
  ['PATCH', (id) => `/api/v1/patients/${id}`, () => ({ nameGiven: 'Somebody' })],
  ['GET', (id) => `/api/v1/patients/${id}/consents`],
  ['GET', (id) => `/api/v1/patients/${id}/consents/history`],
  ['GET', (id) => `/api/v1/patients/${id}/consolidated_clients`],
  ['PUT', (id) => `/api/v1/patients/${id}`, () => ({ nameGiven: 'Somebody', nameFamily: 'Else' })],
  ['DELETE', (id) => `/api/v1/patients/${id}?organizationId=${organizations.lakeside}`],
  ...(['POST', 'PATCH', 'DELETE'] as const).map(
    (method): Ask => [method, (id) => `/api/v1/patients/${id}/consents`, () => answer],
  ),
  ['GET', (id) => `/api/v1/patients/${id}/series`],
  ['GET', (id) => `/api/v1/patients/${id}/series/${codes.glucose}/values`],
  ['GET', (id) => `/api/v1/patients?patientId=${id}`],
  ['GET', (id) => `/api/v1/observations?patientId=${id}`],
  ['GET', (id) => `/api/v1/studies?patientId=${id}`],
  ['GET', (id) => `/api/v1/invitation?patientId=${id}`],
  ['POST', () => '/api/v1/invitation', (id) => ({ patientId: id, clientId: clients.glucoseApp })],
  ['POST', () => `/api/v1/studies/${studies.glucose}/patients`, (id) => ({ patientIds: [id] })],
  ['DELETE', () => `/api/v1/studies/${studies.glucose}/patients`, (id) => ({ patientIds: [id] })],
  ['POST', () => '/o/launch', (id) => ({ clientId: 'glucose-app', patient: id })],
  ['GET', (id) => `/FHIR/R5/Patient/${id}`],
  ['GET', (id) => `/FHIR/R5/Patient?_id=${id}`],
  ['GET', (id) => `/FHIR/R5/Observation?patient=${id}`],
  ['GET', (id) => `/FHIR/R5/Observation?subject=Patient/${id}&_summary=count`],
  ['GET', (id) => `/FHIR/R5/Practitioner?patient=${id}`],
];

const PEOPLE = ['rivera', 'mo', 'vic', 'nina', 'ben', 'ada'] as const;

describe.each(ASKS.map((ask) => [`${ask[0]} ${ask[1](0)}`, ask] as const))(
  '%s',
  (_name, [method, url, body]) => {
    it.each(PEOPLE)('says the same to %s', async (who) => {
      const isPatient = who === 'ben' || who === 'ada';
      const token = await mintToken(exchange, {
        userId: users[who],
        ...(isPatient ? { clientId: 'glucose-app', defaultScope: 'patient/*.cruds' } : {}),
      });
      const ask = async (id: number) => {
        const reply = await exchange.request(method, url(id), { token, ...(body ? { body: body(id) } : {}) });
        const headers = Object.entries(reply.headers).filter(([name]) => name !== 'date');
        // What was asked comes back in links and sentences.
        return JSON.stringify({ status: reply.statusCode, headers, body: reply.body })
          .replaceAll(String(id), 'ID')
          .replaceAll(/"(requestId|request_id|id)\\?":\\?"[0-9a-f-]{36}/g, '"id":"UUID');
      };
      const [hidden, absent] = [await ask(HIDDEN), await ask(ABSENT)];
      expect(hidden, 'a route that is not there').not.toContain('Route ');
      expect(hidden).toBe(absent);
    });
  },
);

it('no route that takes a number of a patient is left out', () => {
  const asked = new Set(
    ASKS.map(
      ([method, url]) =>
        `${method} ${url(0)
          .replace(/\?.*/, '')
          .replace(/\/0(?=\/|$)/, '/:id')}`,
    ),
  );
  const taken = exchange.app.registry
    .filter(({ path }) => /\/(patients|Patient)\/:id/.test(path) && !path.startsWith('/fhir/'))
    .map(({ method, path }) => `${method} ${path.replace(':codeId', String(codes.glucose))}`);
  expect(taken.filter((route) => !asked.has(route))).toEqual([
    // Looks for people of elsewhere on purpose; a test of its own.
    'PATCH /api/v1/patients/:id/global_add_organization',
  ]);
});

it('the number of a patient in sight is answered otherwise, so that this compares something', async () => {
  const token = await mintToken(exchange, { userId: users.mo });
  const seen = await exchange.request('GET', `/api/v1/patients/${patients.ada}`, { token });
  const unseen = await exchange.request('GET', `/api/v1/patients/${HIDDEN}`, { token });
  expect([seen.statusCode, unseen.statusCode]).not.toEqual([200, 200]);
  expect(seen.statusCode).toBe(200);
});
