import fc from 'fast-check';
import { describe, expect, test } from 'vitest';
import { parseObservation } from './observation-validator.ts';

const reading = {
  resourceType: 'Observation',
  status: 'final',
  code: {
    coding: [{ system: 'https://w3id.org/openmhealth', code: 'omh:heart-rate:2.0', display: 'Heart rate' }],
  },
  subject: { reference: 'Patient/40001' },
  device: { reference: 'Device/70001' },
  effectiveDateTime: '2025-01-01T08:02:00-08:00',
  valueAttachment: { contentType: 'application/json', data: 'e30=' },
};
const quantity = { value: 72, unit: '/min', system: 'http://unitsofmeasure.org', code: '/min' };

/** The paths at fault when some elements of a good reading are replaced. */
const check = (change: Record<string, unknown>, paths: string[]) => {
  const result = parseObservation({ ...reading, ...change });
  expect(result.ok ? [] : result.issues.map(({ path }) => path)).toEqual(paths);
};

describe('parseObservation accepts', () => {
  test.each<[string, Record<string, unknown>]>([
    ['an Open mHealth reading', {}],
    ['every status', { status: 'entered-in-error' }],
    ['a quantity', { valueAttachment: undefined, valueQuantity: quantity }],
    [
      'components',
      {
        valueAttachment: undefined,
        component: [
          { code: { text: 'systolic' }, valueQuantity: quantity },
          { code: { text: 'diastolic' }, dataAbsentReason: { text: 'unknown' } },
        ],
      },
    ],
    ['a period instead of a time', { effectiveDateTime: undefined, effectivePeriod: { start: '2025-01' } }],
    ['extensions', { extension: [{ url: 'urn:x', extension: [{ url: 'y', valueBoolean: true }] }] }],
    ['an extension of a primitive', { _status: { extension: [{ url: 'urn:x', valueCode: 'a' }] } }],
    [
      'a choice with its extension, in either order',
      { valueAttachment: undefined, _valueString: { id: 'a' }, valueString: 'text' },
    ],
    [
      'a missing primitive in a list that has an extension',
      {
        extension: [
          {
            url: 'urn:name',
            valueHumanName: { given: ['Ada', null], _given: [null, { extension: [{ url: 'urn:x' }] }] },
          },
        ],
      },
    ],
    ['a contained resource', { contained: [{ resourceType: 'Device', id: 'd' }] }],
    ['line breaks in base64', { valueAttachment: { data: 'e3\r\n0=\n' } }],
    ['notes', { note: [{ authorString: 'Dr Rivera', time: '2025', text: 'resting' }] }],
    ['a timing', { effectiveDateTime: undefined, effectiveTiming: { repeat: { dayOfWeek: ['mon'] } } }],
    ['meta, language and narrative', { language: 'en', text: { status: 'empty', div: '<div/>' } }],
    ['an attachment size as string', { valueAttachment: { size: '12', url: 'https://example.org/a' } }],
    ['what triggered it', { triggeredBy: [{ observation: { reference: 'Observation/1' }, type: 'repeat' }] }],
  ])('%s', (_, change) => check(change, []));

  test('and returns the very value', () => {
    const result = parseObservation(reading);
    expect(result.ok && result.observation).toBe(reading);
  });
});

describe('parseObservation refuses', () => {
  test.each<[Record<string, unknown>, string[]]>([
    [{ resourceType: 'Patient' }, ['Observation.resourceType']],
    [{ resourceType: undefined }, ['Observation.resourceType']],
    [{ status: undefined }, ['Observation.status']],
    [{ status: null }, ['Observation.status']],
    [{ status: 'Final' }, ['Observation.status']],
    [{ status: ['final'] }, ['Observation.status']],
    [{ code: undefined }, ['Observation.code']],
    [{ code: {} }, ['Observation.code']],
    [{ code: { coding: [] } }, ['Observation.code.coding']],
    [{ code: { coding: {} } }, ['Observation.code.coding']],
    [{ code: { coding: [null] } }, ['Observation.code.coding[0]']],
    [{ code: { coding: [{ code: 'a' }, { code: ' b' }] } }, ['Observation.code.coding[1].code']],
    [{ code: { coding: [{ system: 'a b' }] } }, ['Observation.code.coding[0].system']],
    [{ code: { coding: [{ userSelected: 'true' }] } }, ['Observation.code.coding[0].userSelected']],
    [{ subject: [{ reference: 'Patient/1' }] }, ['Observation.subject']],
    [{ subject: 'Patient/1' }, ['Observation.subject']],
    [{ subject: { ref: 'Patient/1' } }, ['Observation.subject.ref']],
    [{ category: { text: 'vital-signs' } }, ['Observation.category']],
    [{ valueQuantity: quantity }, ['Observation']],
    [{ _valueString: { id: 'a' } }, ['Observation']],
    [{ effectivePeriod: { start: '2025' } }, ['Observation']],
    [{ effectiveDateTime: '2025-02-29' }, ['Observation.effectiveDateTime']],
    [{ effectiveDateTime: '2025-01-01T08:02:00' }, ['Observation.effectiveDateTime']],
    [{ effectiveDateTime: '2025-01-01T08:02Z' }, ['Observation.effectiveDateTime']],
    [{ effectiveDateTime: '2025-01-01T24:00:00Z' }, ['Observation.effectiveDateTime']],
    [{ effectiveDateTime: 20250101 }, ['Observation.effectiveDateTime']],
    [{ issued: '2025-01-01' }, ['Observation.issued']],
    [{ id: 'a/b' }, ['Observation.id']],
    [{ identifier: [{ use: 'mine' }] }, ['Observation.identifier[0].use']],
    [{ valueAttachment: { data: 'e30*' } }, ['Observation.valueAttachment.data']],
    [{ valueAttachment: undefined, valueQuantity: { value: '72' } }, ['Observation.valueQuantity.value']],
    [{ valueAttachment: undefined, valueInteger: 1.5 }, ['Observation.valueInteger']],
    [{ valueAttachment: undefined, valueString: '' }, ['Observation.valueString']],
    [{ valueAttachment: undefined, valueAddress: { text: 'x' } }, ['Observation.valueAddress']],
    [{ component: [{ valueString: 'x' }] }, ['Observation.component[0].code']],
    [{ note: [{ time: '2025' }] }, ['Observation.note[0].text']],
    [{ extension: [{ valueString: 'x' }] }, ['Observation.extension[0].url']],
    [{ _status: 'x' }, ['Observation._status']],
    [{ _code: { id: 'x' } }, ['Observation._code']],
    [{ _nothing: { id: 'x' } }, ['Observation._nothing']],
    [{ comment: 'x' }, ['Observation.comment']],
    [{ Status: 'final' }, ['Observation.Status']],
    [{ 'Ada Lovelace': 1 }, ['Observation']],
    [JSON.parse('{"__proto__x":1}'), ['Observation']],
    [{ status: 1, issued: 1 }, ['Observation.status', 'Observation.issued']],
  ])('%j', check);

  test.each([null, undefined, 1, 'x', [], true])('%j, which is no object', (value) => {
    expect(parseObservation(value).ok).toBe(false);
  });

  test('a key named __proto__', () => {
    const value = JSON.parse(JSON.stringify(reading).replace('{', '{"__proto__":{"status":"final"},'));
    expect(parseObservation(value).ok).toBe(false);
  });

  test('endless nesting, without a stack overflow', () => {
    let assigner: unknown = { display: 'end' };
    for (let depth = 0; depth < 20_000; depth++) assigner = { identifier: { assigner } };
    expect(parseObservation({ ...reading, subject: assigner }).ok).toBe(false);
  });

  test('with at most 20 issues, none of which repeats a value', () => {
    const secret = 'Q7-marker';
    const result = parseObservation({
      ...reading,
      status: secret,
      effectiveDateTime: secret,
      [`${secret} key`]: secret,
      category: Array.from({ length: 100 }, () => secret),
    });
    expect(result.ok).toBe(false);
    if (result.ok) return;
    expect(result.issues).toHaveLength(20);
    expect(JSON.stringify(result.issues)).not.toContain(secret);
  });

  test('a long run of white space quickly', () => {
    const start = performance.now();
    const data = `AAAA${' '.repeat(500_000)}!`;
    expect(parseObservation({ ...reading, valueAttachment: { data } }).ok).toBe(false);
    expect(performance.now() - start).toBeLessThan(1000);
  });
});

describe('parseObservation never throws', () => {
  test('on anything', () => {
    fc.assert(
      fc.property(fc.anything({ withNullPrototype: true, withBigInt: true, withMap: true }), (value) => {
        expect(parseObservation(value).ok).toBe(false);
      }),
    );
  });

  test('on an Observation with anything in its elements', () => {
    const names = fc.oneof(
      fc.constantFrom(
        'status',
        'code',
        'subject',
        '_status',
        'note',
        'component',
        'valueString',
        'extension',
      ),
      fc.string(),
    );
    fc.assert(
      fc.property(fc.dictionary(names, fc.jsonValue()), (change) => {
        expect(typeof parseObservation({ ...reading, ...change }).ok).toBe('boolean');
      }),
    );
  });
});
