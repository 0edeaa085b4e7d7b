import { clamp } from './elementary.ts';
import type { Random } from './random.ts';
import type { Traits } from './traits.ts';

/** What the watch calls a workout. */
export type ActivityName = 'walking' | 'running' | 'cycling' | 'strength training';

/** How hard, in the words of OMH physical-activity. */
export type ActivityIntensity = 'light' | 'moderate' | 'vigorous';

/** A planned workout; epoch ms on whole minutes. */
export type Workout = {
  start: number;
  end: number;
  name: ActivityName;
  intensity: ActivityIntensity;
  /** Share of the heart rate reserve reached, 0..1. */
  effort: number;
  distanceMeters?: number;
  kcal: number;
  stepsPerMinute: number;
};

/** A workout as the watch records it: epoch ms, metres, kilocalories, beats per minute. */
export type Activity = {
  start: number;
  end: number;
  name: ActivityName;
  intensity: ActivityIntensity;
  distanceMeters?: number;
  kcal: number;
  averageHeartRate: number;
};

// Shares of heart rate reserve after the American College of Sports Medicine's bands (vigorous from 60 %).
const EFFORT: Readonly<Record<ActivityIntensity, readonly [number, number]>> = {
  light: [0.24, 0.36],
  moderate: [0.44, 0.56],
  vigorous: [0.66, 0.78],
};

const PACE: Readonly<Record<ActivityName, { kmPerHour: number; stepsPerMinute: number }>> = {
  walking: { kmPerHour: 5.1, stepsPerMinute: 108 },
  running: { kmPerHour: 9.6, stepsPerMinute: 164 },
  cycling: { kmPerHour: 21, stepsPerMinute: 0 },
  'strength training': { kmPerHour: 0, stepsPerMinute: 9 },
};

/** Draws one workout of `minutes` from `start`. */
export function workoutAt(
  random: Random,
  traits: Traits,
  start: number,
  minutes: number,
  name: ActivityName,
  intensity: ActivityIntensity,
): Workout {
  const [low, high] = EFFORT[intensity];
  const effort = random.uniform(low, high);
  const pace = PACE[name];
  const speed = pace.kmPerHour * clamp(random.normal(1, 0.06), 0.85, 1.15);
  // About 1 MET at rest and 11 at full effort for someone of ordinary fitness.
  const kcal = Math.round((1 + 10 * effort) * traits.weightKg * (minutes / 60));
  return {
    start,
    end: start + minutes * 60_000,
    name,
    intensity,
    effort,
    ...(speed > 0 ? { distanceMeters: Math.round((speed * 1000 * minutes) / 60) } : {}),
    kcal,
    stepsPerMinute: pace.stepsPerMinute * clamp(random.normal(1, 0.04), 0.9, 1.1),
  };
}
