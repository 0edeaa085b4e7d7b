/** What leaving a study or an organization ends (contract 3.7, 3.8, 4.5). */
import { afterEach, beforeEach, expect, it } from 'vitest';
import { type AdminWorld, openAdminWorld } from '../admin-world.test-data.ts';

let world: AdminWorld;
beforeEach(async () => {
  world = await openAdminWorld();
});
afterEach(() => world.close());

const ADA = '/patients/40001/consents';
/** Study and code of every answer of Ada's that is left. */
const answers = async () =>
  (await world.rows('select study_id, code_id from consent where patient_id = 40001 order by 1, 2')).map(
    (row) => [row.study_id, row.code_id],
  );
const HARBOR = [
  [30003, 50002],
  [30003, 50003],
];

it('ending an enrolment ends its consents and remembers it', async () => {
  const patientIds = [40001, 40002, 4];
  expect((await world.call('rivera', 'DELETE', '/studies/30001/patients', { patientIds })).status).toBe(204);
  expect(await answers()).toEqual(HARBOR);
  expect(
    await world.rows(
      `select study_id, code_id, actor_user_id, actor_role from consent_event where decision = 'end' order by 2`,
    ),
  ).toEqual([
    { study_id: 30001, code_id: 50001, actor_user_id: 10002, actor_role: 'member' },
    { study_id: 30001, code_id: 50002, actor_user_id: 10002, actor_role: 'member' },
  ]);
  // Each patient whose enrolment ended is in the trace, also Ben, who had answered nothing.
  expect(
    await world.rows(
      `select patient_id from audit_event where interaction = 'update' and outcome = 'ok' order by 1`,
    ),
  ).toEqual([{ patient_id: 40001 }, { patient_id: 40002 }]);

  // Ada keeps her record: she is asked, and nothing of before counts when she accepts. Ben is enrolled, and asked anew.
  expect(
    (await world.call('rivera', 'POST', '/studies/30001/patients', { patientIds: [40001, 40002] })).status,
  ).toBe(201);
  expect(await world.rows('select patient_id from enrollment where study_id = 30001')).toEqual([
    { patient_id: 40002 },
  ]);
  const { body } = await world.call('ben', 'GET', '/patients/40002/consents');
  expect(body.studiesPendingConsent[0].pendingScopeConsents).toHaveLength(3);
  expect((await world.call('ada', 'GET', ADA)).body.studies.map(({ id }: { id: number }) => id)).toEqual([
    30003,
  ]);
});

it('H-24: a person can be taken out of every organization, with what was agreed there; the record is theirs', async () => {
  expect((await world.call('mo', 'DELETE', '/patients/40001?organization_id=20001')).status).toBe(204);
  expect(
    await world.rows('select organization_id from patient_organization where patient_id = 40001'),
  ).toEqual([{ organization_id: 20002 }]);
  expect(await world.rows('select study_id from enrollment where patient_id = 40001')).toEqual([
    { study_id: 30003 },
  ]);
  expect(await answers()).toEqual(HARBOR);
  expect((await world.call('mo', 'GET', '/patients/40001')).status).toBe(403);

  expect((await world.call('hana', 'DELETE', '/patients/40001?organizationId=20002')).status).toBe(204);
  expect(await answers()).toEqual([]);
  expect((await world.call('ada', 'GET', '/patients/me')).body).toMatchObject({
    id: 40001,
    organizations: [],
  });
  expect((await world.call('ada', 'GET', `${ADA}/history`)).body.count).toBeGreaterThan(5);
});

it('H-24: a record in keeping stays with the organization that keeps it', async () => {
  const refused = await world.call('mo', 'DELETE', '/patients/40002?organizationId=20001');
  expect(refused.status).toBe(409);
  expect(typeof refused.body.detail).toBe('string');
  expect((await world.call('mo', 'GET', '/patients/40002')).status).toBe(200);
});

it('H-24: two organizations that remove a patient at once both do', async () => {
  const replies = await Promise.all([
    world.call('mo', 'DELETE', '/patients/40001?organizationId=20001'),
    world.call('hana', 'DELETE', '/patients/40001?organizationId=20002'),
  ]);
  expect(replies.map((reply) => reply.status)).toEqual([204, 204]);
  expect(await world.rows('select 1 as one from patient_organization where patient_id = 40001')).toEqual([]);
  expect(await world.rows('select 1 as one from enrollment where patient_id = 40001')).toEqual([]);
  expect(await answers()).toEqual([]);
});

it('removing a study with patients needs to be said twice; the history outlives it', async () => {
  expect((await world.call('mo', 'DELETE', '/studies/30001')).status).toBe(409);
  expect((await world.call('mo', 'DELETE', '/studies/30001?cascade=true')).status).toBe(204);
  expect((await world.call('mo', 'GET', '/studies/30001')).status).toBe(403);
  expect(await answers()).toEqual(HARBOR);
  const { body } = await world.call('ada', 'GET', `${ADA}/history?pageSize=2`);
  expect(body.count).toBe(7);
  expect(body.results[0]).toMatchObject({
    study: { id: 30001, name: 'Glucose at Lakeside' },
    decision: 'end',
    actorRole: 'manager',
  });
});
