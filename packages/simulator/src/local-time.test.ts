import { describe, expect, test } from 'vitest';
import { dayNumberOf, epochOfLocal, isWeekend, localIso } from './local-time.ts';

describe('localIso', () => {
  const check = (instant: string, timeZone: string, expected: string): void => {
    expect(localIso(Date.parse(instant), timeZone)).toBe(expected);
    expect(Date.parse(expected)).toBe(Date.parse(instant));
  };
  const cases: [string, string, string][] = [
    ['2026-11-20T20:45:00Z', 'America/Los_Angeles', '2026-11-20T12:45:00-08:00'],
    ['2026-07-01T19:00:00Z', 'America/Los_Angeles', '2026-07-01T12:00:00-07:00'],
    ['2026-01-01T00:00:00Z', 'Etc/UTC', '2026-01-01T00:00:00+00:00'],
    ['2026-01-01T00:00:00Z', 'Asia/Kathmandu', '2026-01-01T05:45:00+05:45'],
    ['2026-01-01T00:00:00Z', 'America/St_Johns', '2025-12-31T20:30:00-03:30'],
    ['2026-06-30T22:00:00.250Z', 'Europe/Berlin', '2026-07-01T00:00:00.250+02:00'],
    ['1969-12-31T23:59:59.500Z', 'Europe/London', '1970-01-01T00:59:59.500+01:00'],
  ];
  for (const [instant, zone, expected] of cases) test(expected, () => check(instant, zone, expected));
  test('refuses unknown zones and what is no instant', () => {
    expect(() => localIso(0, 'Mars/Olympus')).toThrow(/^timeZone: /);
    expect(() => localIso(Number.NaN, 'Etc/UTC')).toThrow(/^epochMs: /);
  });
});

describe('epochOfLocal', () => {
  const check = (date: string, minute: number, timeZone: string, expected: string): void => {
    expect(localIso(epochOfLocal(dayNumberOf(date), minute, timeZone), timeZone)).toBe(expected);
  };
  const cases: [string, number, string, string][] = [
    ['2026-11-20', 765, 'America/Los_Angeles', '2026-11-20T12:45:00-08:00'],
    ['2026-11-20', -30, 'Asia/Tokyo', '2026-11-19T23:30:00+09:00'],
    ['2026-11-20', 1470, 'Asia/Tokyo', '2026-11-21T00:30:00+09:00'],
    // Skipped (02:30 on 8 March 2026): later on the clock. Shown twice (01:30 on 1 November): the first.
    ['2026-03-08', 150, 'America/Los_Angeles', '2026-03-08T03:30:00-07:00'],
    ['2026-11-01', 90, 'America/Los_Angeles', '2026-11-01T01:30:00-07:00'],
    ['2026-11-01', 150, 'America/Los_Angeles', '2026-11-01T02:30:00-08:00'],
    ['2026-03-29', 0, 'Europe/Berlin', '2026-03-29T00:00:00+01:00'],
    ['2026-03-30', 0, 'Europe/Berlin', '2026-03-30T00:00:00+02:00'],
    ['2026-10-04', 135, 'Australia/Lord_Howe', '2026-10-04T02:45:00+11:00'],
  ];
  for (const [date, minute, zone, expected] of cases)
    test(expected, () => check(date, minute, zone, expected));
});

test('dayNumberOf takes calendar dates only', () => {
  expect([dayNumberOf('1970-01-01'), dayNumberOf('2024-02-29')]).toEqual([0, 19782]);
  for (const bad of ['2026-02-29', '2026-13-01', '2026-1-1', 'yesterday', '']) {
    expect(() => dayNumberOf(bad)).toThrow(/^localDate: /);
  }
});

test('isWeekend', () => {
  const dates = ['2026-11-20', '2026-11-21', '2026-11-22', '2026-11-23', '1969-12-28'];
  expect(dates.map((date) => isWeekend(dayNumberOf(date)))).toEqual([false, true, true, false, true]);
});
