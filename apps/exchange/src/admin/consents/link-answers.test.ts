/** What the session of an invitation link may answer and see, before anybody proved whose it is. */
import { afterAll, beforeAll, beforeEach, expect, it } from 'vitest';
import { openLinkSession } from '../../../../../tests/setup/link-session.ts';
import {
  codeNames,
  OMH,
  organizations,
  patients,
  users,
} from '../../../../../tests/worlds/two-organizations.ts';
import { type AdminWorld, type Loose, openAdminWorld } from '../admin-world.test-data.ts';

let world: AdminWorld;
beforeAll(async () => {
  world = await openAdminWorld();
  // A study of the same organization that uses another app.
  await world.call('rivera', 'POST', '/studies/30002/clients', { clientId: 102 });
  await world.call('rivera', 'POST', '/studies/30002/patients', { patientIds: [patients.ben] });
  const link = { userId: users.ben, patientId: patients.ben, organizationId: organizations.lakeside };
  await openLinkSession(world.exchange, { ...link, clientId: 'glucose-app', grantId: 'second-phone' });
});
afterAll(() => world?.close());
beforeEach(() =>
  world.rows(`
    with consents as (delete from consent where patient_id = 40002),
      history as (delete from consent_event where patient_id = 40002)
    delete from declined_measure where patient_id = 40002`),
);

type Name = keyof typeof codeNames;
const BEN = '/patients/40002/consents';
const request = (name: Name, consented: boolean, studyId = 30001) => ({
  studyScopeConsents: [
    { studyId, scopeConsents: [{ codingSystem: OMH, codingCode: codeNames[name], consented }] },
  ],
});
const answer = (name: Name, consented: boolean, studyId?: number) =>
  world.call('ben', 'PATCH', BEN, request(name, consented, studyId));
const onSecondPhone = (method: string, body?: object) =>
  world.callWith({ grantId: 'second-phone' }, 'ben', method, BEN, body);
const glucoseOf = async () =>
  (await world.call('vic', 'GET', BEN)).body.studies[0]?.scopeConsents.find(
    ({ code }: Loose) => code.id === 50001,
  );

it('is shown the record, and the questions of the organization’s studies that use the link’s app', async () => {
  const { body } = await world.call('ben', 'GET', BEN);
  expect(body.studiesPendingConsent.map(({ id }: Loose) => id)).toEqual([30001]);
  expect(body.patient).toMatchObject({ id: 40002, nameGiven: 'Ben', organizations: [{ id: 20001 }] });
  expect((await world.call('ben', 'GET', '/patients/me')).body.id).toBe(40002);
  const refused = await answer('heartRate', true, 30002);
  expect(refused).toEqual({
    status: 400,
    body: { 'studyScopeConsents[0].studyId': ['The patient is not enrolled in this study.'] },
  });
});

it('says yes on the ground of the link; it counts, and is not confirmed', async () => {
  expect((await answer('glucose', true)).status).toBe(201);
  expect(await glucoseOf()).toMatchObject({
    consented: true,
    counts: true,
    confirmed: false,
    recordedBy: users.ben,
    basis: 'invitation link',
  });
  expect((await world.call('vic', 'GET', `${BEN}/history`)).body.results).toMatchObject([
    { decision: 'permit', actorRole: 'patient', clientId: 'glucose-app', confirmed: false },
  ]);
});

it('turns any yes into a no; only the same session turns that no, or a proved one', async () => {
  expect((await answer('glucose', true)).status).toBe(201);
  expect((await onSecondPhone('PATCH', request('glucose', false))).status).toBe(200);
  expect(await answer('glucose', true)).toEqual({
    status: 403,
    body: { detail: 'Only the patient can say yes to this.' },
  });
  const attest = { ...request('glucose', true), basis: 'Signed form' };
  expect((await world.call('mo', 'PATCH', BEN, attest)).status).toBe(403);
  expect((await onSecondPhone('PATCH', request('glucose', true))).status).toBe(200);
  expect(await glucoseOf()).toMatchObject({ consented: true, confirmed: false });
});

it('takes back what it answered', async () => {
  await answer('glucose', true);
  const body = {
    studyScopeConsents: [
      { studyId: 30001, scopeConsents: [{ codingSystem: OMH, codingCode: codeNames.glucose }] },
    ],
  };
  expect((await world.call('ben', 'DELETE', BEN, body)).status).toBe(204);
  expect(await glucoseOf()).toBeUndefined();
});

it('reaches nothing once the organization no longer keeps the record, and nobody else’s record ever', async () => {
  expect((await world.call('ben', 'GET', '/patients/40001/consents')).status).toBe(403);
  await world.rows('update patient set keeper_organization_id = null where id = 40002');
  expect((await world.call('ben', 'GET', BEN)).status).toBe(403);
  expect((await answer('glucose', true)).status).toBe(403);
  await world.rows('update patient set keeper_organization_id = 20001 where id = 40002');
  expect((await world.call('ben', 'GET', BEN)).status).toBe(200);
});

it('is no more than a link: a login without one, or a program of the person, is nobody’s patient', async () => {
  for (const token of [{ grantId: 'no-link' }, { isProgram: true }]) {
    expect((await world.callWith(token, 'ben', 'GET', BEN)).status).toBe(403);
    expect((await world.callWith(token, 'ben', 'GET', '/patients/me')).status).toBe(403);
    expect((await world.callWith(token, 'ben', 'PATCH', BEN, request('glucose', true))).status).toBe(403);
  }
  // A person who keeps their record is not a patient to their own programs either.
  const ada = '/patients/40001/consents';
  const program = { isProgram: true };
  expect((await world.callWith(program, 'ada', 'GET', ada)).status).toBe(403);
  expect((await world.callWith(program, 'ada', 'PATCH', ada, request('sleep', true))).status).toBe(403);
});
