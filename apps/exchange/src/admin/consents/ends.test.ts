/** Yeses that end: said for a while, shown with their end, and read by nobody after it. */
import { afterAll, beforeAll, beforeEach, describe, expect, it } from 'vitest';
import { codeNames, OMH } from '../../../../../tests/worlds/two-organizations.ts';
import { glucose } from '../../fhir/reading.test-data.ts';
import { type AdminWorld, type Loose, openAdminWorld } from '../admin-world.test-data.ts';

let world: AdminWorld;
beforeAll(async () => {
  world = await openAdminWorld();
});
afterAll(() => world?.close());
/** Ben's record, in Lakeside's keeping, and Ada's, which she keeps: with nothing answered or recorded. */
beforeEach(() =>
  world.rows(`
    with consents as (delete from consent), history as (delete from consent_event),
      noes as (delete from declined_measure), readings as (delete from observation where patient_id = 40002),
      counts as (delete from series where patient_id = 40002)
    update study set ends_at = null where id = 30001`),
);

type Who = Parameters<AdminWorld['call']>[0];
const [ADA, BEN] = ['/patients/40001/consents', '/patients/40002/consents'];
const BASIS = 'Signed form, protocol 17';
const NEXT_YEAR = '2999-06-30T23:59:59.000Z';
const LATER = '2999-12-31T00:00:00.000Z';
const PLACE = 'studyScopeConsents[0].scopeConsents[0].endsAt';

const say = (
  who: Who,
  path: string,
  consented: boolean,
  more: object = {},
  basis: string | undefined = BASIS,
) =>
  world.call(who, 'PATCH', path, {
    ...(who === 'mo' && basis !== undefined ? { basis } : {}),
    studyScopeConsents: [
      {
        studyId: 30001,
        scopeConsents: [{ codingSystem: OMH, codingCode: codeNames.glucose, consented, ...more }],
      },
    ],
  });
const shown = async (who: Who, path: string) =>
  (await world.call(who, 'GET', path)).body.studies[0]?.scopeConsents[0];
/** Newest first. */
const history = async (path: string) =>
  (await world.call('mo', 'GET', `${path}/history`)).body.results.map((line: Loose) => [
    line.decision,
    line.endsAt,
  ]);
const ended = () =>
  world.rows("update consent set ends_at = now() - interval '1 minute' where ends_at is not null");

it('a manager attests until a day: shown in the reply, the answers and the history', async () => {
  const { status, body } = await say('mo', BEN, true, { endsAt: '2999-07-01T01:59:59+02:00' });
  expect([status, body.studyScopeConsents]).toMatchObject([
    201,
    [{ consented: true, counts: true, confirmed: false, endsAt: NEXT_YEAR }],
  ]);
  expect(await shown('vic', BEN)).toMatchObject({ basis: BASIS, endsAt: NEXT_YEAR, counts: true });
  expect(await history(BEN)).toEqual([['permit', NEXT_YEAR]]);
});

it('after its end nobody reads or records by it, and the answer says that it does not count', async () => {
  await say('mo', BEN, true, { endsAt: NEXT_YEAR });
  const headers = { authorization: world.tokenOf('rivera')! };
  const record = (value: number) =>
    world.exchange.request('POST', '/FHIR/R5/Observation', {
      headers,
      body: glucose({ patientId: 40002, value }),
    });
  const total = async () =>
    (await world.exchange.request('GET', '/FHIR/R5/Observation?patient=40002', { headers })).json().total;
  expect([(await record(90)).statusCode, await total()]).toEqual([201, 1]);
  await ended();
  expect([(await record(91)).statusCode, await total()]).toEqual([403, 0]);
  expect(await shown('vic', BEN)).toMatchObject({ consented: true, counts: false });
  expect((await world.call('vic', 'GET', BEN)).body.consolidatedConsentedScopes).toEqual([]);
});

it('the person says so herself, in an app or by a link, and it is spelt in both key styles', async () => {
  expect((await say('ada', ADA, true, { endsAt: NEXT_YEAR })).body.studyScopeConsents).toMatchObject([
    { confirmed: true, endsAt: NEXT_YEAR },
  ]);
  expect(await shown('vic', ADA)).toMatchObject({ confirmed: true, endsAt: NEXT_YEAR });
  expect((await say('ben', BEN, true, { ends_at: NEXT_YEAR })).body.studyScopeConsents).toMatchObject([
    { confirmed: false, endsAt: NEXT_YEAR },
  ]);
});

it('never later than the study’s own end, which stands where none is said', async () => {
  await world.rows('update study set ends_at = $1 where id = 30001', NEXT_YEAR);
  expect((await say('ada', ADA, true, { endsAt: LATER })).body.studyScopeConsents[0].endsAt).toBe(NEXT_YEAR);
  expect((await say('ben', BEN, true)).body.studyScopeConsents[0].endsAt).toBe(NEXT_YEAR);
  // Which is no other answer: neither said again.
  await say('ada', ADA, true, { endsAt: LATER });
  await say('ben', BEN, true, { endsAt: null });
  expect([await history(ADA), await history(BEN)]).toEqual([
    [['permit', NEXT_YEAR]],
    [['permit', NEXT_YEAR]],
  ]);
});

describe('said again', () => {
  it('without an end it changes nothing; with another end, or none, it is another answer', async () => {
    await say('ada', ADA, true, { endsAt: NEXT_YEAR });
    expect((await say('ada', ADA, true)).body.studyScopeConsents[0].endsAt).toBe(NEXT_YEAR);
    await say('ada', ADA, true, { endsAt: NEXT_YEAR });
    expect(await history(ADA)).toEqual([['permit', NEXT_YEAR]]);
    await say('ada', ADA, true, { endsAt: LATER });
    expect((await say('ada', ADA, true, { endsAt: null })).body.studyScopeConsents[0].endsAt).toBeNull();
    expect(await history(ADA)).toEqual([
      ['permit', null],
      ['permit', LATER],
      ['permit', NEXT_YEAR],
    ]);
  });

  it('by a manager, another end needs a ground like every attested yes', async () => {
    await say('mo', BEN, true, { endsAt: NEXT_YEAR });
    const refused = await say('mo', BEN, true, { endsAt: LATER }, '');
    expect([refused.status, Object.keys(refused.body)]).toEqual([400, ['basis']]);
    expect((await say('mo', BEN, true, { endsAt: LATER })).body.studyScopeConsents[0].endsAt).toBe(LATER);
  });

  it('nobody else makes her own yes longer or shorter', async () => {
    await say('ada', ADA, true, { endsAt: NEXT_YEAR });
    for (const endsAt of [LATER, '2998-01-01T00:00:00Z', null]) {
      expect((await say('mo', ADA, true, { endsAt })).status).toBe(403);
    }
    expect(await history(ADA)).toEqual([['permit', NEXT_YEAR]]);
  });

  it.each([
    ['ada', ADA],
    ['mo', BEN],
    ['ben', BEN],
  ] as const)('after its end it is a new answer: %s', async (who, path) => {
    await say(who, path, true, { endsAt: NEXT_YEAR });
    await ended();
    expect((await say(who, path, true)).body.studyScopeConsents).toMatchObject([
      { counts: true, endsAt: null },
    ]);
    expect(await history(path)).toEqual([
      ['permit', null],
      ['permit', NEXT_YEAR],
    ]);
  });

  it('a no has none, whatever the yes had', async () => {
    await say('ada', ADA, true, { endsAt: NEXT_YEAR });
    expect((await say('ada', ADA, false, { endsAt: null })).body.studyScopeConsents[0].endsAt).toBeNull();
    expect(await shown('vic', ADA)).toMatchObject({ consented: false, endsAt: null });
  });
});

describe('refused, with nothing recorded', () => {
  it.each<[string, boolean, unknown, string]>([
    ['an end in the past', true, '2001-01-01T00:00:00Z', 'This end is in the past.'],
    ['an end of a no', false, NEXT_YEAR, 'Only a yes has an end.'],
    ['a day without a time', true, '2999-06-30', 'Enter a date and time with a time zone.'],
    ['a time without a zone', true, '2999-06-30T12:00:00', 'Enter a date and time with a time zone.'],
    ['no moment at all', true, 5, 'Enter a date and time with a time zone.'],
  ])('%s', async (_name, consented, endsAt, message) => {
    for (const [who, path] of [
      ['mo', BEN],
      ['ben', BEN],
      ['ada', ADA],
    ] as const) {
      expect(await say(who, path, consented, { endsAt })).toEqual({
        status: 400,
        body: { [PLACE]: [message] },
      });
    }
    expect(await world.rows('select from consent')).toEqual([]);
    expect(await world.rows('select from consent_event')).toEqual([]);
  });
});
