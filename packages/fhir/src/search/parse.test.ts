import fc from 'fast-check';
import { describe, expect, test } from 'vitest';
import { SEARCH_DEFINITIONS } from './definitions.ts';
import { parseSearch } from './parse.ts';

const base = 'https://jhe.example.org/FHIR/R5';
type Type = keyof typeof SEARCH_DEFINITIONS;
type Handling = 'strict' | 'lenient';
const parse = (type: Type, query: string, handling: Handling = 'strict') =>
  parseSearch(SEARCH_DEFINITIONS[type], new URLSearchParams(query), { base, handling });

/** The filters of a query; fails with the issues when there are any. */
const check = (type: Type, query: string, filters: unknown[]) => {
  const result = parse(type, query);
  expect(result).toMatchObject({ ok: true });
  expect(result.ok && result.search.filters).toEqual(filters);
};
const patients = (...ids: string[]) => ({ type: 'reference', name: 'patient', target: 'Patient', ids });
const study = (...ids: string[]) => ({ type: 'reference', name: 'study', target: 'Group', ids });
const organization = (...ids: string[]) => ({
  type: 'reference',
  name: 'organization',
  target: 'Organization',
  ids,
});
const code = (...codes: string[]) => ({
  type: 'token',
  name: 'code',
  not: false,
  values: codes.map((text) => ({ match: 'code', code: text })),
});
const text = (name: string, match: string, ...values: string[]) => ({ type: 'string', name, match, values });

describe('filters', () => {
  test.each<[Type, string, unknown[]]>([
    ['Observation', '', []],
    ['Observation', 'patient=40001', [patients('40001')]],
    ['Observation', 'patient=Patient/40001,40002', [patients('40001', '40002')]],
    ['Observation', 'patient=https://jhe.example.org/fhir/r5/Patient/40001', [patients('40001')]],
    ['Observation', 'patient:Patient=40001', [patients('40001')]],
    ['Observation', 'subject=Patient/40001', [patients('40001')]],
    ['Observation', 'subject:Patient=40001', [patients('40001')]],
    ['Observation', 'patient=1&patient=2', [patients('1'), patients('2')]],
    ['Observation', 'patient._has:Group:member:_id=30001', [study('30001')]],
    ['Observation', 'patient._has:_group:member:_id=30001', [study('30001')]],
    ['Observation', 'subject._has:Group:member:_id=Group/30001', [study('30001')]],
    ['Observation', 'patient:Patient._has:Group:member:_id=30001', [study('30001')]],
    ['Patient', '_has:Group:member:_id=30001', [study('30001')]],
    ['Patient', '_has:_group:member:_id=30001', [study('30001')]],
    ['Patient', 'patient._has:Group:member:_id=30001', [study('30001')]],
    ['Observation', 'patient.organization=20001', [organization('20001')]],
    ['Patient', 'organization=Organization/20001', [organization('20001')]],
    ['Group', 'managing-entity=20001', [organization('20001')]],
    ['Group', 'organization=20001', [organization('20001')]],
    ['Group', 'member=Patient/1', [patients('1')]],
    ['Device', 'patient=1', [patients('1')]],
    ['Device', 'name=iHealth', [text('name', 'starts-with', 'iHealth')]],
    ['Observation', 'code=a,b', [code('a', 'b')]],
    ['Observation', 'code=a&code=b', [code('a'), code('b')]],
    ['Observation', 'code=a%5C,b', [code('a,b')]],
    ['Observation', 'code:not=a', [{ ...code('a'), not: true }]],
    [
      'Observation',
      'code=s|v,|v,s|',
      [
        {
          type: 'token',
          name: 'code',
          not: false,
          values: [
            { match: 'system-and-code', system: 's', code: 'v' },
            { match: 'no-system', code: 'v' },
            { match: 'system', system: 's' },
          ],
        },
      ],
    ],
    [
      'Observation',
      'date=ge2024-01-01&date=lt2024-02',
      [
        {
          type: 'date',
          name: 'date',
          values: [{ prefix: 'ge', start: Date.UTC(2024, 0, 1), end: Date.UTC(2024, 0, 2) }],
        },
        {
          type: 'date',
          name: 'date',
          values: [{ prefix: 'lt', start: Date.UTC(2024, 1, 1), end: Date.UTC(2024, 2, 1) }],
        },
      ],
    ],
    [
      'Patient',
      '_last_updated=2024',
      [
        {
          type: 'date',
          name: '_lastUpdated',
          values: [{ prefix: 'eq', start: Date.UTC(2024, 0, 1), end: Date.UTC(2025, 0, 1) }],
        },
      ],
    ],
    ['Patient', 'family=ro', [text('family', 'starts-with', 'ro')]],
    ['Patient', 'family:exact=Ro,Sa', [text('family', 'exact', 'Ro', 'Sa')]],
    ['Patient', 'Family:contains=o', [text('family', 'contains', 'o')]],
    ['Patient', 'birth-date=1980', [expect.objectContaining({ type: 'date', name: 'birthdate' })]],
    ['Patient', 'birth_date=1980', [expect.objectContaining({ type: 'date', name: 'birthdate' })]],
    ['Patient', 'patient.identifier=a|b', [expect.objectContaining({ name: 'identifier' })]],
    ['Observation', 'patient.identifier=a|b', [expect.objectContaining({ name: 'patient.identifier' })]],
    ['Observation', 'identifier=b', [expect.objectContaining({ name: 'identifier' })]],
    ['Observation', '_id=1,x%20y', [{ type: 'id', name: '_id', ids: ['1', 'x y'] }]],
    [
      'Observation',
      '_source:below=https://jupyterhealth.org/fhir/fhir-source/',
      [
        {
          type: 'uri',
          name: '_source',
          below: true,
          values: ['https://jupyterhealth.org/fhir/fhir-source/'],
        },
      ],
    ],
  ])('%s?%s', check);
});

describe('what cannot be used is an issue that names the parameter, in both handlings', () => {
  test.each<[Type, string, string, string]>([
    ['Observation', 'patient=Group/1', 'value', 'patient'],
    ['Observation', 'patient=https://elsewhere.test/FHIR/R5/Patient/1', 'value', 'patient'],
    ['Observation', 'patient=', 'value', 'patient'],
    ['Observation', 'patient=1,', 'value', 'patient'],
    ['Observation', 'subject=Group/1', 'value', 'subject'],
    ['Observation', 'patient:Group=1', 'not-supported', 'patient:Group'],
    ['Observation', 'patient:identifier=1', 'not-supported', 'patient:identifier'],
    ['Observation', 'code=|', 'value', 'code'],
    ['Observation', 'code=a|b|c', 'value', 'code'],
    ['Observation', 'code:in=a', 'not-supported', 'code:in'],
    ['Observation', 'code:text=a', 'not-supported', 'code:text'],
    ['Observation', 'code:missing=true', 'not-supported', 'code:missing'],
    ['Observation', 'date=yesterday', 'value', 'date'],
    ['Observation', 'date=ap2024', 'value', 'date'],
    ['Patient', '_lastUpdated=2023-02-30', 'value', '_lastUpdated'],
    ['Patient', 'family:phonetic=a', 'not-supported', 'family:phonetic'],
    ['Patient', 'family=%00', 'value', 'family'],
    ['Patient', '_id=', 'value', '_id'],
    ['Patient', '_page=0', 'value', '_page'],
    ['Patient', '_page=x', 'value', '_page'],
    ['Patient', '_page=1&_page=2', 'invalid', '_page'],
    ['Patient', '_cursor=a b', 'value', '_cursor'],
    ['Patient', '_cursor=a&_page=2', 'invalid', '_cursor'],
    ['Patient', '_total=some', 'value', '_total'],
    ['Observation', `code=${'a,'.repeat(200)}a`, 'too-costly', 'code'],
    ['Observation', `code=${'a'.repeat(1001)}`, 'too-long', 'code'],
  ])('%s?%s', (type, query, issueCode, name) => {
    for (const handling of ['strict', 'lenient'] as const) {
      const result = parse(type, query, handling);
      expect(result.ok ? [] : result.issues).toMatchObject([{ code: issueCode, expression: `http.${name}` }]);
    }
  });

  test('200 values over several parameters of one name are the limit', () => {
    const half = `code=${Array(100).fill('a').join()}`;
    expect(parse('Observation', `${half}&${half}`).ok).toBe(true);
    expect(parse('Observation', `${half}&${half}&code=a`).ok).toBe(false);
  });

  test('too many parameters are refused', () => {
    const query = Array(201).fill('_id=1').join('&');
    expect(parse('Patient', query).ok).toBe(false);
  });
});

describe('unknown parameters', () => {
  test.each([
    'colour=red',
    'value-quantity=gt180',
    'gender=female',
    '_include=Observation:device',
    '_revinclude=Provenance:target',
    '_summary=text',
    '_sort=size',
    '_contained=true',
    '_totalMethod=estimate',
  ])('%s is an issue in strict handling, and listed and not applied in lenient handling', (query) => {
    const name = query.slice(0, query.indexOf('='));
    const strict = parse('Observation', query, 'strict');
    expect(strict.ok ? [] : strict.issues).toMatchObject([
      { code: 'not-supported', expression: `http.${name}` },
    ]);
    const lenient = parse('Observation', query, 'lenient');
    expect(lenient.ok && lenient.search).toMatchObject({ ignored: [name], applied: [] });
    expect(lenient.ok && lenient.search.filters).toEqual([]);
  });

  test.each<[Type, string]>([
    ['Observation', 'patient.name=a'],
    ['Observation', 'subject.name=a'],
    ['Observation', 'study=1'],
    ['Observation', 'group=1'],
    ['Observation', 'Group=1'],
    ['Observation', 'organization=1'],
    ['Observation', 'organisation=1'],
    ['Observation', 'patient_id=1'],
    ['Observation', 'patientId=1'],
    ['Observation', '_has:Group:member:_id=1'],
    ['Observation', 'has:Group:member:_id=1'],
    ['Observation', 'patient._has:Group:member:name=1'],
    ['Observation', '_filter=code eq a'],
    ['Patient', '_has:Observation:patient:code=a'],
    ['Patient', 'subject=1'],
    ['Patient', '_list=1'],
  ])('%s?%s could narrow to people, so it is never passed over', (type, query) => {
    expect(parse(type, query, 'lenient')).toMatchObject({ ok: false, issues: [{ code: 'not-supported' }] });
  });

  test('a name that is no name is not repeated', () => {
    const result = parse('Patient', 'Ada%20Lovelace=1', 'lenient');
    expect(result.ok && result.search.ignored).toEqual(['(unnamed)']);
  });

  test('id is not _id', () => {
    expect(parse('Patient', 'id=1').ok).toBe(false);
  });
});

describe('for arbitrary parameters', () => {
  const name = fc.oneof(
    fc.constantFrom(
      'code',
      'code:not',
      'patient',
      'subject:Patient',
      'date',
      '_id',
      '_sort',
      '_count',
      '_page',
      '_source:below',
      'patient._has:Group:member:_id',
      'colour',
    ),
    fc.string(),
  );
  const value = fc.oneof(
    fc.string({ unit: 'binary' }),
    fc.constantFrom('1', 'a|b', '2024', 'Patient/1', 'x,y'),
  );
  const params = fc.array(fc.tuple(name, value), { maxLength: 8 });
  const type = fc.constantFrom(...(Object.keys(SEARCH_DEFINITIONS) as Type[]));

  test('parseSearch never throws, and every parameter is a filter, a setting, an issue or listed', () => {
    const settings = /^_(?:count|page|cursor|sort|summary|total|format|pretty|elements)$/;
    fc.assert(
      fc.property(
        type,
        params,
        fc.constantFrom<Handling>('strict', 'lenient'),
        (resource, pairs, handling) => {
          const result = parseSearch(SEARCH_DEFINITIONS[resource], pairs, { base, handling });
          if (!result.ok) {
            expect(result.issues.length).toBeGreaterThan(0);
            return;
          }
          const { filters, ignored } = result.search;
          const others = pairs.filter(([key]) => !settings.test(key)).length;
          expect(filters.length + ignored.filter((key) => !settings.test(key)).length).toBe(others);
          if (handling === 'strict') expect(ignored).toEqual([]);
        },
      ),
    );
  });

  test('issues never repeat a value', () => {
    fc.assert(
      fc.property(fc.constantFrom('patient', 'date', 'code:in', '_page', '_total', 'device'), (key) => {
        const result = parseSearch(SEARCH_DEFINITIONS.Observation, [[key, 'Q7 marker']], {
          base,
          handling: 'strict',
        });
        expect(result.ok).toBe(false);
        expect(JSON.stringify(result)).not.toContain('marker');
      }),
    );
  });
});
