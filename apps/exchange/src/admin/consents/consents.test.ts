/** Section 4 of the contract: what is asked, what is answered, what is remembered of it. */
import { afterAll, afterEach, beforeAll, beforeEach, describe, expect, it } from 'vitest';
import { codeNames, OMH } from '../../../../../tests/worlds/two-organizations.ts';
import { type AdminWorld, type Loose, openAdminWorld } from '../admin-world.test-data.ts';

let world: AdminWorld;
const open = async () => {
  world = await openAdminWorld();
};
const close = () => world.close();

type Name = keyof typeof codeNames;
const scope = (name: Name, consented?: unknown) => ({
  codingSystem: OMH,
  codingCode: codeNames[name],
  ...(consented === undefined ? {} : { consented }),
});
const request = (studyId: number, ...scopeConsents: object[]) => ({
  studyScopeConsents: [{ studyId, scopeConsents }],
});
const ADA = '/patients/40001/consents';

const events = () =>
  world.rows(
    `select study_id, code_id, decision, actor_user_id, actor_role, client_id, basis from consent_event
     where id > (select min(id) + 4 from consent_event) order by id`,
  );
const consent = async (studyId: number, codeId: number) =>
  (
    await world.rows(
      'select permitted from consent where patient_id = 40001 and study_id = $1 and code_id = $2',
      studyId,
      codeId,
    )
  )[0]?.permitted;

describe('GET consents', () => {
  beforeAll(open);
  afterAll(close);

  it('shows a patient every study, answered and pending apart', async () => {
    const { body } = await world.call('ada', 'GET', ADA);
    expect(Object.keys(body)).toEqual([
      'patient',
      'consolidatedConsentedScopes',
      'studiesPendingConsent',
      'studies',
    ]);
    expect(body.consolidatedConsentedScopes.map((code: Loose) => code.codingCode)).toEqual([
      codeNames.glucose,
      codeNames.heartRate,
    ]);
    expect(body.studiesPendingConsent).toEqual([
      {
        id: 30001,
        name: 'Glucose at Lakeside',
        description: 'How glucose follows the day.',
        iconUrl: null,
        organization: { id: 20001, name: 'Lakeside Health', type: 'prov' },
        version: 1,
        dataSources: [
          {
            id: 70001,
            name: 'Glucose meter',
            type: 'personal_device',
            supportedScopes: [
              { id: 50001, codingSystem: OMH, codingCode: codeNames.glucose, text: 'Blood glucose' },
            ],
          },
        ],
        pendingScopeConsents: [
          {
            code: { id: 50003, codingSystem: OMH, codingCode: codeNames.sleep, text: 'Sleep episode' },
            consented: null,
            consentedTime: null,
          },
        ],
      },
    ]);
    expect(
      body.studies.map((study: Loose) => [study.id, study.scopeConsents.map((s: Loose) => s.consented)]),
    ).toEqual([
      [30001, [true, false]],
      [30003, [true, false]],
    ]);
    expect(body.studies[0].scopeConsents[0]).toEqual({
      code: { id: 50001, codingSystem: OMH, codingCode: codeNames.glucose, text: 'Blood glucose' },
      consented: true,
      consentedTime: '2026-01-05T10:00:00.000Z',
      confirmed: true,
      counts: true,
      recordedBy: 10001,
      basis: null,
      endsAt: null,
      studyVersion: null,
    });
  });

  it('H-17: shows practitioners only studies of their own organizations', async () => {
    const lakeside = (await world.call('vic', 'GET', ADA)).body;
    expect(lakeside.studies.map((study: Loose) => study.id)).toEqual([30001]);
    expect(lakeside.consolidatedConsentedScopes.map((code: Loose) => code.id)).toEqual([50001]);
    const harbor = (await world.call('hana', 'GET', ADA)).body;
    expect(harbor.studies.map((study: Loose) => study.id)).toEqual([30003]);
    const history = (await world.call('hana', 'GET', `${ADA}/history`)).body;
    expect(history.results.map((line: Loose) => [line.study.id, line.decision])).toEqual([
      [30003, 'withdraw'],
      [30003, 'permit'],
      [30003, 'permit'],
    ]);
  });

  it('H-15: reset in a GET erases nothing', async () => {
    await world.call('vic', 'GET', `${ADA}?reset=true`);
    expect(await world.rows('select count(*) from consent')).toEqual([{ count: 4 }]);
  });

  it('H-16: an answer to what is no longer requested is ended, and asking again asks anew', async () => {
    expect(
      (await world.call('mo', 'DELETE', '/studies/30001/scope_requests', { scopeCodeId: 50001 })).status,
    ).toBe(204);
    const { body } = await world.call('ada', 'GET', ADA);
    expect(body.consolidatedConsentedScopes.map((code: Loose) => code.id)).toEqual([50002]);
    expect(await consent(30001, 50001)).toBeUndefined();
    expect((await events()).map((event) => [event.code_id, event.decision, event.actor_role])).toEqual([
      [50001, 'end', 'manager'],
    ]);
    await world.call('mo', 'POST', '/studies/30001/scope_requests', { scopeCodeId: 50001 });
    const again = (await world.call('ada', 'GET', ADA)).body;
    expect(again.consolidatedConsentedScopes.map((code: Loose) => code.id)).toEqual([50002]);
    expect(
      again.studiesPendingConsent[0].pendingScopeConsents.map((pending: Loose) => pending.code.id),
    ).toContain(50001);
  });
});

describe('answering', () => {
  beforeEach(open);
  afterEach(close);

  it('records first answers, changes and repetitions, each change with its event', async () => {
    const [{ id: enrolled }] = await world.rows(
      'select id from enrollment where patient_id = 40001 and study_id = 30001',
    );
    const first = await world.call('ada', 'POST', ADA, request(30001, scope('sleep', true)));
    expect(first.status).toBe(201);
    expect(first.body.studyScopeConsents).toEqual([
      {
        id: expect.any(Number),
        studyPatient: { id: enrolled, study: 30001, patient: 40001 },
        scopeCode: { id: 50003, codingSystem: OMH, codingCode: codeNames.sleep, text: 'Sleep episode' },
        consented: true,
        consentedTime: expect.stringMatching(/^\d{4}-\d\d-\d\dT[\d:.]+Z$/),
        confirmed: true,
        counts: true,
        endsAt: null,
      },
    ]);
    const again = await world.call('ada', 'POST', ADA, request(30001, scope('sleep', true)));
    expect(again.status).toBe(200);
    expect(again.body).toEqual(first.body);
    expect(
      (await world.call('ada', 'PATCH', ADA, request(30001, scope('sleep', false), scope('heartRate', true))))
        .status,
    ).toBe(200);
    const actor = {
      study_id: 30001,
      actor_user_id: 10001,
      actor_role: 'patient',
      client_id: 'jhe-portal',
      basis: null,
    };
    expect(await events()).toEqual([
      { ...actor, code_id: 50003, decision: 'permit' },
      { ...actor, code_id: 50003, decision: 'withdraw' },
      { ...actor, code_id: 50002, decision: 'permit' },
    ]);
  });

  it('answers in the order asked, and PATCH of what was never answered creates it', async () => {
    const { status, body } = await world.call('ada', 'PATCH', ADA, {
      study_scope_consents: [
        {
          study_id: 30003,
          scope_consents: [{ coding_system: OMH, coding_code: codeNames.sleep, consented: true }],
        },
        {
          study_id: 30001,
          scope_consents: [{ coding_system: OMH, coding_code: codeNames.sleep, consented: false }],
        },
      ],
    });
    expect(status).toBe(201);
    expect(body.studyScopeConsents.map((row: Loose) => [row.studyPatient.study, row.consented])).toEqual([
      [30003, true],
      [30001, false],
    ]);
    expect((await events()).map((event) => event.decision).sort()).toEqual(['decline', 'permit']);
  });

  it('DELETE makes it pending again and is remembered; a second one changes nothing', async () => {
    expect((await world.call('ada', 'DELETE', ADA, request(30001, scope('glucose')))).status).toBe(204);
    expect((await world.call('ada', 'DELETE', ADA, request(30001, scope('glucose')))).status).toBe(204);
    expect(await consent(30001, 50001)).toBeUndefined();
    expect((await events()).map((event) => [event.code_id, event.decision])).toEqual([[50001, 'clear']]);
    const { body } = await world.call('ada', 'GET', ADA);
    expect(body.studiesPendingConsent[0].pendingScopeConsents.map((s: Loose) => s.code.id)).toEqual([
      50001, 50003,
    ]);
  });

  it('two at once leave one event for one change', async () => {
    const replies = await Promise.all(
      Array.from({ length: 4 }, () => world.call('ada', 'POST', ADA, request(30001, scope('sleep', true)))),
    );
    expect(replies.map((reply) => reply.status).sort()).toEqual([200, 200, 200, 201]);
    expect((await events()).map((event) => event.decision)).toEqual(['permit']);
  });
});

describe('answers that are refused', () => {
  beforeAll(open);
  afterAll(close);

  const cases: [string, Parameters<AdminWorld['call']>[0], object, number, unknown][] = [
    [
      'H-16: a code the study does not request',
      'ada',
      request(30001, scope('glucose', true), scope('weight', true)),
      400,
      { 'studyScopeConsents[0].scopeConsents[1].codingCode': ['This study does not request this code.'] },
    ],
    [
      'H-30: a study the patient is not enrolled in',
      'ada',
      request(30002, scope('heartRate', true)),
      400,
      { 'studyScopeConsents[0].studyId': ['The patient is not enrolled in this study.'] },
    ],
    [
      'an unknown code',
      'ada',
      request(30001, { ...scope('glucose', true), codingCode: 'omh:nothing:1.0' }),
      400,
      {
        'studyScopeConsents[0].scopeConsents[0].codingCode': ['There is no such code in this coding system.'],
      },
    ],
    [
      'an answer that is neither yes nor no',
      'ada',
      request(30001, scope('glucose', 'yes')),
      400,
      { 'studyScopeConsents[0].scopeConsents[0].consented': ['Must be true or false.'] },
    ],
    [
      'no answer',
      'ada',
      request(30001, scope('glucose')),
      400,
      { 'studyScopeConsents[0].scopeConsents[0].consented': ['This field is required.'] },
    ],
    ['no questions', 'ada', {}, 400, { studyScopeConsents: ['This field is required.'] }],
    [
      'a question answered twice',
      'ada',
      request(30001, scope('glucose', true), scope('glucose', false)),
      400,
      { 'studyScopeConsents[0].scopeConsents[1].codingCode': ['This question is answered twice.'] },
    ],
    [
      'a viewer',
      'vic',
      request(30001, scope('sleep', true)),
      403,
      { detail: 'Practitioner role is not valid.' },
    ],
    [
      'a member, for a person who keeps the record',
      'rivera',
      { ...request(30001, scope('sleep', true)), basis: 'Signed form' },
      403,
      { detail: 'Only the patient can say yes to this.' },
    ],
    [
      'a manager of the study’s organization, for a person who keeps the record',
      'mo',
      { ...request(30001, scope('sleep', true)), basis: 'Signed form' },
      403,
      { detail: 'Only the patient can say yes to this.' },
    ],
    [
      'a manager who would turn her no into a yes',
      'mo',
      { ...request(30001, scope('heartRate', true)), basis: 'Signed form' },
      403,
      { detail: 'Only the patient can say yes to this.' },
    ],
    [
      'a manager of another organization',
      'hana',
      request(30001, scope('sleep', true)),
      403,
      { detail: "Practitioner doesn't have right now for patient." },
    ],
    [
      'another patient',
      'cleo',
      request(30001, scope('sleep', true)),
      403,
      { detail: 'Only Patient users can update their own consents.' },
    ],
    [
      'a superuser, who administers and does not answer',
      'root',
      request(30001, scope('sleep', true)),
      403,
      { detail: 'Only Patient users can update their own consents.' },
    ],
  ];
  it.each(cases)('%s', async (_name, who, body, status, expected) => {
    expect(await world.call(who, 'PATCH', ADA, body)).toEqual({ status, body: expected });
    expect(await events()).toEqual([]);
  });

  it('H-51: refuse the whole request', async () => {
    const body = request(30001, scope('sleep', true), scope('glucose', false), scope('weight', true));
    expect((await world.call('ada', 'POST', ADA, body)).status).toBe(400);
    expect(await consent(30001, 50003)).toBeUndefined();
    expect(await consent(30001, 50001)).toBe(true);
  });
});
