import fc from 'fast-check';
import { describe, expect, it } from 'vitest';
import { bloodGlucose, type Measure, makeDataPoint, measures, parseDataPoint } from './index.ts';
import { samples } from './samples.test-data.ts';

const uuid = '5f0c6c3e-3f39-4b1f-9a55-0d7f0b8d6a11';
const createdAt = '2026-03-01T08:00:05-05:00';

const pointOf = (measure: Measure) =>
  makeDataPoint({ measure, uuid, createdAt, modality: 'sensed', body: samples[measure.code] });

/** The paths at fault in a glucose point whose header has some members replaced. */
function headerFaults(edit: Readonly<Record<string, unknown>>): readonly string[] {
  const point = pointOf(bloodGlucose);
  const result = parseDataPoint(bloodGlucose, { ...point, header: { ...point.header, ...edit } });
  return result.ok ? [] : result.issues.map((issue) => issue.path);
}

const schema_id = { namespace: 'omh', name: 'blood-glucose', version: '4.0' };

describe('header', () => {
  it.each<[string, Readonly<Record<string, unknown>>, string[]]>([
    ['as made', {}, []],
    ['extra members', { acquisition_provenance: { source_name: 'meter' }, user_id: 'x' }, []],
    ['no uuid', { uuid: undefined }, ['header.uuid']],
    ['not a uuid', { uuid: 'reading-1' }, ['header.uuid']],
    ['uuid with a prefix', { uuid: `urn:uuid:${uuid}` }, ['header.uuid']],
    ['upper case uuid', { uuid: uuid.toUpperCase() }, []],
    ['other measure', { schema_id: { ...schema_id, name: 'heart-rate' } }, ['header.schema_id.name']],
    ['other version', { schema_id: { ...schema_id, version: '4.x' } }, ['header.schema_id.version']],
    ['other namespace', { schema_id: { ...schema_id, namespace: 'ieee' } }, ['header.schema_id.namespace']],
    [
      'zone-less creation',
      { source_creation_date_time: '2026-03-01T08:00:05' },
      ['header.source_creation_date_time'],
    ],
    [
      'impossible creation',
      { source_creation_date_time: '2026-02-30T08:00:05Z' },
      ['header.source_creation_date_time'],
    ],
    ['unknown modality', { modality: 'guessed' }, ['header.modality']],
    ['hertz', { acquisition_rate: { value: 50, unit: 'Hz' } }, []],
    [
      'times in a window',
      { acquisition_rate: { number_of_times: 1, time_window: { value: 5, unit: 'min' } } },
      [],
    ],
    [
      'window range',
      { acquisition_rate: { number_of_times: 1, time_window: { low_value: 4, high_value: 5, unit: 'min' } } },
      [],
    ],
    ['times without window', { acquisition_rate: { number_of_times: 1 } }, ['header.acquisition_rate']],
    [
      'datasheet',
      { external_datasheets: [{ datasheet_type: 'manufacturer', datasheet_reference: 'iHealth' }] },
      [],
    ],
    [
      'datasheet without reference',
      { external_datasheets: [{ datasheet_type: 'm' }] },
      ['header.external_datasheets[0].datasheet_reference'],
    ],
    ['datasheets not a list', { external_datasheets: {} }, ['header.external_datasheets']],
  ])('%s', (_name, edit, paths) => expect(headerFaults(edit)).toEqual(paths));

  it('refuses the older Open mHealth header', () => {
    const header = { id: uuid, creation_date_time: createdAt, schema_id };
    const result = parseDataPoint(bloodGlucose, { header, body: samples[bloodGlucose.code] });
    expect(result.ok ? [] : result.issues.map((issue) => issue.path)).toEqual([
      'header.uuid',
      'header.source_creation_date_time',
    ]);
  });

  it('refuses a bare body, and anything that is not an object', () => {
    for (const value of [samples[bloodGlucose.code], [], null, 'x', 3, true, undefined]) {
      expect(parseDataPoint(bloodGlucose, value).ok).toBe(false);
    }
  });
});

describe('hostile documents', () => {
  it('refuses deep nesting without overflowing the stack, wherever it hides', () => {
    const deep = JSON.parse(`${'['.repeat(100_000)}${']'.repeat(100_000)}`);
    const point = pointOf(bloodGlucose);
    const places = [
      { ...point, extra: deep },
      { ...point, header: { ...point.header, extra: deep } },
      { ...point, body: { ...bodyOf(point), extra: deep } },
      { ...point, body: { ...bodyOf(point), blood_glucose: deep } },
      deep,
    ];
    for (const place of places) expect(parseDataPoint(bloodGlucose, place).ok).toBe(false);
  });

  it('does not list faults without end', () => {
    const sleep = measures.get('ieee:sleep-stage-summary:1.0')!;
    const point = pointOf(sleep);
    const body = { ...bodyOf(point), sleep_stage_episodes: Array.from({ length: 100_000 }, () => ({})) };
    const result = parseDataPoint(sleep, { ...point, body });
    expect(result.ok ? 0 : result.issues.length).toBeLessThanOrEqual(50);
  });

  it('answers quickly to a flood of bad extra members', () => {
    const deep = JSON.parse(`${'['.repeat(40)}${']'.repeat(40)}`);
    const flood = Object.fromEntries(Array.from({ length: 20_000 }, (_, i) => [`extra${i}`, deep]));
    const body = { ...bodyOf(pointOf(bloodGlucose)), ...flood };
    const result = parseDataPoint(bloodGlucose, { ...pointOf(bloodGlucose), body });
    expect(result.ok ? [] : result.issues.map((issue) => issue.path)).toEqual(['body']);
  });

  it('never repeats what was sent', () => {
    const secret = 'Zxqv-marker';
    const point = pointOf(bloodGlucose);
    const body = {
      blood_glucose: { value: secret, unit: secret },
      effective_time_frame: { date_time: secret },
      [secret]: Number.NaN,
    };
    const result = parseDataPoint(bloodGlucose, {
      ...point,
      header: { uuid: secret, modality: secret },
      body,
    });
    expect(result.ok).toBe(false);
    expect(JSON.stringify(result)).not.toContain(secret);
    expect(JSON.stringify(result)).toContain('must be one of: mg/dL, mmol/L');
  });
});

const bodyOf = (point: { body: unknown }) => point.body as Record<string, unknown>;

describe('properties', () => {
  it('answers any JSON value and never throws', () => {
    fc.assert(
      fc.property(fc.constantFrom(...measures.values()), fc.jsonValue(), fc.jsonValue(), (measure, a, b) => {
        const wrapped = { header: a, body: { ...samples[measure.code], effective_time_frame: b } };
        for (const value of [a, { header: a, body: b }, wrapped]) {
          const result = parseDataPoint(measure, value);
          if (!result.ok) expect(result.issues.length).toBeGreaterThan(0);
        }
      }),
      { numRuns: 300 },
    );
  });

  it('keeps a valid point valid through JSON', () => {
    const arbitrary = fc.record({
      measure: fc.constantFrom(...measures.values()),
      uuid: fc.uuid(),
      when: fc.date({ min: new Date('0001-01-02'), max: new Date('9999-12-30'), noInvalidDate: true }),
      extra: fc.jsonValue({ maxDepth: 5 }),
    });
    fc.assert(
      fc.property(arbitrary, ({ measure, uuid, when, extra }) => {
        const body = { ...samples[measure.code], maker: extra };
        const point = makeDataPoint({ measure, uuid, createdAt: when.toISOString(), body });
        const again: unknown = JSON.parse(JSON.stringify(point));
        expect(parseDataPoint(measure, again)).toEqual({ ok: true, dataPoint: again });
      }),
      { numRuns: 300 },
    );
  });
});

describe('makeDataPoint', () => {
  it('names the measure in the header and refuses what it could not parse', () => {
    expect(pointOf(bloodGlucose).header).toEqual({
      uuid,
      schema_id,
      source_creation_date_time: createdAt,
      modality: 'sensed',
    });
    const body = {
      blood_glucose: { value: 5, unit: 'mmol/L' },
      effective_time_frame: { date_time: 'today' },
    } as const;
    // @ts-expect-error a body without a time is no glucose body
    expect(() => makeDataPoint({ measure: bloodGlucose, uuid, createdAt, body: {} })).toThrow(RangeError);
    expect(() => makeDataPoint({ measure: bloodGlucose, uuid, createdAt, body })).toThrow(
      /^body\.effective_time_frame\.date_time: must be an RFC 3339/,
    );
  });
});
