import { clamp } from './elementary.ts';
import { epochOfLocal } from './local-time.ts';
import { HIGH_CARBOHYDRATE_GRAMS, type Meal } from './meals.ts';
import { randomFor } from './random.ts';
import type { Traits } from './traits.ts';
import type { ActivityIntensity } from './workouts.ts';

/** A moment the person marked as tired; epoch ms and severity 0 (none) to 100 (worst). */
export type Fatigue = { at: number; severity: number };

/** A lunch high in carbohydrate and the vigorous workout begun within 90 minutes of it. */
export type LunchAndWorkout<W> = { lunch: Meal; workout: W };

const MINUTE = 60_000;

/**
 * The pattern the story turns on: every lunch of at least `HIGH_CARBOHYDRATE_GRAMS` with the first vigorous workout that
 * begins 0-90 minutes after it. Works on plans and on recorded activities alike.
 */
export function lunchesFollowedByWorkout<W extends { start: number; intensity: ActivityIntensity }>(
  meals: readonly Meal[],
  workouts: readonly W[],
): LunchAndWorkout<W>[] {
  return meals
    .filter((meal) => meal.kind === 'lunch' && meal.carbohydrateGrams >= HIGH_CARBOHYDRATE_GRAMS)
    .flatMap((lunch) => {
      const workout = workouts.find(
        ({ start, intensity }) =>
          intensity === 'vigorous' && start >= lunch.at && start <= lunch.at + 90 * MINUTE,
      );
      return workout ? [{ lunch, workout }] : [];
    });
}

/** Marks of one local day: likely 2-4 hours after the pattern, and now and then (7 % of days) for no reason, milder. */
export function fatigueOn<W extends { start: number; end: number; intensity: ActivityIntensity }>(
  traits: Traits,
  day: number,
  meals: readonly Meal[],
  workouts: readonly W[],
): Fatigue[] {
  const random = randomFor(traits.seed, 'fatigue', day);
  const marks: Fatigue[] = [];
  for (const { lunch, workout } of lunchesFollowedByWorkout(meals, workouts)) {
    if (!random.chance(traits.fatigueAfterLunchAndWorkout)) continue;
    const delay = clamp(Math.round(random.normal(180, 28)), 122, 238) * MINUTE;
    marks.push({
      at: Math.max(lunch.at + delay, workout.end + 15 * MINUTE),
      severity: Math.round(clamp(random.normal(70, 11), 45, 95)),
    });
  }
  if (random.chance(0.07)) {
    const at = epochOfLocal(day, random.whole(10 * 60, 20 * 60 + 30), traits.timeZone);
    marks.push({ at, severity: Math.round(random.uniform(15, 45)) });
  }
  return marks.sort((a, b) => a.at - b.at);
}
