import { expect, test } from 'vitest';
import { planDay } from './day-plan.ts';
import { readGlucoseSensor } from './glucose-sensor.ts';
import { traitsOf } from './traits.ts';

const DAYS = 90;
const options = {
  seed: 'sensor',
  archetype: 'healthy',
  days: DAYS,
  endLocalDate: '2026-11-08',
  timeZone: 'Etc/UTC',
} as const;

function readSteady(mgPerDl: number) {
  const traits = traitsOf(options);
  const plans = Array.from({ length: DAYS }, (_, i) => planDay(traits, 20_700 + i));
  const truth = new Float64Array(DAYS * 1440).fill(mgPerDl);
  return readGlucoseSensor(traits, truth, plans[0]!.start, plans);
}

test('errs by 4-12 % on average, as sensors on the market do', () => {
  const readings = readSteady(140);
  const error =
    readings.reduce((sum, { mgPerDl }) => sum + Math.abs(mgPerDl - 140) / 140, 0) / readings.length;
  expect(error).toBeGreaterThan(0.04);
  expect(error).toBeLessThan(0.12);
});

test('holds readings to 40-400', () => {
  expect(Math.min(...readSteady(20).map((r) => r.mgPerDl))).toBe(40);
  expect(Math.max(...readSteady(500).map((r) => r.mgPerDl))).toBe(400);
});

test('warms up for 30-120 minutes every 10 days, loses signal 3-8 % of the time, and reads every 5 minutes else', () => {
  const readings = readSteady(140);
  const gaps = readings.slice(1).map(({ at }, i) => (at - readings[i]!.at) / 60_000);
  expect(gaps.every((gap) => gap > 0)).toBe(true);
  // Only at a change of sensor do the readings move off their 5-minute grid.
  const changes = gaps.filter((gap) => gap % 5 !== 0);
  expect(changes.length).toBeGreaterThanOrEqual(7);
  expect(Math.min(...changes)).toBeGreaterThanOrEqual(30);
  const present = (readings.length * 5) / (DAYS * 1440);
  expect(present).toBeGreaterThan(0.9);
  expect(present).toBeLessThan(0.97);
});

test('is pressed low in some nights', () => {
  expect(readSteady(140).filter(({ mgPerDl }) => mgPerDl < 112).length).toBeGreaterThan(10);
});
