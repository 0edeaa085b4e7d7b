import type { Point } from '@jhe/client';
import { describe, expect, test } from 'vitest';
import { breakAtGaps, nearest, usualGap } from './gaps.ts';

const MINUTE = 60_000;
const at = (...minutes: number[]): Point[] => minutes.map((minute) => [minute * MINUTE, minute]);

describe('gaps', () => {
  const check = (minutes: number[], expected: (number | null)[]) =>
    test(`${minutes}`, () => {
      const [times, values] = breakAtGaps(at(...minutes), 15 * MINUTE);
      expect(values).toEqual(expected);
      expect(times).toEqual([...times].sort((a, b) => a - b));
    });
  check([], []);
  check([0, 5, 10], [0, 5, 10]);
  check([0, 15, 30.1], [0, 15, null, 30.1]);
  check([0, 60], [0, null, 60]);
});

test('the usual gap follows the rhythm', () => {
  expect(usualGap(at(0, 5, 10))).toBe(15 * MINUTE);
  expect(usualGap(at(0, 20, 40, 45))).toBe(60 * MINUTE);
  expect(usualGap(at(0, 1440, 2880, 2890))).toBe(0);
  expect(usualGap([])).toBe(15 * MINUTE);
  expect(usualGap(at(0))).toBe(0);
});

describe('nearest', () => {
  const check = (minute: number, expected: number) =>
    test(`${minute}`, () => expect(nearest(at(0, 10, 20), minute * MINUTE)).toBe(expected));
  check(-5, 0);
  check(4, 0);
  check(6, 1);
  check(99, 2);
  test('of nothing', () => expect(nearest([], 0)).toBe(-1));
});
