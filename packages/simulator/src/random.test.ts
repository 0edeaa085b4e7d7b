import { describe, expect, test } from 'vitest';
import { type Random, randomFor } from './random.ts';

const draws = (random: Random, count: number, draw: (random: Random) => number): number[] =>
  Array.from({ length: count }, () => draw(random));
const mean = (values: readonly number[]): number => values.reduce((a, b) => a + b, 0) / values.length;

describe('the key alone decides', () => {
  const sequence = (...key: (string | number)[]) => draws(randomFor(...key), 5, (r) => r.uniform(0, 1));
  test('the same key repeats', () =>
    expect(sequence('ada', 'meals', 1)).toEqual(sequence('ada', 'meals', 1)));
  for (const other of [
    ['ada', 'meals', 2],
    ['ada', 'meal', 's1'],
    ['adb', 'meals', 1],
    ['ada', 'meals', '1'],
  ]) {
    test(`${JSON.stringify(other)} is another stream`, () => {
      expect(sequence(...other)).not.toEqual(sequence('ada', 'meals', 1));
    });
  }
  test('streams of neighbouring days are unrelated', () => {
    const pairs = Array.from({ length: 4000 }, (_, day) => [
      randomFor('ada', day).uniform(-1, 1),
      randomFor('ada', day + 1).uniform(-1, 1),
    ]);
    // Expected deviation of the mean product: (1/3) / sqrt(4000) = 0.0053.
    expect(Math.abs(mean(pairs.map(([a, b]) => a! * b!)))).toBeLessThan(0.02);
  });
});

describe('distributions, 20,000 draws', () => {
  const check = (draw: (random: Random) => number, expectedMean: number, expectedDeviation: number): void => {
    const values = draws(randomFor('distributions'), 20_000, draw);
    const average = mean(values);
    const deviation = Math.sqrt(mean(values.map((value) => (value - average) ** 2)));
    expect(Math.abs(average - expectedMean)).toBeLessThan(0.04 * expectedDeviation);
    expect(deviation / expectedDeviation).toBeCloseTo(1, 1);
  };
  test('uniform', () => check((r) => r.uniform(2, 4), 3, 2 / Math.sqrt(12)));
  test('normal', () => check((r) => r.normal(10, 3), 10, 3));
  test('whole', () => check((r) => r.whole(1, 6), 3.5, Math.sqrt(35 / 12)));
  test('chance', () => check((r) => Number(r.chance(0.3)), 0.3, Math.sqrt(0.21)));
});

test('shuffled keeps every element, pick refuses an empty list', () => {
  const random = randomFor('cards');
  expect(random.shuffled([1, 2, 3, 4, 5]).sort()).toEqual([1, 2, 3, 4, 5]);
  expect(() => random.pick([])).toThrow(/^choices: /);
});
