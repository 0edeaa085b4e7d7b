import { describe, expect, test } from 'vitest';
import { SEARCH_DEFINITIONS } from './definitions.ts';
import { parseSearch } from './parse.ts';

const base = 'https://jhe.example.org/FHIR/R5';
type Type = keyof typeof SEARCH_DEFINITIONS;
const parse = (type: Type, query: string, handling: 'strict' | 'lenient' = 'strict') =>
  parseSearch(SEARCH_DEFINITIONS[type], new URLSearchParams(query), { base, handling });

describe('result parameters', () => {
  test.each<[Type, string, object]>([
    ['Patient', '', { count: 20, page: 1, sort: [] }],
    ['Patient', '_count=7', { count: 7 }],
    ['Patient', '_count=1000', { count: 1000 }],
    ['Patient', '_count=5000', { count: 1000 }],
    ['Patient', '_count=0', { summary: 'count' }],
    ['Patient', '_count=-5', { count: 20 }],
    ['Patient', '_count=junk', { count: 20 }],
    ['Patient', '_page=3', { page: 3 }],
    ['Patient', '_cursor=abc_-.~1', { cursor: 'abc_-.~1' }],
    ['Patient', '_summary=COUNT', { summary: 'count' }],
    ['Patient', '_summary=false', { count: 20 }],
    // What fhirpy sends to learn a number.
    ['Patient', '_count=0&_totalMethod=count', { summary: 'count', total: 'accurate' }],
    ['Observation', '_elements=id,Observation.code,device', { elements: ['id', 'code', 'device'] }],
    ['Patient', '_total=none', { total: 'none' }],
    ['Patient', '_format=json', { ignored: [] }],
    [
      'Observation',
      '_sort=-date,_lastUpdated',
      {
        sort: [
          { key: 'date', descending: true },
          { key: '_lastUpdated', descending: false },
        ],
      },
    ],
    ['Observation', '_sort=%2Bdate', { sort: [{ key: 'date', descending: false }] }],
    ['Observation', '_sort=-_last_updated', { sort: [{ key: '_lastUpdated', descending: true }] }],
  ])('%s?%s', (type, query, expected) => {
    const result = parse(type, query);
    expect(result.ok && result.search).toMatchObject(expected);
  });

  test('lenient handling passes over a _sort with a key that it does not know, and over nothing of it silently', () => {
    const result = parse('Observation', '_sort=size,-date', 'lenient');
    expect(result.ok && result.search).toMatchObject({ sort: [], ignored: ['_sort'], applied: [] });
  });

  test.each([
    ['_count=5000&name=a', '_count=1000&name=a'],
    ['_count=junk', '_count=20'],
    ['name=a&_count=7', 'name=a&_count=7'],
    ['_sort=-_last_updated', '_sort=-_last_updated'],
  ])('of %s, %s is applied', (query, applied) => {
    const result = parse('Patient', query);
    expect(result.ok && result.search.applied).toEqual([...new URLSearchParams(applied)]);
  });
});
