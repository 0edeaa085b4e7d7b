import type { Point } from '@jhe/client';
import { describe, expect, test } from 'vitest';
import { bandOf, glucoseBands } from './glucose-bands.ts';
import { percentText, sentence, sufficiencyText, summarize } from './summary.ts';

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
