import { describe, expect, test } from 'vitest';
import { clamp, cosOfTurns, exp, ln } from './elementary.ts';

function check(got: number, expected: number): void {
  expect(Math.abs(got - expected)).toBeLessThanOrEqual(1e-14 * Math.max(1, Math.abs(expected)));
}

describe('agrees with the engine to about 1e-14', () => {
  for (const x of [-30, -2.5, -0.3, 0, 1e-9, 0.5, 1, 3.7, 20]) {
    test(`exp(${x})`, () => check(exp(x), Math.exp(x)));
    test(`cosOfTurns(${x})`, () => check(cosOfTurns(x), Math.cos((x - Math.round(x)) * 2 * Math.PI)));
  }
  for (const x of [1e-10, 0.2, 0.71, 1, 1.42, 9, 12345]) test(`ln(${x})`, () => check(ln(x), Math.log(x)));
});

test('far below the range exp is 0, and ln refuses what has no logarithm', () => {
  expect(exp(-1e6)).toBe(0);
  for (const x of [0, -1, Number.NaN]) expect(() => ln(x)).toThrow(/^x: /);
});

test('clamp', () => {
  expect([clamp(1, 2, 3), clamp(2.5, 2, 3), clamp(4, 2, 3)]).toEqual([2, 2.5, 3]);
});
