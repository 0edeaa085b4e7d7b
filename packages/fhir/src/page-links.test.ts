import { describe, expect, test } from 'vitest';
import { pageLinks, withParameter } from './page-links.ts';

const url = 'https://h/FHIR/R5/Observation?patient._has:_group:member:_id=30001&code=a%7Cb&_count=10';

describe('pageLinks', () => {
  test.each([
    [url, 1, 5, { self: url }],
    [url, 1, 10, { self: url }],
    [url, 1, 11, { self: url, next: `${url}&_page=2` }],
    [`${url}&_page=2`, 2, 30, { self: `${url}&_page=2`, previous: url, next: `${url}&_page=3` }],
    [`${url}&_page=3`, 3, 30, { self: `${url}&_page=3`, previous: `${url}&_page=2` }],
  ])('of %s, page %i of %i matches', (self, page, total, expected) => {
    expect(pageLinks(self, { page, count: 10, total })).toEqual(expected);
  });
});

describe('withParameter', () => {
  test.each([
    ['https://h/a', '_cursor', 'x y', 'https://h/a?_cursor=x%20y'],
    ['https://h/a?_page=2', '_page', undefined, 'https://h/a'],
    ['https://h/a?%5Fpage=2&b', '_page', '3', 'https://h/a?b&_page=3'],
    ['https://h/a?%E0%A4%A=1#f', '_page', '3', 'https://h/a?%E0%A4%A=1&_page=3'],
  ])('%s %s=%s', (given, name, value, expected) => {
    expect(withParameter(given, name, value)).toBe(expected);
  });
});
