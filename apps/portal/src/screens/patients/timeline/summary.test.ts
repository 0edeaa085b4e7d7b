import type { DayFigures, Point } from '@jhe/client';
import { describe, expect, test } from 'vitest';
import { bandOf, glucoseBands } from './glucose-bands.ts';
import { percentText, sentence, sufficiencyText, summarize, summarizeDays, valueText } from './summary.ts';

const MINUTE = 60_000;
const bands = glucoseBands('mg/dL');

describe('bands', () => {
  const check = (value: number, unit: string, expected: string | undefined) =>
    test(`${value} ${unit} is ${expected}`, () =>
      expect(bandOf(glucoseBands(unit), value)?.name).toBe(expected));
  check(53, 'mg/dL', 'very-low');
  check(54, 'mg/dL', 'low');
  check(69.9, 'mg/dL', 'low');
  check(70, 'mg/dL', 'in-range');
  check(180, 'mg/dL', 'in-range');
  check(181, 'mg/dL', 'high');
  check(250, 'mg/dL', 'high');
  check(251, 'mg/dL', 'very-high');
  check(2.9, 'mmol/L', 'very-low');
  check(10, 'mmol/L', 'in-range');
  check(14, 'mmol/L', 'very-high');
  check(72, 'beats/min', undefined);
});

test('figures of a window with a gap', () => {
  // Five minutes apart for an hour, then two hours of nothing, then one reading at the end.
  const points: Point[] = Array.from({ length: 13 }, (_, index) => [
    index * 5 * MINUTE,
    index === 0 ? 60 : 100,
  ]);
  points.push([180 * MINUTE, 260]);
  const summary = summarize(points, bands, 0, 180 * MINUTE)!;
  expect(summary).toMatchObject({
    count: 14,
    min: 60,
    max: 260,
    bands: { low: 1 / 14, 'in-range': 12 / 14, 'very-high': 1 / 14 },
  });
  expect(summary.mean).toBeCloseTo((60 + 12 * 100 + 260) / 14);
  // An hour, and a quarter of one after its last reading.
  expect(sufficiencyText(summary)).toBe('1.3 of 3 hours');
  expect(sentence('Blood glucose', 'mg/dL', summary)).toBe(
    'Blood glucose: 14 readings, mean 108.6 mg/dL, lowest 60, highest 260, 86 % of readings in range, with data for 1.3 of 3 hours.',
  );
});

test('readings of two values have the figures of both', () => {
  const points: Point[] = [
    [0, 120, 80],
    [MINUTE, 140, 70],
  ];
  const summary = summarize(points, [], 0, 60 * MINUTE)!;
  expect(summary).toMatchObject({ mean: 130, second: { mean: 75, min: 70, max: 80 } });
  expect(sentence('Blood pressure', 'mmHg', summary)).toBe(
    'Blood pressure: 2 readings, mean 130/75 mmHg, lowest 120/70, highest 140/80.',
  );
  expect([valueText(118, 76), valueText(118.25)]).toEqual(['118/76', '118.3']);
});

test('figures of days are those of their readings', () => {
  const day = (figures: Partial<DayFigures>): DayFigures => ({
    day: '2026-03-01',
    count: 1,
    sum: 100,
    min: 100,
    max: 100,
    secondSum: null,
    secondMin: null,
    secondMax: null,
    coveredMs: 15 * MINUTE,
    classes: [0, 0, 1, 0, 0],
    ...figures,
  });
  const days = [
    day({ count: 3, sum: 360, min: 60, max: 200, coveredMs: 45 * MINUTE, classes: [0, 1, 1, 1, 0] }),
    day({ day: '2026-03-02' }),
  ];
  expect(summarizeDays(days, bands, 0, 120 * MINUTE)).toEqual({
    count: 4,
    mean: 115,
    min: 60,
    max: 200,
    second: null,
    coveredDays: 1 / 24,
    windowDays: 2 / 24,
    bands: { low: 0.25, 'in-range': 0.5, high: 0.25 },
  });
  const pressures = [day({ secondSum: 160, secondMin: 70, secondMax: 90, count: 2, sum: 240 })];
  expect(summarizeDays(pressures, [], 0, 1)?.second).toEqual({ mean: 80, min: 70, max: 90 });
  expect(summarizeDays([], bands, 0, 1)).toBeNull();
});

test('no readings, no figures', () => expect(summarize([], bands, 0, 1)).toBeNull());

describe('percent', () => {
  const check = (share: number, expected: string) =>
    test(expected, () => expect(percentText(share)).toBe(expected));
  check(0, '0 %');
  check(0.001, '<1 %');
  check(0.999, '>99 %');
  check(1, '100 %');
  check(0.705, '71 %');
});
