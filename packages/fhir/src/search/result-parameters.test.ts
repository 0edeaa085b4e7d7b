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
    ['Patient', '_count=0', { count: 20 }],
    ['Patient', '_count=-5', { count: 20 }],
    ['Patient', '_count=junk', { count: 20 }],
    ['Patient', '_page=3', { page: 3 }],
    ['Patient', '_cursor=abc_-.~1', { cursor: 'abc_-.~1' }],
    ['Patient', '_summary=COUNT', { summary: 'count' }],
    ['Patient', '_summary=false', { count: 20 }],
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

  test('lenient handling sorts by the keys it knows', () => {
    const result = parse('Observation', '_sort=size,-date', 'lenient');
    expect(result.ok && result.search).toMatchObject({
      sort: [{ key: 'date', descending: true }],
      ignored: ['_sort'],
    });
  });
});
