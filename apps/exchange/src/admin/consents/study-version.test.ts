/** An answer says which version of the study it answers: to another one than stands now it is no answer. */
import { afterAll, beforeAll, beforeEach, describe, expect, it } from 'vitest';
import { codeNames, OMH } from '../../../../../tests/worlds/two-organizations.ts';
import { type AdminWorld, type Loose, openAdminWorld } from '../admin-world.test-data.ts';

let world: AdminWorld;
beforeAll(async () => {
  world = await openAdminWorld();
});
afterAll(() => world?.close());
/** Nothing answered, and the study as it was first. */
beforeEach(() =>
  world.rows(`
    with consents as (delete from consent), history as (delete from consent_event),
      versions as (delete from study_version where version > 1)
    update study set version = 1, name = 'Glucose at Lakeside', purpose = 'HRESCH', ends_at = null where id = 30001`),
);

type Who = Parameters<AdminWorld['call']>[0];
const ADA = '/patients/40001/consents';
const [GLUCOSE, SLEEP] = [30001, 30003];
const CHANGED =
  'This study has changed since it was read. Read it again, and answer what it asks now. Nothing was recorded.';

const about = (studyId: number, studyVersion?: unknown, consented = true) => ({
  studyId,
  ...(studyVersion === undefined ? {} : { studyVersion }),
  scopeConsents: [{ codingSystem: OMH, codingCode: codeNames.sleep, consented }],
});
const say = (who: Who, ...studyScopeConsents: object[]) =>
  world.call(who, 'PATCH', ADA, { basis: 'signed form', studyScopeConsents });
const change = async (body: object) =>
  expect((await world.call('mo', 'PATCH', '/studies/30001', body)).status).toBe(200);
const state = () =>
  world.rows(`select (select json_agg(c order by c.id) from consent c) as consents,
    (select count(*)::int from consent_event) as events`);

it('what is asked is read with its version, and each answer with the one that it answers', async () => {
  await change({ name: 'Glucose, again' });
  expect((await say('ada', about(GLUCOSE, 2))).status).toBe(201);
  const { body } = await world.call('ada', 'GET', ADA);
  const of = (list: Loose[]) => list.find(({ id }: Loose) => id === GLUCOSE);
  expect(of(body.studies).version).toBe(2);
  expect(
    of(body.studies).scopeConsents.map((row: Loose) => [row.code.codingCode, row.studyVersion]),
  ).toContainEqual([codeNames.sleep, 2]);
  const harbor = body.studiesPendingConsent.find(({ id }: Loose) => id === SLEEP);
  expect(harbor?.version ?? 1).toBe(1);
  const [last] = (await world.call('ada', 'GET', `${ADA}/history`)).body.results;
  expect(last).toMatchObject({ decision: 'permit', studyVersion: 2 });
});

it.each([
  ['purpose', { purpose: 'TREAT' }],
  ['end', { endsAt: '2999-01-01T00:00:00Z' }],
  ['name', { name: 'Another name' }],
  ['description', { description: 'Other words.' }],
])('another %s since it was read: refused whole, and nothing is recorded', async (_what, body) => {
  await change(body);
  const before = await state();
  // Also what other studies were answered in the same request.
  for (const studies of [[about(GLUCOSE, 1)], [about(SLEEP, 1), about(GLUCOSE, 1)]]) {
    expect(await say('ada', ...studies)).toEqual({ status: 409, body: { detail: CHANGED } });
  }
  expect(await state()).toEqual(before);
  expect((await say('ada', about(SLEEP, 1), about(GLUCOSE, 2))).status).toBe(201);
});

it('a no is never held up by it', async () => {
  await say('ada', about(GLUCOSE));
  await change({ name: 'Once more' });
  expect((await say('ada', about(GLUCOSE, 1, false))).status).toBe(200);
  const [last] = (await world.call('ada', 'GET', `${ADA}/history`)).body.results;
  expect(last).toMatchObject({ decision: 'withdraw' });
  expect(await say('ada', about(GLUCOSE, 1))).toEqual({ status: 409, body: { detail: CHANGED } });
});

it('so for a manager, who attests what a signed form answered', async () => {
  const path = '/patients/40002/consents';
  const attest = (studyVersion: number) =>
    world.call('mo', 'POST', path, {
      basis: 'signed form',
      studyScopeConsents: [about(GLUCOSE, studyVersion)],
    });
  await change({ purpose: 'TREAT' });
  expect(await attest(1)).toEqual({ status: 409, body: { detail: CHANGED } });
  expect((await attest(2)).status).toBe(201);
});

it('a version that never was is none either', async () => {
  for (const version of [0, 2, 99]) expect((await say('ada', about(GLUCOSE, version))).status).toBe(409);
  for (const version of ['one', 1.5, null, -1]) {
    expect(await say('ada', about(GLUCOSE, version))).toEqual({
      status: 400,
      body: { 'studyScopeConsents[0].studyVersion': ['A valid integer is required.'] },
    });
  }
});

it('clients that say no version answer what stands', async () => {
  await change({ name: 'Glucose, again' });
  expect((await say('ada', about(GLUCOSE))).status).toBe(201);
  const [last] = (await world.call('ada', 'GET', `${ADA}/history`)).body.results;
  expect(last).toMatchObject({ studyVersion: 2 });
});

describe('a version tells nothing to those who may not answer', () => {
  it.each(['vic', 'hana', 'root', 'nina'] as const)('%s', async (who) => {
    const [right, wrong] = [await say(who, about(GLUCOSE, 1)), await say(who, about(GLUCOSE, 7))];
    expect(wrong).toEqual(right);
    expect(right.status).toBe(403);
  });

  it('nor about a study that is not there', async () => {
    expect((await say('ada', about(39999, 1))).body).toEqual({
      'studyScopeConsents[0].studyId': ['The patient is not enrolled in this study.'],
    });
  });
});
