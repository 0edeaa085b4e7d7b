/**
 * The running server against the access rule in words: whatever deeds people do, in whatever order, after each of them
 * every person's search for readings returns exactly what domain/may.ts says of the world as it then stands.
 */
import { setTimeout as sleep } from 'node:timers/promises';
import fc from 'fast-check';
import { afterAll, beforeAll, expect, it } from 'vitest';
import { mayReadSeries } from '../../apps/exchange/src/domain/may.ts';
import type { Grant, Session } from '../../apps/exchange/src/domain/principal.ts';
import { decideProposal } from '../../apps/exchange/src/operations/decide-proposal.ts';
import * as proposals from '../../apps/exchange/src/store/proposals.ts';
import { rounds, seedOf, timeLimit } from '../setup/nightly.ts';
import { codeNames, codes, organizations, patients, studies, users } from '../worlds/two-organizations.ts';
import {
  answers,
  type ConsentWorld,
  heartRate,
  LINK,
  openConsentWorld,
  type Person,
  storeReadings,
} from './consent-world.ts';
import { keepState } from './kept-state.ts';
import { EVERYTHING, principalIn, readWorld } from './world-of.ts';

const CODES = ['glucose', 'heartRate', 'sleep'] as const;
const PATIENTS = ['ada', 'ben', 'cleo'] as const;
const STUDIES = [studies.glucose, studies.hearts, studies.sleep] as const;
const ORGANIZATIONS = [organizations.lakeside, organizations.harbor, organizations.clinic] as const;
const PRACTITIONERS = ['rivera', 'mo', 'vic', 'hana', 'nina', 'root'] as const;
const SERIES = PATIENTS.flatMap((p) => CODES.map((c) => [patients[p], codes[c]] as const));
const OWN: readonly Grant[] = [{ context: 'patient', type: '*', letters: 'cruds' }];
const BASIS = 'signed form, protocol 17';

let world: ConsentWorld;
let restore: () => Promise<void>;

beforeAll(async () => {
  world = await openConsentWorld();
  await storeReadings(world, SERIES, 1);
  // Ada and Cleo accepted every organization and take part in everything, Ben in all of his keeper's; everything is
  // asked: so that most deeds make a difference.
  await world.sql(`
    insert into patient_organization (patient_id, organization_id)
      select p.id, o.id from patient p, organization o
      where o.id <> 0 and p.id in (${patients.ada}, ${patients.cleo}) on conflict do nothing;
    insert into enrollment (patient_id, study_id, organization_id)
      select po.patient_id, s.id, s.organization_id from study s join patient_organization po using (organization_id)
      where po.patient_id in (${PATIENTS.map((name) => patients[name])}) on conflict do nothing;
    insert into requested_code (study_id, code_id)
      select s.id, k.id from study s, code k
      where k.id in (${CODES.map((name) => codes[name])}) on conflict do nothing`);
  restore = await keepState(world.exchange.database.owner);
  await world.sql('analyze');
});
afterAll(() => world?.close());

/** One thing that somebody does; it may be refused, by the server, for its own reasons. */
type Deed =
  | Readonly<{ who: Person; method: string; url: string; body?: unknown }>
  | Readonly<{ who: (typeof PATIENTS)[number]; decide: 'accept' | 'decline' | 'lift'; about: number | null }>
  | Readonly<{ sql: string }>;

const api = '/api/v1';
const patient = fc.constantFrom(...PATIENTS);
const study = fc.constantFrom(...STUDIES);
const organization = fc.constantFrom(...ORGANIZATIONS);
const code = fc.constantFrom(...CODES);
const member = fc.constantFrom('rivera', 'vic', 'mo', 'hana', 'nina');
/** Who manages something; the superuser tries it everywhere. */
const manager = fc.constantFrom<Person>('mo', 'mo', 'hana', 'root');

const answered = fc
  .record({
    patient,
    study,
    code,
    permitted: fc.boolean(),
    by: fc.constantFrom('self', 'self', 'rivera', 'mo', 'hana', 'vic', 'root'),
  })
  .map(
    ({ patient, study, code, permitted, by }): Deed => ({
      who: by === 'self' ? patient : (by as Person),
      method: 'PATCH',
      url: `${api}/patients/${patients[patient]}/consents`,
      body: { ...answers(study, [codeNames[code]], permitted), basis: BASIS },
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
/** Refused but for Ben, whose record the organization keeps, and for what he did not say no to. */
const attested = fc.record({ patient, study }).map(
  ({ patient, study }): Deed => ({
    who: 'mo',
    method: 'POST',
    url: `${api}/patients/${patients[patient]}/consents`,
    body: {
      ...answers(
        study,
        CODES.map((name) => codeNames[name]),
        true,
      ),
      basis: BASIS,
    },
  }),
);
const cleared = fc.record({ patient, study, code, by: fc.constantFrom('self', 'self', 'mo', 'hana') }).map(
  ({ patient, study, code, by }): Deed => ({
    who: by === 'self' ? patient : (by as Person),
    method: 'DELETE',
    url: `${api}/patients/${patients[patient]}/consents`,
    body: answers(study, [codeNames[code]], false),
  }),
);
/** To those who keep their record it proposes. */
const enrolled = fc
  .record({ patient, study, by: manager, method: fc.constantFrom('POST', 'POST', 'DELETE') })
  .map(
    ({ patient, study, by, method }): Deed => ({
      who: by,
      method,
      url: `${api}/studies/${study}/patients`,
      body: { patientIds: [patients[patient]] },
    }),
  );
/** About a study that let go of the person and asks again, or about what was proposed before. */
const decided = fc
  .record({
    patient,
    about: fc.option(study),
    decide: fc.constantFrom('accept', 'accept', 'decline', 'lift'),
  })
  .map(({ patient, about, decide }): Deed => ({ who: patient, about, decide: decide as 'accept' }));
const asked = fc.record({ study, code, method: fc.constantFrom('POST', 'DELETE', 'DELETE') }).map(
  ({ study, code, method }): Deed => ({
    who: 'root',
    method,
    url: `${api}/studies/${study}/scope_requests`,
    body: { scopeCodeId: codes[code] },
  }),
);
const changed = fc
  .record({
    study,
    by: manager,
    body: fc.constantFrom<object>(
      { purpose: 'TREAT' },
      { purpose: 'HRESCH' },
      { endsAt: '2999-01-01T00:00:00Z' },
      { name: 'Another name' },
      { organization: organizations.harbor },
      { organization: organizations.lakeside },
    ),
  })
  .map(({ study, by, body }): Deed => ({ who: by, method: 'PATCH', url: `${api}/studies/${study}`, body }));
const uploaded = fc.record({ patient, by: fc.constantFrom('self', 'self', 'rivera', 'hana') }).chain(
  ({ patient, by }): fc.Arbitrary<Deed> =>
    fc.uuid().map((uuid) => ({
      who: by === 'self' ? patient : (by as Person),
      method: 'POST',
      url: '/FHIR/R5/Observation',
      body: heartRate(uuid, patients[patient]),
    })),
);
const belonging = fc.record({ patient, organization, by: manager, joins: fc.boolean() }).map(
  ({ patient, organization, by, joins }): Deed => ({
    who: by,
    method: joins ? 'PATCH' : 'DELETE',
    url: `${api}/patients/${patients[patient]}${joins ? '/global_add_organization' : ''}?organizationId=${organization}`,
  }),
);
const membership = fc
  .record({ member, organization, by: manager, role: fc.constantFrom('viewer', 'member', 'manager', 'none') })
  .map(
    ({ member, organization, by, role }): Deed => ({
      who: by,
      method: role === 'none' ? 'DELETE' : 'POST',
      url: `${api}/organizations/${organization}/${role === 'none' ? 'remove_user' : 'user'}`,
      body: { jheUserId: users[member as Person], role: role === 'none' ? undefined : role },
    }),
  );
/** No route does this; an operator does, a code that is typed, or time. */
const fromOutside = fc
  .oneof(
    fc
      .record({
        member,
        column: fc.constantFrom('active', 'email_verified'),
        value: fc.constantFrom(false, false, true),
      })
      .map(
        ({ member, column, value }) =>
          `update app_user set ${column} = ${value} where id = ${users[member as Person]}`,
      ),
    fc
      .record({ study, code })
      .map(
        ({ study, code }) =>
          `update consent set ends_at = now() where study_id = ${study} and code_id = ${codes[code]}`,
      ),
    fc
      .record({ organization, days: fc.constantFrom(-1, 14) })
      .map(
        ({ organization, days }) =>
          `update organization set closed_until = now() + interval '${days} days' where id = ${organization}`,
      ),
    fc.record({ patient, organization, study: fc.option(study) }).map(
      ({ patient, organization, study }) =>
        `insert into proposal (patient_id, organization_id, study_id)
         select p.id, coalesce(s.organization_id, ${organization}), s.id
         from patient p left join study s on s.id = ${study}
         where p.id = ${patients[patient]} and p.keeper_organization_id is null
         on conflict do nothing`,
    ),
    // Ben's address is proved, in the session of the link, which he says is his.
    fc.constant(`
      update app_user set email = 'ben@example.org', email_verified = true where id = ${users.ben};
      update patient set keeper_organization_id = null where id = ${patients.ben};
      update link_session set allowed_at = now()`),
  )
  .map((sql): Deed => ({ sql }));

/** Some consents first, so that there is something to lose; then whatever comes. */
const anyDeeds = fc
  .tuple(
    fc.array(fc.oneof(permitted, permitted, attested), { minLength: 3, maxLength: 4 }),
    fc.array(
      fc.oneof(
        permitted,
        attested,
        answered,
        answered,
        cleared,
        enrolled,
        enrolled,
        decided,
        asked,
        changed,
        uploaded,
        belonging,
        membership,
        fromOutside,
      ),
      {
        minLength: 10,
        maxLength: 14,
      },
    ),
  )
  .map(([first, then]) => [...first, ...then]);

/** The session of somebody's token. */
const sessionOf = (who: Person): Session => ({
  kind: 'person',
  grantId: who === 'ben' ? LINK.grantId : `own-${who}`,
});

async function carryOut(deed: Deed): Promise<boolean> {
  if ('sql' in deed) return (await world.sql(deed.sql)) !== undefined;
  if ('decide' in deed) return decide(deed);
  const { who, method, url, body } = deed;
  const reply = await world.call(who, method, url, body === undefined ? {} : { body });
  const { statusCode } = reply;
  // The deeds of a night are more than one person may do in a minute.
  if (statusCode === 429 && rounds(0, 1) === 1) {
    await sleep(Number(reply.headers['retry-after']) * 1000);
    return carryOut(deed);
  }
  expect([statusCode < 500, statusCode !== 429], `${method} ${url}: ${statusCode}`).toEqual([true, true]);
  return statusCode < 300;
}

/** The person decides about the newest that was proposed to them, as our own page does it. */
async function decide({ who, about, decide: decision }: Extract<Deed, { decide: string }>): Promise<boolean> {
  if (about !== null) {
    const staff = about === studies.sleep ? 'hana' : 'mo';
    for (const method of ['DELETE', 'POST'])
      await world.call(staff, method, `${api}/studies/${about}/patients`, {
        body: { patientIds: [patients[who]] },
      });
  }
  const { gate } = world.exchange;
  const principal = await gate.identify(users[who], 'jhe-portal', EVERYTHING, undefined, sessionOf(who));
  if (!principal) return false;
  const purpose = { requestId: 'deed', interaction: 'update', resource: 'Consent' } as const;
  return gate.write(principal, purpose, async (sight) => {
    const [proposal] = await proposals.own(sight, decision === 'lift' ? 'declined' : 'open');
    if (!proposal) return false;
    await decideProposal(sight, proposal.id, decision);
    return true;
  });
}

/** The series of each reading that somebody's search returns; a person who may not sign in sees none. */
async function found(who: Person): Promise<string[]> {
  const reply = await world.call(who, 'GET', '/FHIR/R5/Observation?_count=100');
  if (reply.statusCode === 401) return [];
  // An app of the patient whose token reaches no record (any more).
  if (reply.statusCode === 403 && who === 'ben') return [];
  const { total, entry = [] } = reply.json();
  const matches: Match[] = entry;
  expect(total).toBe(matches.length);
  return matches
    .map(({ resource: { subject, code } }) => `${subject.reference} ${code.coding[0]?.code}`)
    .sort();
}

type Match = { resource: { subject: { reference: string }; code: { coding: { code: string }[] } } };

const textOf = (patientId: number, codeId: number) =>
  `Patient/${patientId} ${CODES.map((name) => (codes[name] === codeId ? codeNames[name] : '')).join('')}`;

it('returns what the rule says, to everybody, after every deed', {
  timeout: timeLimit(120_000),
}, async () => {
  const done = { deeds: 0, accepted: 0, attested: 0, sights: 0 };
  const property = fc.asyncProperty(anyDeeds, async (deeds) => {
    await restore();
    for (const deed of deeds) {
      if (!(await carryOut(deed))) continue;
      done.deeds++;
      if ('decide' in deed && deed.decide === 'accept') done.accepted++;
      if ('method' in deed && deed.who === 'mo' && /consents$/.test(deed.url)) done.attested++;
      const now = await readWorld(world.exchange.database.owner);
      const readings = await world.sql('select patient_id, code_id from observation');
      for (const who of [...PRACTITIONERS, ...PATIENTS]) {
        const isPatient = PATIENTS.some((name) => name === who);
        const principal = principalIn(now, users[who], isPatient ? OWN : EVERYTHING, sessionOf(who));
        const expected = readings
          .map((row) => ({ patientId: Number(row.patient_id), codeId: Number(row.code_id) }))
          .filter((row) => mayReadSeries(now, principal, row))
          .map(({ patientId, codeId }) => textOf(patientId, codeId));
        const seen = await found(who);
        expect([who, seen]).toEqual([who, expected.sort()]);
        if (principal.practitionerId !== null) done.sights += seen.length;
      }
    }
  });
  await fc.assert(property, {
    seed: seedOf('deeds', 20261122),
    numRuns: rounds(10, 200),
    endOnFailure: true,
  });
  // The deeds were done and practitioners saw readings, or else nothing was compared.
  expect(done.deeds).toBeGreaterThan(60);
  expect(done.accepted).toBeGreaterThan(0);
  expect(done.attested).toBeGreaterThan(0);
  expect(done.sights).toBeGreaterThan(25);
});
