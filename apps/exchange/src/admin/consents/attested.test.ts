/** Yeses that somebody else records: on what ground, for whom, and when they stop counting. */
import { afterAll, beforeAll, beforeEach, describe, expect, it } from 'vitest';
import { mintToken } from '../../../../../tests/setup/tokens.ts';
import { codeNames, OMH } from '../../../../../tests/worlds/two-organizations.ts';
import { glucose } from '../../fhir/reading.test-data.ts';
import { type AdminWorld, type Loose, openAdminWorld } from '../admin-world.test-data.ts';

let world: AdminWorld;
beforeAll(async () => {
  world = await openAdminWorld();
});
afterAll(() => world?.close());
/** Ben's record as it was: in Lakeside's keeping, in one study, with nothing answered, said or recorded. */
beforeEach(() =>
  world.rows(`
    with consents as (delete from consent where patient_id = 40002),
      history as (delete from consent_event where patient_id = 40002),
      noes as (delete from declined_measure where patient_id = 40002),
      events as (delete from record_event),
      readings as (delete from observation where patient_id = 40002),
      counts as (delete from series where patient_id = 40002),
      login as (update app_user set email = null, email_verified = false where id = 10006)
    update patient set keeper_organization_id = 20001, user_id = 10006 where id = 40002`),
);

type Who = Parameters<AdminWorld['call']>[0];
type Name = keyof typeof codeNames;
const BEN = '/patients/40002/consents';
const request = (studyId: number, name: Name, consented?: boolean) => ({
  studyScopeConsents: [
    {
      studyId,
      scopeConsents: [
        {
          codingSystem: OMH,
          codingCode: codeNames[name],
          ...(consented === undefined ? {} : { consented }),
        },
      ],
    },
  ],
});
const answer = (who: Who, name: Name, consented: boolean, more: object = {}, studyId = 30001) =>
  world.call(who, 'PATCH', BEN, { ...request(studyId, name, consented), ...more });
const BASIS = { basis: 'Signed form, protocol 17' };

/** The answer as somebody is shown it. */
const shown = async (who: Who, name: Name, studyId = 30001) => {
  const { body } = await world.call(who, 'GET', BEN);
  const study = body.studies.find(({ id }: Loose) => id === studyId);
  return study?.scopeConsents.find(({ code }: Loose) => code.codingCode === codeNames[name]);
};
const decisions = async () =>
  (
    await world.rows('select decision, actor_role from consent_event where patient_id = 40002 order by id')
  ).map(({ decision, actor_role }) => `${decision} by ${actor_role}`);
const record = (who: Who, reading: object) =>
  world.exchange.request('POST', '/FHIR/R5/Observation', {
    headers: { authorization: world.tokenOf(who)! },
    body: reading,
  });
const total = async (who: Who) =>
  (
    await world.exchange.request('GET', '/FHIR/R5/Observation?patient=40002&_summary=count', {
      headers: { authorization: world.tokenOf(who)! },
    })
  ).json().total;
const told = () =>
  world.rows('select kind, study_id, detail from record_event where patient_id = 40002 order by id');

const ONLY_THE_PATIENT = { status: 403, body: { detail: 'Only the patient can say yes to this.' } };

describe('a manager, for a record in the organization’s keeping', () => {
  it('says on what ground; it is shown as attested, with who recorded it', async () => {
    for (const none of [{}, { basis: '' }, { basis: '   ' }]) {
      const refused = await answer('mo', 'glucose', true, none);
      expect([refused.status, Object.keys(refused.body)]).toEqual([400, ['basis']]);
    }
    expect(await decisions()).toEqual([]);
    const { status, body } = await answer('mo', 'glucose', true, BASIS);
    expect(status).toBe(201);
    expect(body.studyScopeConsents).toMatchObject([{ consented: true, confirmed: false, counts: true }]);
    expect(await shown('vic', 'glucose')).toMatchObject({
      consented: true,
      confirmed: false,
      counts: true,
      recordedBy: 10003,
      basis: BASIS.basis,
    });
    expect(await decisions()).toEqual(['permit by manager']);
    const history = (await world.call('vic', 'GET', `${BEN}/history`)).body.results;
    expect(history).toMatchObject([
      { actorUserId: 10003, basis: BASIS.basis, confirmed: false, studyVersion: 1 },
    ]);
    expect(await told()).toMatchObject([{ kind: 'attested', study_id: 30001, detail: { codeIds: [50001] } }]);
    expect((await record('rivera', glucose({ patientId: 40002 }))).statusCode).toBe(201);
    expect(await total('vic')).toBe(1);
  });

  it('the same again is no other answer and needs no ground', async () => {
    await answer('mo', 'glucose', true, BASIS);
    expect((await answer('mo', 'glucose', true)).status).toBe(200);
    expect(await shown('vic', 'glucose')).toMatchObject({ basis: BASIS.basis });
    expect(await decisions()).toEqual(['permit by manager']);
  });

  it.each(['rivera', 'vic', 'hana', 'root', 'nina', 'ada'] as const)(
    'only a manager: not %s',
    async (who) => {
      expect((await answer(who, 'glucose', true, BASIS)).status).toBe(403);
      expect(await decisions()).toEqual([]);
    },
  );

  it('never for themselves', async () => {
    await world.rows('update patient set user_id = 10003 where id = 40002');
    expect(await answer('mo', 'glucose', true, BASIS)).toEqual(ONLY_THE_PATIENT);
  });

  it('never again in any study of the organization, once the patient has said no to the measure', async () => {
    await world.call('rivera', 'POST', '/studies/30002/patients', { patientIds: [40002] });
    expect((await answer('mo', 'heartRate', true, BASIS, 30002)).status).toBe(201);
    const reading = glucose({ patientId: 40002, code: codeNames.heartRate, device: 70002 });
    expect((await record('rivera', reading)).statusCode).toBe(201);
    expect(await total('rivera')).toBe(1);

    // Ben's no, by his link, in another study.
    expect((await answer('ben', 'heartRate', false)).status).toBe(201);
    expect(await total('rivera')).toBe(0);
    expect(await shown('vic', 'heartRate', 30002)).toMatchObject({ consented: true, counts: false });
    expect(await decisions()).toEqual(['permit by manager', 'close by patient', 'decline by patient']);
    for (const study of [30001, 30002]) {
      expect(await answer('mo', 'heartRate', true, BASIS, study)).toEqual(ONLY_THE_PATIENT);
    }
    // Neither clearing the no, nor ending and beginning again, makes room for one.
    expect((await world.call('mo', 'DELETE', BEN, request(30001, 'heartRate'))).status).toBe(403);
    for (const method of ['DELETE', 'POST']) {
      await world.call('mo', method, '/studies/30001/patients', { patientIds: [40002] });
    }
    await world.call('mo', 'DELETE', '/studies/30001/scope_requests', { scopeCodeId: 50002 });
    await world.call('mo', 'POST', '/studies/30001/scope_requests', { scopeCodeId: 50002 });
    expect(await answer('mo', 'heartRate', true, BASIS)).toEqual(ONLY_THE_PATIENT);
    // Another measure is another question.
    expect((await answer('mo', 'glucose', true, BASIS)).status).toBe(201);
  });

  it('... or has taken an answer back', async () => {
    await answer('ben', 'glucose', true);
    expect((await world.call('ben', 'DELETE', BEN, request(30001, 'glucose'))).status).toBe(204);
    expect(await answer('mo', 'glucose', true, BASIS)).toEqual(ONLY_THE_PATIENT);
  });

  it('may take back what was attested, and a member may not', async () => {
    await answer('mo', 'glucose', true, BASIS);
    expect((await world.call('rivera', 'DELETE', BEN, request(30001, 'glucose'))).status).toBe(403);
    expect((await world.call('mo', 'DELETE', BEN, request(30001, 'glucose'))).status).toBe(204);
    expect(await shown('vic', 'glucose')).toBeUndefined();
    expect(await decisions()).toEqual(['permit by manager', 'clear by manager']);
  });
});

describe('members and managers turn a yes into a no', () => {
  it.each(['rivera', 'mo'] as const)('%s does, and the patient is told', async (who) => {
    await answer('mo', 'glucose', true, BASIS);
    expect((await answer(who, 'glucose', false)).status).toBe(200);
    expect(await shown('vic', 'glucose')).toMatchObject({
      consented: false,
      counts: false,
      confirmed: false,
    });
    expect((await told()).map(({ kind }) => kind)).toEqual(['attested', 'staff-declined']);
    expect((await record('rivera', glucose({ patientId: 40002 }))).statusCode).toBe(403);
  });

  it('also a person’s own, which she alone turns back', async () => {
    const path = '/patients/40001/consents';
    const say = (who: Who, consented: boolean, more: object = {}) =>
      world.call(who, 'PATCH', path, { ...request(30001, 'glucose', consented), ...more });
    expect((await say('rivera', false)).status).toBe(200);
    expect((await say('rivera', true, BASIS)).status).toBe(403);
    expect(await say('mo', true, BASIS)).toEqual(ONLY_THE_PATIENT);
    expect((await world.call('mo', 'DELETE', path, request(30001, 'glucose'))).status).toBe(403);
    expect((await say('ada', true)).status).toBe(200);
    expect(
      (await world.rows('select kind from record_event where patient_id = 40001 order by id')).map(
        (e) => e.kind,
      ),
    ).toEqual(['staff-declined']);
  });

  it.each(['vic', 'hana', 'root'] as const)('not %s', async (who) => {
    await answer('mo', 'glucose', true, BASIS);
    expect((await answer(who, 'glucose', false)).status).toBe(403);
    expect(await shown('mo', 'glucose')).toMatchObject({ consented: true });
  });
});

describe('from the moment that the person keeps the record', () => {
  /** What proof of an address does (its own tests are with the authorization server). */
  const prove = () =>
    world.rows(`
      with proved as (
        update app_user set email = 'ben@example.org', email_verified = true where id = 10006)
      update patient set keeper_organization_id = null where id = 40002`);
  const asBen = (method: string, body?: object) =>
    world.callWith({ grantId: 'signed-in' }, 'ben', method, BEN, body);

  beforeEach(async () => {
    await answer('mo', 'glucose', true, BASIS);
    expect((await record('rivera', glucose({ patientId: 40002 }))).statusCode).toBe(201);
    await prove();
  });

  it('what was attested is shown to the person and counts, and nothing new is', async () => {
    const { body } = await asBen('GET');
    expect(body.studies[0].scopeConsents).toMatchObject([
      { consented: true, confirmed: false, counts: true, basis: BASIS.basis, recordedBy: 10003 },
    ]);
    expect(await total('vic')).toBe(1);
    expect(await answer('mo', 'sleep', true, BASIS)).toEqual(ONLY_THE_PATIENT);
    expect((await world.call('mo', 'DELETE', BEN, request(30001, 'glucose'))).status).toBe(403);
    // The link of before reaches nothing any more.
    expect((await world.call('ben', 'GET', BEN)).status).toBe(403);
  });

  it('it stops counting with the first reading of their own', async () => {
    const token = await mintToken(world.exchange, {
      userId: 10006,
      clientId: 'glucose-app',
      defaultScope: 'patient/*.cruds',
      grantId: 'signed-in',
    });
    const own = glucose({ patientId: 40002, value: 77 });
    expect(
      (await world.exchange.request('POST', '/FHIR/R5/Observation', { token, body: own })).statusCode,
    ).toBe(201);
    expect(await total('vic')).toBe(0);
    expect(await shown('vic', 'glucose')).toMatchObject({ consented: true, counts: false });
    expect(await decisions()).toEqual(['permit by manager', 'close by patient']);
    // Their own yes to it is another answer, and opens all of it.
    expect((await asBen('PATCH', request(30001, 'glucose', true))).status).toBe(200);
    expect(await shown('vic', 'glucose')).toMatchObject({ confirmed: true, counts: true, basis: null });
    expect(await total('vic')).toBe(2);
  });

  it('their own yes confirms it, and stands above everybody’s', async () => {
    expect((await asBen('PATCH', request(30001, 'glucose', true))).status).toBe(200);
    expect(await shown('vic', 'glucose')).toMatchObject({ confirmed: true, recordedBy: 10006, basis: null });
    expect((await asBen('PATCH', request(30001, 'glucose', false))).status).toBe(200);
    expect(await answer('mo', 'glucose', true, BASIS)).toEqual(ONLY_THE_PATIENT);
    expect(await decisions()).toEqual(['permit by manager', 'permit by patient', 'withdraw by patient']);
  });
});
