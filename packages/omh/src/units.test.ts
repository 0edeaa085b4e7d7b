import { describe, expect, it } from 'vitest';
import { toUnit, ucumUnit } from './index.ts';
import {
  DURATION_UNITS,
  LENGTH_UNITS,
  MASS_UNITS,
  METRIC_VOLUME_UNITS,
  TEMPERATURE_UNITS,
  US_VOLUME_UNITS,
} from './quantity.ts';

describe('toUnit', () => {
  it.each<[number, string, string, number]>([
    [5.5, 'mmol/L', 'mg/dL', 99.088],
    [180.16, 'mg/dL', 'mmol/L', 10],
    [98.6, 'F', 'C', 37],
    [0, 'C', 'K', 273.15],
    [310.15, 'K', 'F', 98.6],
    [-40, 'F', 'C', -40],
    [1, 'lb', 'oz', 16],
    [100, 'kg', 'lb', 220.46226218],
    [7000, 'gr', 'lb', 1],
    [1, 'Ton', 'kg', 907.18474],
    [1, 'Metric Ton', 'kg', 1000],
    [90, 'min', 'h', 1.5],
    [1, 'mi', 'km', 1.609344],
    [3, 'steps', 'steps', 3],
  ])('%d %s in %s', (value, from, to, expected) => {
    const found = toUnit({ value, unit: from }, to);
    expect(found?.unit).toBe(to);
    expect(found?.value).toBeCloseTo(expected, 8);
  });

  it.each([
    ['mg/dL', 'kg'],
    ['C', 'mmHg'],
    ['stone', 'kg'],
    ['Mo', 'd'],
    ['constructor', 'kg'],
  ])('%s does not become %s', (from, to) => expect(toUnit({ value: 1, unit: from }, to)).toBeNull());
});

describe('ucumUnit', () => {
  it.each([
    ['mmHg', 'mm[Hg]'],
    ['beats/min', '/min'],
    ['breaths/min', '/min'],
    ['sec', 's'],
    ['C', 'Cel'],
    ['F', '[degF]'],
    ['lb', '[lb_av]'],
    ['in', '[in_i]'],
    ['Mo', 'mo'],
    ['yr', 'a'],
    ['mg/dL', 'mg/dL'],
    ['steps', '{steps}'],
    ['steps/min', '{steps}/min'],
    ['bpm', null],
    ['toString', null],
  ])('%s is %s', (unit, ucum) => expect(ucumUnit(unit)).toBe(ucum));

  it('knows every unit of the closed lists', () => {
    const lists = [
      DURATION_UNITS,
      LENGTH_UNITS,
      MASS_UNITS,
      METRIC_VOLUME_UNITS,
      TEMPERATURE_UNITS,
      US_VOLUME_UNITS,
    ];
    expect(lists.flat().filter((unit) => ucumUnit(unit) === null)).toEqual([]);
  });
});
