/**
 * What a chart is drawn from, on real SQL: nothing that may be read is left out without a word, the newest reading least of
 * all; units are brought together; errors and readings without a time or number are counted and not drawn; the clock of the
 * readings comes along.
 */
import { randomUUID } from 'node:crypto';
import { afterAll, beforeAll, describe, expect, it, test } from 'vitest';
import { codes, OMH, patients } from '../../../../../tests/worlds/two-organizations.ts';
import { type AdminWorld, type Loose, openAdminWorld } from '../admin-world.test-data.ts';

const ADA = patients.ada;
const GLUCOSE = 'omh:blood-glucose:4.0';
const MORE = {
  'omh:blood-pressure:4.0': 51001,
  'omh:body-temperature:4.0': 51002,
  'omh:step-count:3.0': 51003,
  'ieee:food-entry:0.1': 51004,
  'omh:rr-interval:1.0': 51005,
} as const;
const SOURCE = 71001;
let world: AdminWorld;

beforeAll(async () => {
  world = await openAdminWorld();
  const catalogue = Object.entries(MORE);
  await world.rows(
    "insert into data_source (id, name, type) values ($1, 'All in one', 'personal_device')",
    SOURCE,
  );
  for (const [code, id] of catalogue)
    await world.rows('insert into code (id, system, code, text) values ($1, $2, $3, $3)', id, OMH, code);
  const ids = [codes.glucose, ...catalogue.map(([, id]) => id)];
  await world.rows(
    'insert into data_source_code (data_source_id, code_id) select $1, unnest($2::bigint[])',
    SOURCE,
    ids,
  );
  await world.rows(
    'insert into requested_code (study_id, code_id) select 30001, unnest($1::bigint[]) on conflict do nothing',
    ids,
  );
  await world.rows(
    `insert into consent (patient_id, study_id, code_id, permitted, opens, own, decided_at, recorded_by)
     select $1, 30001, unnest($2::bigint[]), true, true, true, now(), 10001 on conflict do nothing`,
    ADA,
    ids,
  );
});
afterAll(() => world?.close());

type Frame = object | string;
const frameOf = (at: Frame) => (typeof at === 'string' ? { date_time: at } : at);
const period = (start_date_time: string, end_date_time: string): Frame => ({
  time_interval: { start_date_time, end_date_time },
});

/** A reading as an app would send it. */
function reading(code: string, body: object, at: Frame, status = 'final') {
  const [namespace, name, version] = code.split(':');
  const dataPoint = {
    header: {
      uuid: randomUUID(),
      schema_id: { namespace, name, version },
      source_creation_date_time: '2026-03-01T08:00:00-08:00',
      modality: 'sensed',
    },
    body: { ...body, ...(at === '' ? {} : { effective_time_frame: frameOf(at) }) },
  };
  return {
    resourceType: 'Observation',
    status,
    code: { coding: [{ system: OMH, code }] },
    subject: { reference: `Patient/${ADA}` },
    device: { reference: `Device/${SOURCE}` },
    valueAttachment: {
      contentType: 'application/json',
      data: Buffer.from(JSON.stringify(dataPoint)).toString('base64'),
    },
  };
}
const glucose = (value: number, at: Frame, { unit = 'mg/dL', status = 'final' } = {}) =>
  reading(GLUCOSE, { blood_glucose: { value, unit } }, at, status);

/** Ada has these readings, and no others. */
async function given(...readings: object[]): Promise<void> {
  await world.rows('delete from observation');
  await world.rows('delete from series');
  if (readings.length === 0) return;
  const entry = readings.map((resource) => ({ resource, request: { method: 'POST', url: 'Observation' } }));
  const reply = await world.exchange.request('POST', '/FHIR/R5', {
    token: world.tokenOf('ada')!.slice('Bearer '.length),
    body: { resourceType: 'Bundle', type: 'batch', entry },
  });
  const statuses = reply.json().entry.map((one: Loose) => one.response.status.slice(0, 3));
  expect(statuses, reply.body).toEqual(readings.map(() => '201'));
}

const chart = async (code: number, query = '', who: 'rivera' | 'ada' = 'rivera'): Promise<Loose> => {
  const { status, body } = await world.call(who, 'GET', `/patients/${ADA}/series/${code}/values${query}`);
  expect(status, JSON.stringify(body)).toBe(200);
  return body;
};
const listed = async (code: number): Promise<Loose> =>
  (await world.call('rivera', 'GET', `/patients/${ADA}/series`)).body.find(
    (one: Loose) => one.codeId === code,
  );
const ms = (text: string) => Date.parse(text);

const NINE = '2026-03-01T09:00:00-08:00';
const TEN = '2026-03-01T10:00:00-08:00';
const ELEVEN = '2026-03-01T11:00:00-08:00';

type Case = [name: string, readings: object[], code: number, query: string, expected: Loose];
const cases: Case[] = [
  [
    'readings in the order of their time',
    [glucose(110, TEN), glucose(100, NINE), glucose(120, ELEVEN)],
    codes.glucose,
    '',
    {
      unit: 'mg/dL',
      count: 3,
      points: [
        [ms(NINE), 100],
        [ms(TEN), 110],
        [ms(ELEVEN), 120],
      ],
      others: [],
    },
  ],
  [
    'from a time on, and before another',
    [glucose(100, NINE), glucose(110, TEN), glucose(120, ELEVEN)],
    codes.glucose,
    `?from=${encodeURIComponent(TEN)}&to=${encodeURIComponent(ELEVEN)}`,
    { points: [[ms(TEN), 110]], from: new Date(TEN).toISOString(), to: new Date(ELEVEN).toISOString() },
  ],
  [
    'one that was entered in error is counted and not drawn',
    [glucose(100, NINE), glucose(900, TEN, { status: 'entered-in-error' })],
    codes.glucose,
    '',
    { count: 1, points: [[ms(NINE), 100]], leftOut: { enteredInError: 1, undated: 0, withoutNumber: 0 } },
  ],
  [
    'mmol/L among mg/dL is converted, however new it is',
    [glucose(100, NINE), glucose(5, TEN, { unit: 'mmol/L' })],
    codes.glucose,
    '',
    {
      unit: 'mg/dL',
      points: [
        [ms(NINE), 100],
        [ms(TEN), expect.closeTo(90.08, 2)],
      ],
      converted: [{ unit: 'mmol/L', count: 1 }],
      others: [],
    },
  ],
  [
    'all of it in the unit that was asked for',
    [glucose(180.16, NINE), glucose(5, TEN, { unit: 'mmol/L' })],
    codes.glucose,
    '?unit=mmol/L',
    {
      unit: 'mmol/L',
      points: [
        [ms(NINE), expect.closeTo(10, 3)],
        [ms(TEN), 5],
      ],
      converted: [{ unit: 'mg/dL', count: 1 }],
    },
  ],
  [
    'Fahrenheit becomes Celsius',
    [reading('omh:body-temperature:4.0', { body_temperature: { value: 98.6, unit: 'F' } }, NINE)],
    MORE['omh:body-temperature:4.0'],
    '',
    { unit: 'C', points: [[ms(NINE), expect.closeTo(37, 6)]], converted: [{ unit: 'F', count: 1 }] },
  ],
  [
    'what no conversion brings together is a line of its own',
    [
      reading(
        'ieee:food-entry:0.1',
        { food_name: 'Bread', food_amount: { value: 1 }, carbohydrate: { value: 30, unit: 'g' } },
        NINE,
      ),
      reading(
        'ieee:food-entry:0.1',
        { food_name: 'Soup', food_amount: { value: 1 }, calories: { value: 200, unit: 'kcal' } },
        TEN,
      ),
    ],
    MORE['ieee:food-entry:0.1'],
    '',
    {
      unit: 'g',
      count: 1,
      points: [[ms(NINE), 30]],
      others: [{ unit: 'kcal', count: 1, points: [[ms(TEN), 200]] }],
    },
  ],
  [
    'one without a number is counted and not drawn',
    [reading('ieee:food-entry:0.1', { food_name: 'Bread', food_amount: { value: 1 } }, NINE)],
    MORE['ieee:food-entry:0.1'],
    '',
    { count: 0, points: [], leftOut: { enteredInError: 0, undated: 0, withoutNumber: 1 } },
  ],
  [
    'one without a time is counted and not drawn',
    [reading('omh:rr-interval:1.0', { rr_interval: { value: 800, unit: 'ms' } }, '')],
    MORE['omh:rr-interval:1.0'],
    '',
    { count: 0, points: [], leftOut: { enteredInError: 0, undated: 1, withoutNumber: 0 } },
  ],
  [
    'a blood pressure has both of its values',
    [
      reading(
        'omh:blood-pressure:4.0',
        {
          systolic_blood_pressure: { value: 121, unit: 'mmHg' },
          diastolic_blood_pressure: { value: 79, unit: 'mmHg' },
        },
        NINE,
      ),
    ],
    MORE['omh:blood-pressure:4.0'],
    '',
    { unit: 'mmHg', parts: ['Systolic', 'Diastolic'], points: [[ms(NINE), 121, 79]] },
  ],
  [
    'a period that runs backwards stands where it began',
    [
      reading('omh:step-count:3.0', { step_count: { value: 50, unit: 'steps' } }, period(ELEVEN, NINE)),
      reading('omh:step-count:3.0', { step_count: { value: 70, unit: 'steps' } }, period(TEN, ELEVEN)),
    ],
    MORE['omh:step-count:3.0'],
    '',
    {
      points: [
        [ms(NINE), 50],
        [ms(TEN), 70],
      ],
    },
  ],
  [
    'the clock that the readings were written with, and where it changed',
    [
      glucose(100, '2026-03-01T09:00:00-08:00'),
      glucose(100, '2026-03-02T09:00:00-08:00'),
      glucose(100, '2026-03-03T09:00:00-05:00'),
    ],
    codes.glucose,
    '',
    {
      clock: [
        [ms('2026-03-01T09:00:00-08:00'), -480],
        [ms('2026-03-03T09:00:00-05:00'), -300],
      ],
    },
  ],
  [
    'a reading in UTC says nothing of the clock on the wall',
    [glucose(100, '2026-03-01T09:00:00Z'), glucose(100, TEN), glucose(100, '2026-03-02T09:00:00Z')],
    codes.glucose,
    '',
    { clock: [[ms(TEN), -480]] },
  ],
  ['no clock at all', [glucose(100, '2026-03-01T09:00:00Z')], codes.glucose, '', { clock: [] }],
];

describe('a chart has', () => {
  test.each(cases)('%s', async (_name, readings, code, query, expected) => {
    await given(...readings);
    expect(await chart(code, query)).toMatchObject(expected);
  });
});

describe('too many to draw each', () => {
  const MINUTE = 60_000;
  const start = ms('2026-01-01T00:00:00-08:00');
  const COUNT = 3_000;
  /** Five minutes apart, rising and falling; two peaks, an error, an older unit. */
  const fill = async () => {
    await given();
    await world.rows(
      `insert into observation (patient_id, id, code_id, data_point_uuid, status, effective_start, effective_offset, value,
         unit, data_point)
       select $1, 900000 + n, $2, gen_random_uuid(), case when n = 50 then 'entered-in-error' else 'final' end,
         to_timestamp($3::double precision / 1000 + n * 300), case when n = 2000 then null when n < 1500 then -480 else -420 end,
         case n when 50 then 999 when 700 then 400 when 701 then 41
           else case when n < 100 then 5 else 100 + n % 20 end end,
         case when n < 100 and n <> 50 then 'mmol/L' else 'mg/dL' end, '{}'
       from generate_series(0, $4::int - 1) n`,
      ADA,
      codes.glucose,
      start,
      COUNT,
    );
    await world.rows(
      `insert into series (patient_id, code_id, observations, first_effective, last_effective, last_arrival, mixed)
       select patient_id, code_id, count(*), min(effective_start), max(effective_start), now(), true
       from observation group by 1, 2`,
    );
  };
  const newest = start + (COUNT - 1) * 5 * MINUTE;

  it('are thinned, and the reply says so: lowest, highest and newest are there', async () => {
    await fill();
    const body = await chart(codes.glucose, '?most=200');
    expect(body.points.length).toBeLessThanOrEqual(200);
    expect(body.points.length).toBeGreaterThan(100);
    expect(body.everyMs).toBeGreaterThan(5 * MINUTE);
    expect(body.count).toBe(COUNT - 1);
    expect(body.points.at(-1)).toEqual([newest, 100 + ((COUNT - 1) % 20)]);
    const values = body.points.map(([, value]: number[]) => value);
    expect([Math.min(...values), Math.max(...values)]).toEqual([41, 400]);
    const times = body.points.map(([at]: number[]) => at);
    expect(times).toEqual([...new Set(times)].sort((a, b) => Number(a) - Number(b)));
    expect(times[0]).toBeLessThan(start + 100 * 5 * MINUTE);
    expect(body.converted).toEqual([{ unit: 'mmol/L', count: 99 }]);
    expect(body.leftOut.enteredInError).toBe(1);
    expect(body.clock).toEqual([
      [start, -480],
      [start + 1500 * 5 * MINUTE, -420],
    ]);
  });

  it('have the figures of all of them, by day on their own clock', async () => {
    const body = await chart(codes.glucose, '?most=200&limits=54,70,180.0001,250.0001');
    const days: Loose[] = body.days;
    expect(days.map(({ day }) => day)).toEqual([...new Set(days.map(({ day }) => day))].sort());
    expect(days[0].day).toBe('2026-01-01');
    expect(days.reduce((sum, { count }) => sum + count, 0)).toBe(COUNT - 1);
    const classes = days.reduce(
      (sums: number[], { classes: of }) => sums.map((sum, i) => sum + of[i]),
      [0, 0, 0, 0, 0],
    );
    expect(classes).toEqual([1, 0, COUNT - 3, 0, 1]);
    const covered = days.reduce((sum, day) => sum + day.coveredMs, 0);
    expect(covered).toBe((COUNT - 1) * 5 * MINUTE + 15 * MINUTE);
    const [first] = days;
    expect(first.sum).toBeCloseTo(99 * 5 * 18.016 + sumOf(100, 288), 3);
    expect([first.count, first.min, first.max]).toEqual([287, expect.closeTo(90.08, 2), 119]);
  });
  /** The sum of the readings from n on, before another. */
  const sumOf = (from: number, to: number) => {
    let sum = 0;
    for (let n = from; n < to; n++) sum += 100 + (n % 20);
    return sum;
  };

  it('are each drawn again in a shorter time', async () => {
    const to = new Date(newest + 1).toISOString();
    const from = new Date(newest - 20 * 5 * MINUTE).toISOString();
    const body = await chart(codes.glucose, `?most=200&from=${from}&to=${to}`);
    expect([body.everyMs, body.days, body.points.length]).toEqual([null, null, 21]);
  });

  it('are thinned with both values of each', async () => {
    await given();
    await world.rows(
      `insert into observation (patient_id, id, code_id, data_point_uuid, effective_start, value, second_value, unit, data_point)
       select $1, 900000 + n, $2, gen_random_uuid(), to_timestamp($3::double precision / 1000 + n * 300),
         case n when 33 then 200 else 120 end, case n when 77 then 30 else 80 end, 'mmHg', '{}'
       from generate_series(0, 299) n`,
      ADA,
      MORE['omh:blood-pressure:4.0'],
      start,
    );
    const body = await chart(MORE['omh:blood-pressure:4.0'], '?most=20', 'ada');
    const has = (sys: number, dia: number) =>
      body.points.some(([, a, b]: number[]) => a === sys && b === dia);
    expect([has(200, 80), has(120, 30), body.points.length <= 20]).toEqual([true, true, true]);
    expect(body.days[0]).toMatchObject({ secondMin: 30, secondMax: 80 });
  });
});

describe('a series says', () => {
  it('from when on there is something, also when the oldest came last', async () => {
    await given(glucose(100, TEN));
    const entry = [{ resource: glucose(90, NINE), request: { method: 'POST', url: 'Observation' } }];
    await world.exchange.request('POST', '/FHIR/R5', {
      token: world.tokenOf('ada')!.slice('Bearer '.length),
      body: { resourceType: 'Bundle', type: 'batch', entry },
    });
    expect(await listed(codes.glucose)).toMatchObject({
      count: 2,
      firstEffective: new Date(NINE).toISOString(),
      lastEffective: new Date(TEN).toISOString(),
    });
  });

  it('the same of one upload, in whatever order', async () => {
    await given(glucose(100, TEN), glucose(100, ELEVEN), glucose(100, NINE));
    expect(await listed(codes.glucose)).toMatchObject({
      firstEffective: new Date(NINE).toISOString(),
      lastEffective: new Date(ELEVEN).toISOString(),
    });
  });

  it('the same of a period that runs backwards', async () => {
    await given(
      reading('omh:step-count:3.0', { step_count: { value: 50, unit: 'steps' } }, period(ELEVEN, NINE)),
    );
    expect(await listed(MORE['omh:step-count:3.0'])).toMatchObject({
      firstEffective: new Date(NINE).toISOString(),
      lastEffective: new Date(ELEVEN).toISOString(),
    });
  });

  it('which reading is the last, with its clock; an error is none', async () => {
    await given(
      glucose(100, NINE),
      glucose(5, TEN, { unit: 'mmol/L' }),
      glucose(900, ELEVEN, { status: 'entered-in-error' }),
    );
    expect((await listed(codes.glucose)).lastReading).toEqual({
      time: new Date(TEN).toISOString(),
      offsetMinutes: -480,
    });
  });

  it('that it is open to the reader, also before anything has arrived', async () => {
    await given();
    expect(await listed(codes.glucose)).toMatchObject({ count: 0, firstEffective: null, lastReading: null });
    expect(await chart(codes.glucose)).toMatchObject({ count: 0, points: [] });
    // Asked for, and declined; nobody else's either.
    expect(await listed(codes.heartRate)).toBeUndefined();
    const { body } = await world.call('root', 'GET', `/patients/${ADA}/series`);
    expect(body).toEqual([]);
  });

  it('in which units it can be drawn', async () => {
    await given();
    const units = async (code: number) => (await listed(code))?.units;
    expect(await units(codes.glucose)).toEqual(['mg/dL', 'mmol/L']);
    expect(await units(MORE['omh:blood-pressure:4.0'])).toEqual(['mmHg']);
  });
});

test.each([
  ['?unit=kg', 'unit'],
  ['?most=1', 'most'],
  ['?most=40000', 'most'],
  ['?limits=54,abc', 'limits'],
  ['?limits=70,54', 'limits'],
  ['?from=yesterday', 'from'],
  ['?from=2026-03-02T00:00:00Z&to=2026-03-01T00:00:00Z', 'to'],
])('%s is refused by its name', async (query, field) => {
  await given(glucose(100, NINE));
  const { status, body } = await world.call(
    'rivera',
    'GET',
    `/patients/${ADA}/series/${codes.glucose}/values${query}`,
  );
  expect([status, Object.keys(body)]).toEqual([400, [field]]);
});
