/**
 * The running server against the access rule in words: whatever deeds people do, in whatever order, after each of them
 * every person's search for readings returns exactly what domain/may.ts says of the world as it then stands.
 */
import fc from 'fast-check';
import { afterAll, beforeAll, expect, it } from 'vitest';
import { mayReadSeries } from '../../apps/exchange/src/domain/may.ts';
import type { Grant } from '../../apps/exchange/src/domain/principal.ts';
import { codeNames, codes, organizations, patients, studies, users } from '../worlds/two-organizations.ts';
import { answers, type ConsentWorld, openConsentWorld, type Person, storeReadings } from './consent-world.ts';
import { keepState } from './kept-state.ts';
import { EVERYTHING, principalIn, readWorld } from './world-of.ts';

const CODES = ['glucose', 'heartRate', 'sleep'] as const;
const PATIENTS = ['ada', 'ben', 'cleo'] as const;
const STUDIES = [studies.glucose, studies.hearts, studies.sleep] as const;
const ORGANIZATIONS = [organizations.lakeside, organizations.harbor, organizations.clinic] as const;
const PRACTITIONERS = ['rivera', 'mo', 'vic', 'hana', 'nina', 'root'] as const;
const SERIES = PATIENTS.flatMap((p) => CODES.map((c) => [patients[p], codes[c]] as const));
const OWN: readonly Grant[] = [{ context: 'patient', type: '*', letters: 'cruds' }];

let world: ConsentWorld;
let restore: () => Promise<void>;
/** The series of each reading, one reading for each. */
const seriesOf = new Map<string, string>();

beforeAll(async () => {
  world = await openConsentWorld();
  await storeReadings(world, SERIES, 1);
  for (const row of await world.sql('select id, patient_id, code_id from observation')) {
    seriesOf.set(String(row.id), `${row.patient_id}/${row.code_id}`);
  }
  // Everybody belongs everywhere and is asked a lot, so that most deeds make a difference.
  for (const name of PATIENTS) {
    for (const organizationId of ORGANIZATIONS) {
      const url = `/api/v1/patients/${patients[name]}/global_add_organization?organizationId=${organizationId}`;
      await world.call('root', 'PATCH', url);
    }
  }
  for (const studyId of STUDIES) {
    await world.deed('root', 'POST', `/api/v1/studies/${studyId}/patients`, {
      patientIds: PATIENTS.map((name) => patients[name]),
    });
    for (const name of CODES) {
      await world.deed('root', 'POST', `/api/v1/studies/${studyId}/scope_requests`, {
        scopeCodeId: codes[name],
      });
    }
  }
  restore = await keepState(world.exchange.database.owner);
  await world.sql('analyze');
});
afterAll(() => world?.close());

/** One thing that somebody does; it may be refused, by the server, for its own reasons. */
type Deed =
  | Readonly<{ who: Person; method: string; url: string; body?: unknown }>
  | Readonly<{ sql: string }>;

const api = '/api/v1';
const patient = fc.constantFrom(...PATIENTS);
const study = fc.constantFrom(...STUDIES);
const organization = fc.constantFrom(...ORGANIZATIONS);
const code = fc.constantFrom(...CODES);
const member = fc.constantFrom('rivera', 'vic', 'mo', 'hana', 'nina');

const answered = fc
  .record({
    patient,
    study,
    code,
    permitted: fc.boolean(),
    by: fc.constantFrom('self', 'rivera', 'hana', 'vic'),
  })
  .map(
    ({ patient, study, code, permitted, by }): Deed => ({
      who: by === 'self' ? patient : (by as Person),
      method: 'PATCH',
      url: `${api}/patients/${patients[patient]}/consents`,
      body: answers(study, [codeNames[code]], permitted),
    }),
  );
const permitted = fc.record({ patient, study }).map(
  ({ patient, study }): Deed => ({
    who: patient,
    method: 'POST',
    url: `${api}/patients/${patients[patient]}/consents`,
    body: answers(
      study,
      CODES.map((name) => codeNames[name]),
      true,
    ),
  }),
);
const cleared = fc.record({ patient, study, code }).map(
  ({ patient, study, code }): Deed => ({
    who: patient,
    method: 'DELETE',
    url: `${api}/patients/${patients[patient]}/consents`,
    body: answers(study, [codeNames[code]], false),
  }),
);
const enrolled = fc.record({ patient, study, method: fc.constantFrom('POST', 'POST', 'DELETE') }).map(
  ({ patient, study, method }): Deed => ({
    who: 'root',
    method,
    url: `${api}/studies/${study}/patients`,
    body: { patientIds: [patients[patient]] },
  }),
);
const asked = fc.record({ study, code, method: fc.constantFrom('POST', 'DELETE', 'DELETE') }).map(
  ({ study, code, method }): Deed => ({
    who: 'root',
    method,
    url: `${api}/studies/${study}/scope_requests`,
    body: { scopeCodeId: codes[code] },
  }),
);
const belonging = fc.record({ patient, organization, joins: fc.boolean() }).map(
  ({ patient, organization, joins }): Deed => ({
    who: 'root',
    method: joins ? 'PATCH' : 'DELETE',
    url: `${api}/patients/${patients[patient]}${joins ? '/global_add_organization' : ''}?organizationId=${organization}`,
  }),
);
const membership = fc
  .record({ member, organization, role: fc.constantFrom('viewer', 'member', 'manager', 'none') })
  .map(
    ({ member, organization, role }): Deed => ({
      who: 'root',
      method: role === 'none' ? 'DELETE' : 'POST',
      url: `${api}/organizations/${organization}/${role === 'none' ? 'remove_user' : 'user'}`,
      body: { jheUserId: users[member as Person], role: role === 'none' ? undefined : role },
    }),
  );
const moved = fc.record({ study, organization }).map(
  ({ study, organization }): Deed => ({
    who: 'root',
    method: 'PATCH',
    url: `${api}/studies/${study}`,
    body: { organization },
  }),
);
/** No route does this; an operator does. */
const account = fc
  .record({
    member,
    column: fc.constantFrom('active', 'email_verified'),
    value: fc.constantFrom(false, false, true),
  })
  .map(
    ({ member, column, value }): Deed => ({
      sql: `update app_user set ${column} = ${value} where id = ${users[member as Person]}`,
    }),
  );

/** Some consents first, so that there is something to lose; then whatever comes. */
const anyDeeds = fc
  .tuple(
    fc.array(permitted, { minLength: 3, maxLength: 4 }),
    fc.array(
      fc.oneof(permitted, answered, cleared, enrolled, asked, belonging, membership, moved, account, asked),
      {
        minLength: 10,
        maxLength: 14,
      },
    ),
  )
  .map(([first, then]) => [...first, ...then]);

async function carryOut(deed: Deed): Promise<boolean> {
  if ('sql' in deed) return (await world.sql(deed.sql)) !== undefined;
  const { who, method, url, body } = deed;
  const { statusCode } = await world.call(who, method, url, body === undefined ? {} : { body });
  expect([statusCode < 500, statusCode !== 429], `${method} ${url}: ${statusCode}`).toEqual([true, true]);
  return statusCode < 300;
}

/** The series that somebody's search returns; a person who may not sign in sees none. */
async function found(who: Person): Promise<string[]> {
  const reply = await world.call(who, 'GET', '/FHIR/R5/Observation?_count=100');
  if (reply.statusCode === 401) return [];
  const { total, entry = [] } = reply.json();
  expect(total).toBe(entry.length);
  return entry.map(({ resource }: { resource: { id: string } }) => seriesOf.get(resource.id)).sort();
}

it('returns what the rule says, to everybody, after every deed', { timeout: 120_000 }, async () => {
  const done = { deeds: 0, sights: 0 };
  const property = fc.asyncProperty(anyDeeds, async (deeds) => {
    await restore();
    for (const deed of deeds) {
      if (!(await carryOut(deed))) continue;
      done.deeds++;
      const now = await readWorld(world.exchange.database.owner);
      for (const who of [...PRACTITIONERS, ...PATIENTS]) {
        const principal = principalIn(now, users[who], PATIENTS.some((p) => p === who) ? OWN : EVERYTHING);
        const expected = SERIES.filter(([patientId, codeId]) =>
          mayReadSeries(now, principal, { patientId, codeId }),
        );
        const seen = await found(who);
        expect([who, seen]).toEqual([who, expected.map((key) => key.join('/')).sort()]);
        if (principal.practitionerId !== null) done.sights += seen.length;
      }
    }
  });
  await fc.assert(property, { seed: 20261122, numRuns: 14, endOnFailure: true });
  // The deeds were done and practitioners saw readings, or else nothing was compared.
  expect(done.deeds).toBeGreaterThan(25);
  expect(done.sights).toBeGreaterThan(25);
});
