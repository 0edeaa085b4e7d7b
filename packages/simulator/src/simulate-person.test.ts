import { describe, expect, test } from 'vitest';
import type { Archetype } from './archetypes.ts';
import { lunchesFollowedByWorkout } from './fatigue.ts';
import { localIso } from './local-time.ts';
import { hash128 } from './random.ts';
import { type SimulatedPerson, simulatePerson } from './simulate-person.ts';
import type { SimulationOptions } from './traits.ts';

const MINUTE = 60_000;
const HOUR = 60 * MINUTE;

// The two weeks hold the end of daylight saving time in Los Angeles (1 November 2026).
const ada = (options: Partial<SimulationOptions> = {}): SimulatedPerson =>
  simulatePerson({
    seed: 'ada',
    archetype: 'prediabetes',
    days: 14,
    endLocalDate: '2026-11-08',
    timeZone: 'America/Los_Angeles',
    ...options,
  });
const people = (count: number, options: Partial<SimulationOptions> = {}): SimulatedPerson[] =>
  Array.from({ length: count }, (_, i) => ada({ ...options, seed: `person-${i}` }));
const mean = (values: readonly number[]): number => values.reduce((a, b) => a + b, 0) / values.length;
const share = <T>(items: readonly T[], holds: (item: T) => boolean): number =>
  items.filter(holds).length / items.length;

describe('glucose looks like its archetype (8 people, 14 days)', () => {
  type Range = readonly [number, number];
  const check = (archetype: Archetype, meanRange: Range, deviationRange: Range, inRange: Range): void => {
    const values = people(8, { archetype }).flatMap((person) => person.glucose.map((g) => g.mgPerDl));
    const average = mean(values);
    const deviation = Math.sqrt(mean(values.map((value) => (value - average) ** 2)));
    const timeInRange = 100 * share(values, (value) => value >= 70 && value <= 180);
    for (const [got, [low, high]] of [
      [average, meanRange],
      [deviation, deviationRange],
      [timeInRange, inRange],
    ] as const) {
      expect(got).toBeGreaterThanOrEqual(low);
      expect(got).toBeLessThanOrEqual(high);
    }
  };
  const cases: [Archetype, Range, Range, Range][] = [
    ['healthy', [92, 105], [13, 18], [97, 100]],
    ['prediabetes', [104, 120], [18, 25], [95, 99.7]],
    ['t2d-metformin', [127, 150], [28, 38], [83, 95]],
    ['t2d-uncontrolled', [165, 188], [39, 52], [60, 80]],
  ];
  for (const [archetype, ...ranges] of cases) test(archetype, () => check(archetype, ...ranges));

  test('each reading is close to the one before: autocorrelation above 0.9', () => {
    for (const person of people(4)) {
      const all = person.glucose;
      const average = mean(all.map((g) => g.mgPerDl));
      const pairs = all
        .slice(1)
        .flatMap((next, i) => (next.at - all[i]!.at === 5 * MINUTE ? [[all[i]!, next] as const] : []));
      const covariance = mean(pairs.map(([a, b]) => (a.mgPerDl - average) * (b.mgPerDl - average)));
      expect(covariance / mean(all.map((g) => (g.mgPerDl - average) ** 2))).toBeGreaterThan(0.9);
    }
  });
});

describe('causes have effects', () => {
  const near = <T extends { at: number }>(items: readonly T[], from: number, to: number): T[] =>
    items.filter(({ at }) => at >= from && at < to);

  test('glucose is higher 40-80 minutes after a meal than in the quarter hour before', () => {
    const rises = people(4).flatMap(({ glucose, meals, activities }) =>
      meals
        .filter(
          ({ at, kind }) => kind === 'breakfast' && !activities.some((a) => Math.abs(a.start - at) < HOUR),
        )
        .flatMap(({ at }) => {
          const before = near(glucose, at - 15 * MINUTE, at);
          const after = near(glucose, at + 40 * MINUTE, at + 80 * MINUTE);
          if (before.length === 0 || after.length === 0) return [];
          return [mean(after.map((g) => g.mgPerDl)) - mean(before.map((g) => g.mgPerDl))];
        }),
    );
    expect(rises.length).toBeGreaterThan(30);
    expect(mean(rises)).toBeGreaterThan(20);
  });

  test('vigorous workouts raise the heart well above the rest of the day, and sleep lowers it', () => {
    const { activities, heartRate, sleep } = ada({ restingHeartRate: 60, age: 40 });
    const vigorous = activities.filter((a) => a.intensity === 'vigorous');
    expect(vigorous.length).toBeGreaterThan(4);
    for (const { averageHeartRate } of vigorous) expect(averageHeartRate).toBeGreaterThan(125);
    const asleep = heartRate.filter(({ at }) => sleep.some((s) => at > s.start + 30 * MINUTE && at < s.end));
    const night = mean(asleep.map((h) => h.beatsPerMinute));
    expect(night).toBeLessThan(58);
    expect(mean(heartRate.map((h) => h.beatsPerMinute))).toBeGreaterThan(night + 6);
  });

  test('steps: 4,000-16,000 on most days, none in the small hours', () => {
    const { steps, start } = ada({ timeZone: 'Etc/UTC' });
    const days = Array.from({ length: 14 }, (_, day) =>
      steps
        .filter((s) => Math.floor((s.start - start) / (24 * HOUR)) === day)
        .reduce((sum, s) => sum + s.steps, 0),
    );
    expect(share(days, (total) => total > 4000 && total < 16_000)).toBeGreaterThan(0.7);
    expect(steps.filter((s) => ((s.start - start) / HOUR) % 24 === 3)).toEqual([]);
  });
});

describe('the story: lunch high in carbohydrate, then a vigorous workout within 90 minutes', () => {
  const tiredAfter = (person: SimulatedPerson, lunchAt: number): boolean =>
    person.fatigue.some(({ at }) => at >= lunchAt + 2 * HOUR && at <= lunchAt + 4 * HOUR);
  const lunches = (group: readonly SimulatedPerson[]) =>
    group.flatMap((person) => {
      const pattern = new Set(
        lunchesFollowedByWorkout(person.meals, person.activities).map(({ lunch }) => lunch.at),
      );
      return person.meals
        .filter(({ kind }) => kind === 'lunch')
        .map(({ at }) => ({ story: pattern.has(at), tired: tiredAfter(person, at) }));
    });

  test('fatigue follows it 2-4 hours later far more often than other lunches', () => {
    const all = lunches(people(10));
    expect(
      share(
        all.filter((l) => l.story),
        (l) => l.tired,
      ),
    ).toBeGreaterThan(0.7);
    expect(
      share(
        all.filter((l) => !l.story),
        (l) => l.tired,
      ),
    ).toBeLessThan(0.06);
  });
  test('without the effect, it follows no more often than elsewhere', () => {
    const all = lunches(people(10, { fatigueAfterLunchAndWorkout: 0 }));
    expect(
      share(
        all.filter((l) => l.story),
        (l) => l.tired,
      ),
    ).toBeLessThan(0.15);
  });
  test('everyone has the pattern and each of its controls in any two weeks', () => {
    for (const archetype of ['healthy', 't2d-uncontrolled'] as const) {
      for (const [i, endLocalDate] of ['2026-11-08', '2026-11-11', '2026-11-13', '2026-11-14'].entries()) {
        const { meals, activities } = ada({ seed: `week-${i}`, archetype, endLocalDate });
        const pattern = lunchesFollowedByWorkout(meals, activities).length;
        const high = meals.filter((m) => m.kind === 'lunch' && m.carbohydrateGrams >= 75).length;
        const vigorous = activities.filter((a) => a.intensity === 'vigorous').length;
        expect(pattern).toBeGreaterThanOrEqual(2);
        expect(high).toBeGreaterThan(pattern);
        expect(vigorous).toBeGreaterThan(pattern);
      }
    }
  });
});

describe('the clock on the wall', () => {
  test('no meal comes at the same minute every day', () => {
    const { meals } = ada();
    for (const kind of ['breakfast', 'lunch', 'dinner'] as const) {
      const minutes = meals
        .filter((meal) => meal.kind === kind)
        .map(({ at }) => localIso(at, 'America/Los_Angeles').slice(11, 16));
      expect(new Set(minutes).size).toBeGreaterThan(minutes.length / 2);
    }
  });
  for (const timeZone of ['America/Los_Angeles', 'Asia/Kolkata', 'Pacific/Auckland', 'Australia/Lord_Howe']) {
    test(`lunch is around midday in ${timeZone}, whatever the season`, () => {
      for (const endLocalDate of ['2026-03-12', '2026-04-08', '2026-10-08', '2026-11-05']) {
        const person = ada({ timeZone, endLocalDate });
        expect(localIso(person.start, timeZone).slice(11, 16)).toBe('00:00');
        expect(localIso(person.end, timeZone).slice(11, 16)).toBe('00:00');
        for (const { at, kind } of person.meals) {
          if (kind !== 'lunch') continue;
          const hour = Number(localIso(at, timeZone).slice(11, 13));
          expect(hour).toBeGreaterThanOrEqual(10);
          expect(hour).toBeLessThanOrEqual(16);
        }
      }
    });
  }
  test('the two weeks in which clocks go back are an hour longer', () => {
    const { start, end } = ada();
    expect((end - start) / HOUR).toBe(14 * 24 + 1);
  });
});

describe('the same input gives the same output', () => {
  test('twice, and against a fixed print', () => {
    const person = ada({ timeZone: 'Etc/UTC' });
    expect(ada({ timeZone: 'Etc/UTC' })).toEqual(person);
    // Changes whenever the simulation does; then copy the new value, and mean it.
    expect(
      hash128(JSON.stringify(person))
        .map((word) => word.toString(16))
        .join('-'),
    ).toBe('f5416764-c390a0e2-dbbfe086-4a3120a0');
  });
  test('another seed is another person', () =>
    expect(ada({ seed: 'grace' }).glucose).not.toEqual(ada().glucose));
  test('a window moved by a day keeps the days it shares', () => {
    const today = ada();
    const tomorrow = ada({ endLocalDate: '2026-11-09' });
    const shared = <T>(items: readonly T[], time: (item: T) => number): T[] =>
      items.filter((item) => time(item) >= tomorrow.start && time(item) < today.end);
    const at = (item: { at: number }): number => item.at;
    const start = (item: { start: number }): number => item.start;
    expect(shared(tomorrow.meals, at)).toEqual(shared(today.meals, at));
    expect(shared(tomorrow.fatigue, at)).toEqual(shared(today.fatigue, at));
    expect(shared(tomorrow.heartRate, at)).toEqual(shared(today.heartRate, at));
    expect(shared(tomorrow.steps, start)).toEqual(shared(today.steps, start));
    expect(shared(tomorrow.activities, start)).toEqual(shared(today.activities, start));
    expect(shared(tomorrow.glucose, at)).toEqual(shared(today.glucose, at));
  });
});

test('everything lies in the window, in order, and the watch has gaps', () => {
  for (const person of people(6)) {
    const { start, end } = person;
    for (const list of [person.glucose, person.heartRate, person.meals, person.fatigue]) {
      const times = list.map(({ at }) => at);
      expect(times.every((at, i) => at >= start && at < end && (i === 0 || at >= times[i - 1]!))).toBe(true);
    }
    for (const list of [person.activities, person.steps, person.sleep]) {
      expect(
        list.every((item, i) => item.end > item.start && (i === 0 || item.start >= list[i - 1]!.start)),
      ).toBe(true);
    }
    for (const sleep of person.sleep) {
      const stages = sleep.lightMinutes + sleep.deepMinutes + sleep.remMinutes + sleep.awakeMinutes;
      expect(stages).toBe((sleep.end - sleep.start) / MINUTE);
    }
    const gaps = (list: readonly { at: number }[]): number =>
      list.slice(1).filter(({ at }, i) => at - list[i]!.at > 20 * MINUTE).length;
    expect(gaps(person.heartRate)).toBeGreaterThan(3);
    expect(gaps(person.glucose)).toBeGreaterThan(3);
  }
});

describe('refuses, naming the field', () => {
  const check = (options: Partial<SimulationOptions>, field: string): void => {
    expect(() => ada(options)).toThrow(new RegExp(`^${field}: `));
  };
  const cases: [Partial<SimulationOptions>, string][] = [
    [{ seed: '' }, 'seed'],
    [{ archetype: 'toString' as Archetype }, 'archetype'],
    [{ days: 0 }, 'days'],
    [{ days: 1.5 }, 'days'],
    [{ endLocalDate: '2026-02-30' }, 'endLocalDate'],
    [{ timeZone: 'Nowhere/At_All' }, 'timeZone'],
    [{ restingHeartRate: 20 }, 'restingHeartRate'],
    [{ age: Number.NaN }, 'age'],
    [{ fatigueAfterLunchAndWorkout: 1.1 }, 'fatigueAfterLunchAndWorkout'],
  ];
  for (const [options, field] of cases) test(JSON.stringify(options), () => check(options, field));
});
