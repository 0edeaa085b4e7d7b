import fc from 'fast-check';
import { describe, expect, it } from 'vitest';
import { parseFullDate, parseTimestamp } from './timestamp.ts';

describe('parseTimestamp', () => {
  it.each<[string, string, number]>([
    ['2026-03-01T08:00:00Z', '2026-03-01T08:00:00.000Z', 0],
    ['2026-03-01t08:00:00z', '2026-03-01T08:00:00.000Z', 0],
    ['2026-03-01T08:00:00.5-05:00', '2026-03-01T13:00:00.500Z', -300],
    ['2026-03-01T08:00:00.123456789+05:45', '2026-03-01T02:15:00.123Z', 345],
    ['2026-03-01T08:00:00-00:00', '2026-03-01T08:00:00.000Z', 0],
    ['2024-02-29T00:00:00Z', '2024-02-29T00:00:00.000Z', 0],
    ['0001-01-01T00:00:00Z', '0001-01-01T00:00:00.000Z', 0],
    ['2016-12-31T18:59:60-05:00', '2017-01-01T00:00:00.000Z', -300],
  ])('%s', (text, instant, offsetMinutes) => {
    expect(parseTimestamp(text)).toEqual({ epochMs: Date.parse(instant), offsetMinutes });
  });

  it.each([
    '2026-03-01T08:00:00',
    '2026-03-01',
    '2026-03-01T08:00Z',
    '2026-03-01 08:00:00Z',
    '2026-02-29T08:00:00Z',
    '2100-02-29T08:00:00Z',
    '2026-13-01T08:00:00Z',
    '2026-03-01T24:00:00Z',
    '2026-03-01T08:60:00Z',
    '2026-03-01T08:00:60Z',
    '2026-03-01T08:00:00.Z',
    '2026-03-01T08:00:00+0500',
    '2026-03-01T08:00:00+24:00',
    '2026-03-01T08:00:00+05:60',
    '2026-03-01T08:00:00Z ',
    '0000-01-01T00:00:00Z',
    '0001-01-01T00:00:00+14:00',
    '9999-12-31T23:59:59-01:00',
    '+002026-03-01T08:00:00Z',
    '２026-03-01T08:00:00Z',
    '',
    'now',
  ])('refuses %j', (text) => expect(parseTimestamp(text)).toBeNull());

  it('reads what Date writes, for every instant', () => {
    const instants = fc.date({
      min: new Date(-62135596800000),
      max: new Date(253402300799999),
      noInvalidDate: true,
    });
    fc.assert(fc.property(instants, (at) => parseTimestamp(at.toISOString())?.epochMs === at.getTime()));
  });

  it('answers any text', () => {
    fc.assert(fc.property(fc.string(), (text) => parseTimestamp(text) === null));
  });

  it('reads zone-less times as UTC only when told to', () => {
    expect(parseTimestamp('2026-03-01T08:00:00', 'utc')).toEqual({
      epochMs: Date.UTC(2026, 2, 1, 8),
      offsetMinutes: null,
    });
  });
});

it('parseFullDate takes calendar days alone', () => {
  expect(parseFullDate('2024-02-29')).toBe(Date.UTC(2024, 1, 29));
  for (const text of ['2023-02-29', '2024-2-29', '2024-02-29Z', '20240229'])
    expect(parseFullDate(text)).toBeNull();
});
