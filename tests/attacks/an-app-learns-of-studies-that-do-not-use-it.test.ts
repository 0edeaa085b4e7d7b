/**
 * The attack: a person allows an app to read records. With the token the app lists every study and organization that the
 * person has to do with, whether they use the app or not, and answers their questions. That somebody takes part in a
 * study says much about them: an app learns of the studies that use it, and of those that the person ticks.
 */
import { afterAll, beforeAll, expect, test } from 'vitest';
import {
  type LaunchWorld,
  openLaunchWorld,
  type Walk,
} from '../../apps/exchange/src/authorization/launch/launch-world.test-data.ts';
import { mintToken } from '../setup/tokens.ts';
import { organizations, patients, studies, users } from '../worlds/two-organizations.ts';

const SCOPE = 'openid patient/*.cruds';
const SLEEP = 'Sleep at Harbor, Harbor University';
const AGAIN = { prompt: 'consent' };

let world: LaunchWorld;
beforeAll(async () => {
  world = await openLaunchWorld();
  await world.exchange.database.owner.query(
    `insert into study_client (study_id, client_id) select ${studies.glucose}, id from client where client_id = 'chart'`,
  );
});
afterAll(() => world?.close());

const walk = (options: Partial<Walk> = {}) => world.walk({ as: 'ada', scope: SCOPE, ...options });
const get = async (token: string, path: string) => {
  const answer = await world.exchange.request('GET', path, { token });
  expect(answer.statusCode).toBe(200);
  return answer.json();
};

/** What the token tells of studies and organizations, wherever they are named. */
async function learned(token: string) {
  const consents = await get(token, `/api/v1/patients/${patients.ada}/consents`);
  const patient = await get(token, `/api/v1/patients/${patients.ada}`);
  /** Whoever may not name a place is told so, as if it did not exist. */
  const found = async (query: string) => {
    const answer = await world.fhir(token, query);
    return answer.statusCode === 200 ? answer.json().total : answer.statusCode;
  };
  const of = (study: number) => `patient._has:Group:member:_id=${study}`;
  return {
    studies: [
      ...new Set(
        [...consents.studies, ...consents.studiesPendingConsent].map(({ id }: { id: number }) => id),
      ),
    ].sort(),
    organizations: patient.organizations.map(({ id }: { id: number }) => id).sort(),
    readingsOfGlucose: await found(`Observation?${of(studies.glucose)}`),
    patientsOfSleep: await found(`Patient?_has:Group:member:_id=${studies.sleep}`),
    patientsOfHarbor: await found(`Patient?organization=${organizations.harbor}`),
  };
}
const ONE = {
  studies: [studies.glucose],
  organizations: [organizations.lakeside],
  readingsOfGlucose: 2,
  patientsOfSleep: 403,
  patientsOfHarbor: 403,
};
const BOTH = {
  ...ONE,
  studies: [studies.glucose, studies.sleep],
  organizations: [organizations.lakeside, organizations.harbor],
  patientsOfSleep: 1,
  patientsOfHarbor: 1,
};

const decline = (token: string, studyId: number) =>
  world.exchange.request('PATCH', `/api/v1/patients/${patients.ada}/consents`, {
    token,
    body: {
      studyScopeConsents: [
        {
          studyId,
          scopeConsents: [
            {
              codingSystem: 'https://w3id.org/openmhealth',
              codingCode: 'omh:heart-rate:2.0',
              consented: false,
            },
          ],
        },
      ],
    },
  });

test('an app is told of the studies that use it; readings are what its scopes say', async () => {
  const { pages, tokens } = await walk();
  expect(pages.at(-1)).toContain(SLEEP);
  expect(pages.at(-1)).not.toContain('Glucose at Lakeside');
  expect(await learned(tokens.access_token)).toEqual(ONE);
  expect((await decline(tokens.access_token, studies.sleep)).statusCode).toBe(400);
  const { total } = await get(tokens.access_token, `/FHIR/R5/Observation?patient=${patients.ada}`);
  expect(total).toBe(2);
});

test('what is ticked it is told, until it is unticked, and not after leaving and coming back', async () => {
  const browser = world.browser();
  const { tokens } = await walk({ browser, tick: [SLEEP] });
  expect(await learned(tokens.access_token)).toEqual(BOTH);
  expect((await decline(tokens.access_token, studies.sleep)).statusCode).toBe(200);
  const asked = await walk({ browser, more: AGAIN });
  expect(asked.pages[0]).toMatch(/value="yes" checked>\s*<label for="study0">Sleep/);
  expect(await learned(asked.tokens.access_token)).toEqual(BOTH);
  const { owner } = world.exchange.database;
  await owner.query(`delete from consent where patient_id = ${patients.ada} and study_id = ${studies.sleep}`);
  await owner.query(
    `delete from enrollment where patient_id = ${patients.ada} and study_id = ${studies.sleep}`,
  );
  await owner.query(
    `insert into enrollment (patient_id, study_id, organization_id)
     values (${patients.ada}, ${studies.sleep}, ${organizations.harbor})`,
  );
  expect(await learned(asked.tokens.access_token)).toEqual(ONE);
  await walk({ browser, more: AGAIN, tick: [SLEEP] });
  expect(await learned(asked.tokens.access_token)).toEqual(BOTH);
  await walk({ browser, more: AGAIN, untick: [SLEEP] });
  expect(await learned(asked.tokens.access_token)).toEqual(ONE);
});

test('our own pages show everything', async () => {
  const token = await mintToken(world.exchange, { userId: users.ada });
  expect(await learned(token)).toEqual(BOTH);
});

test('nothing is asked where there is nothing to choose', async () => {
  const { pages } = await world.walk({ as: 'rivera', scope: 'openid user/*.rs' });
  expect(pages.at(-1)).not.toContain('Studies that do not use');
  const identity = await world.walk({ as: 'ada', scope: 'openid', clientId: 'hub' });
  expect(identity.pages.at(-1) ?? '').not.toContain('Studies that do not use');
});
