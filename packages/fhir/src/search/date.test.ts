import fc from 'fast-check';
import { describe, expect, test } from 'vitest';
import { parseDate } from './date.ts';

const check = (text: string, expected: [prefix: string, start: string, end: string] | false) => {
  const result = parseDate(text);
  expect(
    result.ok && [
      result.value.prefix,
      new Date(result.value.start).toISOString(),
      new Date(result.value.end).toISOString(),
    ],
  ).toEqual(expected);
};

describe('parseDate', () => {
  test.each<[string, [string, string, string] | false]>([
    ['2024', ['eq', '2024-01-01T00:00:00.000Z', '2025-01-01T00:00:00.000Z']],
    ['ge2024-02', ['ge', '2024-02-01T00:00:00.000Z', '2024-03-01T00:00:00.000Z']],
    ['le2024-12', ['le', '2024-12-01T00:00:00.000Z', '2025-01-01T00:00:00.000Z']],
    ['ne2024-02-29', ['ne', '2024-02-29T00:00:00.000Z', '2024-03-01T00:00:00.000Z']],
    ['lt2024-01-01T10:00', ['lt', '2024-01-01T10:00:00.000Z', '2024-01-01T10:01:00.000Z']],
    ['gt2024-01-01T10:00:05', ['gt', '2024-01-01T10:00:05.000Z', '2024-01-01T10:00:06.000Z']],
    ['sa2024-01-01T10:00:00+02:00', ['sa', '2024-01-01T08:00:00.000Z', '2024-01-01T08:00:01.000Z']],
    ['sa2024-01-01T10:00:00 02:00', ['sa', '2024-01-01T08:00:00.000Z', '2024-01-01T08:00:01.000Z']],
    ['eb2024-01-01T20:00:00-08:00', ['eb', '2024-01-02T04:00:00.000Z', '2024-01-02T04:00:01.000Z']],
    ['eq2024-01-01T10:00:00.12Z', ['eq', '2024-01-01T10:00:00.120Z', '2024-01-01T10:00:00.130Z']],
    ['0050', ['eq', '0050-01-01T00:00:00.000Z', '0051-01-01T00:00:00.000Z']],
    ['2016-12-31T23:59:60Z', ['eq', '2017-01-01T00:00:00.000Z', '2017-01-01T00:00:01.000Z']],
    ['ap2024', false],
    ['GE2024', false],
    ['ge', false],
    ['', false],
    ['24', false],
    ['0000', false],
    ['2024-13', false],
    ['2024-00', false],
    ['2023-02-29', false],
    ['1900-02-29', false],
    ['2024-04-31', false],
    ['2024-01-01T24:00', false],
    ['2024-01-01T10', false],
    ['2024-01-01T10:60', false],
    ['2024-01-01T10:00:61', false],
    ['2024-01-01T10:00:00+15:00', false],
    ['2024-01-01T10:00:00+02:60', false],
    ['2024-01-01 10:00', false],
    ['2024-01-01Z', false],
    ['20240101', false],
    ['2024-01-01\n', false],
  ])('%s', check);

  test('keeps microseconds, as _lastUpdated is rendered with them', () => {
    const result = parseDate('gt2026-07-18T09:30:00.123456Z');
    const second = Date.UTC(2026, 6, 18, 9, 30);
    expect(result.ok && [result.value.start - second, result.value.end - second]).toEqual([
      expect.closeTo(123.456, 3),
      expect.closeTo(123.457, 3),
    ]);
  });

  test('an instant written at each precision lies in its interval', () => {
    const instant = fc.date({
      min: new Date('0001-01-02T00:00:00Z'),
      max: new Date('9998-12-30T00:00:00Z'),
      noInvalidDate: true,
    });
    fc.assert(
      fc.property(instant, fc.constantFrom(4, 7, 10, 16, 19, 23), (date, length) => {
        const result = parseDate(date.toISOString().slice(0, length));
        expect(result.ok && result.value.start <= date.getTime() && date.getTime() < result.value.end).toBe(
          true,
        );
        expect(result.ok && new Date(result.value.start).toISOString().slice(0, length)).toBe(
          date.toISOString().slice(0, length),
        );
      }),
    );
  });

  test('never throws', () => {
    fc.assert(
      fc.property(fc.oneof(fc.string(), fc.stringMatching(/^[a-z]{0,2}[0-9T:.Z+-]{0,30}$/)), (text) => {
        expect(typeof parseDate(text).ok).toBe('boolean');
      }),
    );
  });
});
