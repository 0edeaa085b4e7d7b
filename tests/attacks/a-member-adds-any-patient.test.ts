/**
 * The attack: a member of any organization took any patient by number. Adding her to their own organization answered
 * with her name, birth date, record number and telephone; they made a study, asked for every code, enrolled her,
 * answered yes for her without a ground, and read every reading that she ever shared with anybody. Five calls, and
 * nothing told her.
 */
import { afterAll, beforeAll, describe, expect, it } from 'vitest';
import {
  codeNames,
  codes,
  OMH,
  organizations,
  patients,
  practitioners,
  studies,
} from '../worlds/two-organizations.ts';
import {
  type AttackWorld,
  answers,
  openAttackWorld,
  type Reply,
  storeReadings,
  told,
} from './attack-world.ts';

const { lakeside, harbor, clinic } = organizations;
const NOBODY = 49_999;
const READINGS = 5;
const EVERY_CODE = [codeNames.glucose, codeNames.heartRate, codeNames.sleep];

let world: AttackWorld;
beforeAll(async () => {
  world = await openAttackWorld();
  // Nina belongs to the clinic alone, which has no patients.
  await world.sql(
    `insert into membership (practitioner_id, organization_id, role) values (${practitioners.nina}, ${clinic}, 'member')`,
  );
  await world.sql(
    "update patient set birth_date = '1991-02-03', telecom_phone = '555-0142' where id in (40002, 40003)",
  );
  await storeReadings(
    world,
    [
      [patients.cleo, codes.sleep],
      [patients.ben, codes.glucose],
    ],
    READINGS,
  );
  const shared = answers(studies.sleep, [codeNames.sleep], true);
  await world.deed('cleo', 'PATCH', `/api/v1/patients/${patients.cleo}/consents`, shared);
  const attested = { ...answers(studies.glucose, [codeNames.glucose], true), basis: 'signed form' };
  await world.deed('mo', 'PATCH', `/api/v1/patients/${patients.ben}/consents`, attested);
});
afterAll(() => world?.close());

/** Everything a member can do to have the readings of a number; what each call was answered. */
async function take(number: number): Promise<Reply[]> {
  const call = async (method: string, url: string, body?: unknown) => {
    const reply = await world.call('nina', method, url, body === undefined ? {} : { body });
    replies.push(reply);
    return reply;
  };
  const replies: Reply[] = [];
  const patient = `/api/v1/patients/${number}`;
  await call('PATCH', `${patient}/global_add_organization?organizationId=${clinic}`);
  await call('GET', patient);
  await call('PATCH', patient, { nameGiven: 'Mine' });
  const body = { organization: clinic, name: 'Everything', description: 'All of it.' };
  const study = (await call('POST', '/api/v1/studies', body)).json().id;
  for (const scopeCodeId of [codes.glucose, codes.heartRate, codes.sleep])
    await call('POST', `/api/v1/studies/${study}/scope_requests`, { scopeCodeId });
  await call('POST', `/api/v1/studies/${study}/patients`, { patientIds: [number] });
  for (const basis of [undefined, 'signed form'])
    await call('PATCH', `${patient}/consents`, { ...answers(study, EVERY_CODE, true), basis });
  await call('POST', '/api/v1/invitation', { patientId: number, clientId: 102 });
  await call('GET', `/FHIR/R5/Observation?patient=${number}`);
  await call('GET', `/FHIR/R5/Observation?patient.identifier=${OMH}|${number}`);
  await call('GET', `/FHIR/R5/Patient/${number}`);
  await call('GET', `/api/v1/observations?patientId=${number}`);
  await call('GET', `/api/v1/patients?organizationId=${clinic}&patientId=${number}`);
  return replies;
}

const NAMES = /Marsh|Cleo|Ode|Ben|1991-02-03|555-0142/;
const known = async () => (await world.call('nina', 'GET', '/api/v1/patients')).body;

describe.each([
  // The person keeps it; a member of another organization reads along.
  { name: 'cleo', number: patients.cleo, readBy: 'hana', at: harbor, studyId: studies.sleep },
  // The organization keeps it.
  { name: 'ben', number: patients.ben, readBy: 'mo', at: lakeside, studyId: studies.glucose },
] as const)('the record of $name', ({ name, number, readBy, at, studyId }) => {
  it('by number: nothing is readable, and every answer is that of a number that nobody has', async () => {
    expect(await world.readingsSeen(readBy, number)).toBe(READINGS);
    const replies = await take(number);
    expect(await world.readingsSeen('nina', number)).toBe(0);
    expect(replies.map(told)).toEqual((await take(NOBODY)).map(told));
    expect(replies[0]!.statusCode).toBe(404);
    for (const { body } of replies) expect(body).not.toMatch(NAMES);
    expect(await known()).not.toMatch(NAMES);
    const remove = (id: number) =>
      world.call('nina', 'DELETE', `/api/v1/patients/${id}?organizationId=${clinic}`);
    expect(told(await remove(number))).toEqual(told(await remove(NOBODY)));
  });

  it('by number: the record is what it was, and no stranger is in it', async () => {
    await take(number);
    const own = (await world.call(readBy, 'GET', `/api/v1/patients/${number}`)).json();
    expect(own).toMatchObject({ nameGiven: name === 'cleo' ? 'Cleo' : 'Ben' });
    const rows = await world.sql(
      `select po.organization_id, e.study_id from patient_organization po
       left join enrollment e on e.patient_id = po.patient_id where po.patient_id = $1`,
      [number],
    );
    expect(rows).toEqual([{ organization_id: at, study_id: studyId }]);
  });

  it('by address: nobody is found, and what is made is a record of their own without a reading', async () => {
    const byAddress = async (telecomEmail: string) => {
      const lookup = () => world.call('nina', 'GET', `/api/v1/patients/global_lookup?email=${telecomEmail}`);
      const body = { organizationId: clinic, nameFamily: 'Any', nameGiven: 'Body', telecomEmail };
      const before = await lookup();
      const made = await world.call('nina', 'POST', '/api/v1/patients', { body });
      return { replies: [before, made, await lookup()], made: made.json().id as number };
    };
    const { replies, made } = await byAddress(`${name}@example.org`);
    expect(replies.map(told)).toEqual((await byAddress(`not-${name}@example.org`)).replies.map(told));
    expect(replies.map(({ statusCode }) => statusCode)).toEqual([200, 201, 200]);
    expect(made).not.toBe(number);
    await take(made);
    expect(await world.readingsSeen('nina', made)).toBe(0);
    expect(await world.readingsSeen('nina', number)).toBe(0);
  });

  it('by an administrator who adds it for them', async () => {
    const url = `/api/v1/patients/${number}/global_add_organization?organizationId=${clinic}`;
    await world.call('root', 'PATCH', url);
    await take(number);
    expect(await world.readingsSeen('nina', number)).toBe(0);
    expect(await known()).not.toMatch(NAMES);
  });
});
