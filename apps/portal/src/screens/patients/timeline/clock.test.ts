import { describe, expect, test } from 'vitest';
import { dayOf, offsetText, patientClock, readerClock, ticks } from './clock.ts';
import { aheadText, clockText, tickText, timeText } from './time-text.ts';

const HOUR = 3_600_000;
const ms = (text: string) => Date.parse(text);
const LUNCH = ms('2026-03-07T12:40:00-08:00');
const NIGHT = ms('2026-03-08T03:00:00-07:00');
const pacific = patientClock([
  [ms('2026-03-01T00:00:00-08:00'), -480],
  [NIGHT, -420],
])!;
const utc = patientClock([[0, 0]])!;

describe("the patient's clock", () => {
  test('is none when no reading says it', () => expect(patientClock([])).toBeUndefined());

  test('says lunch at lunch, whatever the clock of whoever looks', () => {
    expect(timeText(pacific, LUNCH)).toMatch(/12:40/);
    expect(timeText(utc, LUNCH)).toMatch(/8:40|20:40/);
    expect([
      dayOf(pacific, ms('2026-03-07T23:59:00-08:00')),
      dayOf(utc, ms('2026-03-07T23:59:00-08:00')),
    ]).toEqual(['2026-03-07', '2026-03-08']);
  });

  test('holds before its first reading, and changes where it changed', () => {
    expect([0, LUNCH, NIGHT - 1, NIGHT, NIGHT + HOUR].map(pacific.offsetAt)).toEqual([
      -480, -480, -480, -420, -420,
    ]);
  });

  test('is named', () => {
    expect(clockText(pacific, LUNCH, LUNCH + HOUR)).toBe('the patient’s clock, UTC−8');
    // The first reading on screen is no change of the clock.
    expect(clockText(pacific, LUNCH - 7 * 24 * HOUR, LUNCH)).toBe('the patient’s clock, UTC−8');
    expect(clockText(pacific, LUNCH, NIGHT + HOUR)).toBe(
      'the patient’s clock, UTC−8, from Mar 8, 2026 UTC−7',
    );
    expect(clockText(pacific, NIGHT, NIGHT + HOUR, true)).toBe('your clock, UTC−7');
    expect(clockText(readerClock, LUNCH, NIGHT)).toMatch(
      /^your own clock, .*: the readings do not say the patient’s$/,
    );
  });

  test('says how far it is from that of whoever looks', () => {
    const away = patientClock([[0, readerClock.offsetAt(LUNCH) - 510]])!;
    expect(aheadText(away, LUNCH)).toBe('8.5 h behind yours');
    expect(aheadText(patientClock([[0, readerClock.offsetAt(LUNCH)]])!, LUNCH)).toBe('');
  });
});

describe('ticks', () => {
  const check = (name: string, from: string, to: string, stepMs: number, expected: string[]) =>
    test(name, () =>
      expect(
        ticks(pacific, ms(from), ms(to), stepMs).map((at) =>
          new Date(at + pacific.offsetAt(at) * 60_000).toISOString().slice(0, 16),
        ),
      ).toEqual(expected),
    );
  check('at round hours', '2026-03-07T05:10:00-08:00', '2026-03-07T19:00:00-08:00', 6 * HOUR, [
    '2026-03-07T06:00',
    '2026-03-07T12:00',
    '2026-03-07T18:00',
  ]);
  check(
    'at midnights, over the change of the clock',
    '2026-03-07T00:00:00-08:00',
    '2026-03-10T00:00:00-07:00',
    24 * HOUR,
    ['2026-03-07T00:00', '2026-03-08T00:00', '2026-03-09T00:00', '2026-03-10T00:00'],
  );
  check(
    'not at an hour that the clock passed over',
    '2026-03-08T01:00:00-08:00',
    '2026-03-08T04:00:00-07:00',
    HOUR,
    ['2026-03-08T01:00', '2026-03-08T03:00', '2026-03-08T04:00'],
  );
  check(
    'at the first days of months',
    '2026-03-15T00:00:00-07:00',
    '2026-12-15T00:00:00-07:00',
    90 * 24 * HOUR,
    ['2026-04-01T00:00', '2026-07-01T00:00', '2026-10-01T00:00'],
  );
  test('are named by what they are', () => {
    const [midnight, noon] = ticks(pacific, ms('2026-03-07T00:00:00-08:00'), LUNCH, 12 * HOUR);
    expect(tickText(pacific, midnight!, 12 * HOUR)).toBe('Sat, Mar 7');
    expect(tickText(pacific, noon!, 12 * HOUR)).toMatch(/^12:00/);
    expect(tickText(pacific, midnight!, 24 * HOUR)).toBe('Mar 7');
    expect(tickText(pacific, midnight!, 30 * 24 * HOUR)).toBe('Mar 2026');
  });
});

test.each([
  [0, 'UTC'],
  [-480, 'UTC−8'],
  [330, 'UTC+5:30'],
  [-210, 'UTC−3:30'],
])('%i minutes is %s', (minutes, text) => expect(offsetText(minutes)).toBe(text));
