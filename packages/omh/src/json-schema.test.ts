/**
 * Our checkers against Ajv, an independent reader of JSON Schema: on samples with one member changed, the checker and
 * the JSON Schema of the same definition must agree, and so must the published schemas (times apart) when at hand (they lie
 * outside the project, in ../shared/data beside the checkout; without them that half is skipped).
 */
import { existsSync, readdirSync, readFileSync } from 'node:fs';
import { Ajv } from 'ajv';
import addFormats from 'ajv-formats';
import fc from 'fast-check';
import { describe, expect, it } from 'vitest';
import { type Measure, makeDataPoint, measures, parseDataPoint, validateBody } from './index.ts';
import { samples } from './samples.test-data.ts';

/** Values that are right somewhere and wrong elsewhere. */
const oddities: readonly unknown[] = [
  null,
  true,
  'x',
  '',
  1.5,
  3,
  [],
  {},
  [{}],
  'h',
  '%',
  'kg',
  'average',
  'count',
  '2026-02-29',
  '2026-02-28',
  '2026-02-28T10:00:00Z',
  '2026-02-28T10:00:00',
  { value: 1 },
  { value: 1, unit: 'h' },
  { value: 2, unit: 'kg' },
  { date_time: '2026-02-28T10:00:00Z' },
  { date_time: '2026-02-28T10:00:00Z', time_interval: {} },
  { number_of_times: 2, time_window: { value: 1, unit: 'd' } },
];

/** Members added beside existing ones, to meet the rules about which may stand together. */
const additions = [
  ['duration', { value: 1, unit: 'h' }],
  ['end_date_time', '2026-03-05T10:00:00Z'],
  ['date_time', '2026-02-28T10:00:00Z'],
  ['full_date', '2026-02-28'],
  ['part_of_day', 'night'],
  ['date', '2026-02-28'],
  ['unknown', { deep: [1] }],
] as const;

type Json = Record<string, unknown>;

/** Every object and array inside a value, the value included. */
function containers(value: unknown): Json[] {
  if (typeof value !== 'object' || value === null) return [];
  return [value as Json, ...Object.values(value).flatMap(containers)];
}

/** A copy of a document with one or two members removed, replaced or added. */
function changed(document: unknown) {
  const edit = fc.record({
    at: fc.nat(),
    member: fc.nat(),
    deed: fc.constantFrom('remove', 'replace', 'add'),
    value: fc.constantFrom(...oddities),
    addition: fc.constantFrom(...additions),
  });
  return fc.array(edit, { maxLength: 2 }).map((edits) => {
    const copy: unknown = structuredClone(document);
    for (const { at, member, deed, value, addition } of edits) {
      const all = containers(copy);
      const container = all[at % all.length]!;
      const names = Object.keys(container);
      const name = names[member % Math.max(names.length, 1)];
      if (deed === 'add' && !Array.isArray(container)) container[addition[0]] = structuredClone(addition[1]);
      else if (name === undefined) continue;
      else if (deed === 'remove' && !Array.isArray(container)) delete container[name];
      else container[name] = structuredClone(value);
    }
    return copy;
  });
}

const newAjv = () => addFormats.default(new Ajv({ strict: false, allErrors: false }));

const pointOf = (measure: Measure) =>
  makeDataPoint({
    measure,
    uuid: '5f0c6c3e-3f39-4b1f-9a55-0d7f0b8d6a11',
    createdAt: '2026-03-01T08:00:05-05:00',
    modality: 'sensed',
    body: samples[measure.code],
  });

describe('the JSON Schema of a definition agrees with its checker', () => {
  it.each([...measures.values()])('$code', (measure) => {
    const validate = newAjv().compile(measure.dataPointSchema);
    fc.assert(
      fc.property(changed(pointOf(measure)), (point) => {
        expect([point, parseDataPoint(measure, point).ok]).toEqual([point, validate(point)]);
      }),
      { numRuns: 200 },
    );
  });
});

const root = new URL('../../../../shared/data/omh-schemas/', import.meta.url);
const present = existsSync(root);
if (!present) console.info('skipped: no published schemas in ../shared/data/omh-schemas');

const OMH_BASE = 'https://w3id.org/openmhealth/schemas/omh/';
const IEEE_BASE = 'https://w3id.org/ieee/ieee-1752-schema/';

/** Ajv with every published schema, under its versioned address. */
function published() {
  const ajv = newAjv();
  for (const path of readdirSync(root, { recursive: true, encoding: 'utf8' })) {
    if (!path.endsWith('.json')) continue;
    const schema = JSON.parse(readFileSync(new URL(path, root), 'utf8')) as Json;
    delete schema.$schema;
    delete schema.id;
    const name = path.slice(path.lastIndexOf('/') + 1);
    ajv.addSchema({ ...schema, $id: `${path.startsWith('omh') ? OMH_BASE : IEEE_BASE}${name}` });
  }
  return ajv;
}

describe.skipIf(!present)('the published schema agrees with our definition', () => {
  const ajv = present ? published() : newAjv();
  it.each([...measures.values()])('$code', (measure) => {
    const { namespace, name, version } = measure.schemaId;
    const validate = ajv.getSchema(`${namespace === 'omh' ? OMH_BASE : IEEE_BASE}${name}-${version}.json`)!;
    fc.assert(
      fc.property(changed(samples[measure.code]), (body) => {
        const result = validateBody(measure, body);
        const faults = result.ok ? [] : result.issues.map((issue) => issue.path);
        // Only about times are we stricter: days must exist, and a member of the shape not chosen must be well-formed.
        const strict = faults.length > 0 && faults.every((path) => path.includes('time_frame'));
        expect([body, result.ok || (strict && validate(body))]).toEqual([body, validate(body)]);
      }),
      { numRuns: 300 },
    );
  });
});
