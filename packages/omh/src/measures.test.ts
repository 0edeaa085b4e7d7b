import { describe, expect, expectTypeOf, it } from 'vitest';
import {
  type BodyOf,
  bloodGlucose,
  findMeasure,
  IEEE_SYSTEM,
  isOmhSystem,
  loincFor,
  measures,
  OMH_SYSTEM,
  primaryValue,
  toUnit,
  ucumUnit,
  validateBody,
} from './index.ts';
import { samples } from './samples.test-data.ts';

type Edit = Readonly<Record<string, unknown>>;

/** The faults of a sample with some members replaced (undefined removes one), as `path` strings. */
function faults(code: string, edit: Edit): readonly string[] {
  const result = validateBody(measures.get(code)!, { ...samples[code], ...edit });
  return result.ok ? [] : result.issues.map((issue) => issue.path);
}

const check = (code: string, edit: Edit, ...paths: string[]) => expect(faults(code, edit)).toEqual(paths);

const instant = { date_time: '2026-03-01T08:00:00Z' };
const interval = {
  time_interval: { start_date_time: '2026-03-01T08:00:00Z', end_date_time: '2026-03-01T09:00:00Z' },
};
const partOfDay = { time_interval: { date: '2026-03-01', part_of_day: 'night' } };

describe('every measure', () => {
  it.each([...measures.keys()])('%s', (code) => {
    const measure = measures.get(code)!;
    check(code, {});
    check(code, { something_of_the_maker: { nested: [1, 'two', null] } });
    for (const name of measure.jsonSchema.required as string[])
      check(code, { [name]: undefined }, `body.${name}`);
    for (const name of Object.keys(samples[code]!)) check(code, { [name]: null }, `body.${name}`);
    expect(`${measure.schemaId.namespace}:${measure.schemaId.name}:${measure.schemaId.version}`).toBe(code);
    expect(faults(code, { effective_time_frame: interval })).toEqual([]);
    expect(faults(code, { effective_time_frame: instant }).length === 0).toBe(measure.kind === 'either');
    for (const unit of measure.units) expect(ucumUnit(unit)).not.toBeNull();
    const [shown, ...others] = measure.shownIn;
    for (const unit of others) expect(toUnit({ value: 1, unit: shown! }, unit)).not.toBeNull();
    for (const { member } of measure.parts) expect(measure.primary).toContain(member);
    expect(measure.secondValue(samples[code]) === null).toBe(measure.parts.length === 0);
  });

  it('covers the seeded codes, the meal and the IEEE activity', () => {
    expect(Object.keys(samples).sort()).toEqual([...measures.keys()].sort());
    expect(measures.size).toBe(17);
  });
});

describe('time frames', () => {
  const frame = 'body.effective_time_frame';
  const start_date_time = '2026-03-01T08:00:00Z';
  const end_date_time = '2026-03-01T09:00:00Z';
  const duration = { value: 1, unit: 'h' };
  it.each<[string, string, unknown, string[]]>([
    ['both kinds', 'omh:blood-glucose:4.0', { ...instant, ...interval }, [frame]],
    ['neither kind', 'omh:blood-glucose:4.0', {}, [frame]],
    [
      'all three edges',
      'omh:step-count:3.0',
      { time_interval: { start_date_time, end_date_time, duration } },
      [`${frame}.time_interval`],
    ],
    [
      'only a start',
      'omh:step-count:3.0',
      { time_interval: { start_date_time } },
      [`${frame}.time_interval`],
    ],
    ['end and duration', 'omh:step-count:3.0', { time_interval: { end_date_time, duration } }, []],
    ['interval beside instant', 'omh:step-count:3.0', { ...interval, ...instant }, [`${frame}.date_time`]],
    ['instant for interval', 'omh:step-count:3.0', instant, [`${frame}.time_interval`]],
    [
      'UCUM duration unit',
      'omh:heart-rate:2.0',
      { time_interval: { start_date_time, duration: { value: 1, unit: 's' } } },
      [`${frame}.time_interval.duration.unit`],
    ],
    ['part of day, Open mHealth', 'omh:heart-rate:2.0', partOfDay, []],
    ['part of day, IEEE', 'omh:blood-glucose:4.0', partOfDay, [`${frame}.time_interval`]],
    [
      'unknown part of day',
      'omh:heart-rate:2.0',
      { time_interval: { date: '2026-03-01', part_of_day: 'noon' } },
      [`${frame}.time_interval.part_of_day`],
    ],
    [
      'no such date',
      'omh:heart-rate:2.0',
      { time_interval: { date: '2026-02-29', part_of_day: 'night' } },
      [`${frame}.time_interval.date`],
    ],
    ['no zone', 'omh:blood-glucose:4.0', { date_time: '2026-03-01T08:00:00' }, [`${frame}.date_time`]],
    ['a day only, meal', 'ieee:food-entry:0.1', { full_date: '2026-03-01' }, []],
    ['a day only, glucose', 'omh:blood-glucose:4.0', { full_date: '2026-03-01' }, [frame]],
    ['absent, RR interval', 'omh:rr-interval:1.0', undefined, []],
  ])('%s', (_name, code, effective_time_frame, paths) => check(code, { effective_time_frame }, ...paths));
});

describe('single members', () => {
  it.each<[string, Edit, string[]]>([
    [
      'omh:blood-glucose:4.0',
      { blood_glucose: { value: '112', unit: 'mg/dl' } },
      ['body.blood_glucose.value', 'body.blood_glucose.unit'],
    ],
    [
      'omh:blood-glucose:4.0',
      { blood_glucose: { value: Number.NaN, unit: 'mg/dL' } },
      ['body.blood_glucose.value'],
    ],
    ['omh:blood-glucose:4.0', { extra: Number.POSITIVE_INFINITY }, ['body']],
    ['omh:heart-rate:2.0', { heart_rate: { value: 61, unit: 'bpm' } }, ['body.heart_rate.unit']],
    ['omh:step-count:3.0', { descriptive_statistic: 'count' }, ['body.descriptive_statistic']],
    ['omh:sleep-duration:2.0', { sleep_duration: { value: 1, unit: 'd' } }, ['body.sleep_duration.unit']],
    ['omh:sleep-episode:1.1', { number_of_awakenings: 1.5 }, ['body.number_of_awakenings']],
    [
      'ieee:sleep-stage-summary:1.0',
      { sleep_stage_episodes: [{ sleep_stage_state: 'REM', sleep_stage_time_frame: interval }] },
      ['body.sleep_stage_episodes[0].sleep_stage_state'],
    ],
    ['ieee:physical-activity:1.0', { base_movement_quantity: { value: 3, unit: 'somersaults' } }, []],
    ['ieee:food-entry:0.1', { food_amount: { value: 2 } }, []],
    ['ieee:food-entry:0.1', { food_amount: { value: 2, of: 'slices' } }, ['body.food_amount']],
    ['ieee:food-entry:0.1', { food_amount: { value: 2, unit: 'm' } }, ['body.food_amount.unit']],
  ])('%s %j', (code, edit, paths) => check(code, edit, ...paths));
});

describe('facts', () => {
  it('finds a code under either system and under no other', () => {
    expect(findMeasure(OMH_SYSTEM, 'ieee:sleep-stage-summary:1.0')?.system).toBe(IEEE_SYSTEM);
    expect(findMeasure(IEEE_SYSTEM, 'omh:heart-rate:2.0')?.display).toBe('Heart Rate');
    expect(findMeasure('http://loinc.org', 'omh:heart-rate:2.0')).toBeUndefined();
    expect(findMeasure(OMH_SYSTEM, 'omh:heart-rate:1.0')).toBeUndefined();
    expect([OMH_SYSTEM, IEEE_SYSTEM, `${OMH_SYSTEM}/`].map(isOmhSystem)).toEqual([true, true, false]);
  });

  it.each([
    ['omh:blood-pressure:4.0', { value: 121, unit: 'mmHg' }],
    ['ieee:sleep-stage-summary:1.0', { value: 7.5, unit: 'h' }],
    ['ieee:food-entry:0.1', { value: 27, unit: 'g' }],
  ])('primary value of %s', (code, value) => {
    expect(primaryValue(measures.get(code)!, samples[code])).toEqual(value);
    expect(primaryValue(measures.get(code)!, { blood_glucose: 'high' })).toBeNull();
    expect(primaryValue(measures.get(code)!, null)).toBeNull();
  });

  it.each([
    ['mg/dL', 'interstitial fluid', ['99504-3']],
    ['mmol/L', 'interstitial fluid', ['105272-9']],
    ['mg/dL', 'capillary blood', ['41653-7']],
    ['mmol/L', undefined, []],
  ])('LOINC of glucose in %s from %s', (unit, specimen_source, codes) => {
    const facts = loincFor(bloodGlucose, { blood_glucose: { value: 1, unit }, specimen_source });
    expect(facts.map((fact) => fact.code)).toEqual(codes);
  });

  it('knows the type of a body from its definition', () => {
    type Body = BodyOf<typeof bloodGlucose>;
    expectTypeOf<Body['blood_glucose']['unit']>().toEqualTypeOf<'mg/dL' | 'mmol/L'>();
    expectTypeOf<undefined>().not.toExtend<Body['effective_time_frame']>();
    expectTypeOf<{ date_time: string }>().toExtend<Body['effective_time_frame']>();
    expectTypeOf<Record<never, never>>().not.toExtend<Body['effective_time_frame']>();
    expectTypeOf<undefined>().not.toExtend<Body['specimen_source']>;
    expect(bloodGlucose.units).toEqual(['mg/dL', 'mmol/L']);
  });
});
