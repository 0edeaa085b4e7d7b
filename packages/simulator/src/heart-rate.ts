import { clamp, cosOfTurns } from './elementary.ts';
import { offsetMinutesAt } from './local-time.ts';
import type { Meal } from './meals.ts';
import { randomFor } from './random.ts';
import type { Traits } from './traits.ts';
import type { Workout } from './workouts.ts';

/** One heart rate reading of the watch; epoch ms, whole beats per minute. */
export type HeartRateReading = { at: number; beatsPerMinute: number };

const MINUTE = 60_000;
const DAY = 86_400_000;

/** What moves the heart, one entry a minute where it is an array. */
export type HeartRateCauses = {
  asleep: Uint8Array;
  steps: Float64Array;
  meals: readonly Meal[];
  workouts: readonly Workout[];
};

/**
 * Beats per minute for each minute from `start`: the resting rate, a circadian wave lowest about 04:00 local, less in
 * sleep, more after meals and with steps, workouts approached within a minute or so and left over four, and AR(1) noise.
 */
export function heartRatePerMinute(traits: Traits, start: number, causes: HeartRateCauses): Float64Array {
  const { asleep, steps } = causes;
  const minutes = asleep.length;
  const random = randomFor(traits.seed, 'heart');
  const wave = random.uniform(3, 5);
  const nadir = random.uniform(3, 5);
  const sleepDrop = random.uniform(5, 8);
  const reserve = traits.maximumHeartRate - traits.restingHeartRate;

  const effort = new Float64Array(minutes);
  for (const workout of causes.workouts) {
    const first = Math.round((workout.start - start) / MINUTE);
    const last = Math.round((workout.end - start) / MINUTE);
    for (let i = Math.max(0, first); i < Math.min(minutes, last); i++) {
      // Hearts drift upwards in a long effort.
      effort[i] = workout.effort * (0.95 + (0.1 * (i - first)) / (last - first));
    }
  }
  const digestion = digestionPerMinute(start, minutes, causes.meals);
  const noise = noisePerFiveMinutes(traits.seed, start, minutes);

  const result = new Float64Array(minutes);
  let work = 0;
  let rest = traits.restingHeartRate;
  let circadian = 0;
  for (let i = 0; i < minutes; i++) {
    if (i % 15 === 0) {
      const at = start + i * MINUTE;
      const hour = (at / MINUTE + offsetMinutesAt(at, traits.timeZone)) / 60;
      circadian = -wave * cosOfTurns((hour - nadir) / 24);
    }
    const target = reserve * effort[i]!;
    work += (target - work) / (target > work ? 1.5 : 4);
    const moving = effort[i]! > 0 ? 0 : Math.min(28, steps[i]! * 0.55);
    const calm = traits.restingHeartRate + circadian + moving + (asleep[i] ? -sleepDrop : digestion[i]!);
    rest += (calm - rest) / 5;
    result[i] = clamp(rest + work + noise[Math.floor(i / 5)]!, 38, traits.maximumHeartRate);
  }
  return result;
}

/** The readings the watch keeps: one every 5 minutes while it is worn. */
export function readWatch(perMinute: Float64Array, worn: Uint8Array, start: number): HeartRateReading[] {
  const readings: HeartRateReading[] = [];
  for (let i = 0; i < perMinute.length; i += 5) {
    if (worn[i]) readings.push({ at: start + i * MINUTE, beatsPerMinute: Math.round(perMinute[i]!) });
  }
  return readings;
}

/** Up to 6 beats more, fading over two and a half hours, by the size of the meal. */
function digestionPerMinute(start: number, minutes: number, meals: readonly Meal[]): Float64Array {
  const extra = new Float64Array(minutes);
  for (const meal of meals) {
    const first = Math.round((meal.at - start) / MINUTE);
    const height = Math.min(6, meal.kcal / 110);
    for (let i = Math.max(0, first); i < Math.min(minutes, first + 150); i++) {
      extra[i]! += height * (1 - (i - first) / 150);
    }
  }
  return extra;
}

function noisePerFiveMinutes(seed: string, start: number, minutes: number): number[] {
  const noise: number[] = [];
  const step = 5 * MINUTE;
  const firstDay = Math.floor(start / DAY);
  let walk = 0;
  for (let day = firstDay; day * DAY < start + minutes * MINUTE; day++) {
    const random = randomFor(seed, 'heart noise', day);
    for (let at = day * DAY; at < (day + 1) * DAY; at += step) {
      // 0.9 from one reading to the next; the deviation settles at about 3 beats.
      walk = 0.9 * walk + random.normal(0, 1.3);
      if (at > start - step) noise.push(walk);
    }
  }
  return noise;
}
