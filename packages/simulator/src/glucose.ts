import { clamp, exp } from './elementary.ts';
import { offsetMinutesAt } from './local-time.ts';
import type { Meal } from './meals.ts';
import { randomFor } from './random.ts';
import type { Traits } from './traits.ts';
import type { Workout } from './workouts.ts';

const MINUTE = 60_000;
const INSULIN_ACTION_RATE = 0.025; // p2, 1/min
const INSULIN_CLEARANCE = 0.14; // n, 1/min
const MEAL_MINUTES = 15;
const ABSORBED_SHARE = 0.9;
// 75 kg x 1.8 dL/kg for everyone: the archetypes were tuned with it.
const DISTRIBUTION_DECILITRES = 135;
const INTERSTITIAL_LAG_MINUTES = 10;
/** Extra uptake by working muscle, 1/min. */
const UPTAKE = { light: 0.0025, moderate: 0.005, vigorous: 0.008 } as const;

/**
 * Interstitial glucose in mg/dL for each minute from `start`: Bergman's minimal model with two gut compartments, meals
 * eaten over 15 minutes, muscle uptake in workouts and better insulin sensitivity for hours after them, a dawn rise, and
 * the sensor site lagging the blood by 10 minutes. Explicit Euler with 1-minute steps.
 */
export function interstitialGlucose(
  traits: Traits,
  start: number,
  minutes: number,
  meals: readonly Meal[],
  workouts: readonly Workout[],
): Float64Array {
  const body = traits.glucose;
  const eaten = eatenPerMinute(start, minutes, meals);
  const uptake = uptakePerMinute(start, minutes, workouts);
  const result = new Float64Array(minutes);

  let glucose = body.basalGlucose;
  let site = glucose;
  let action = 0; // X, 1/min
  let insulin = body.basalInsulin;
  let stomach = 0; // Q1 and Q2, mg
  let gut = 0;
  let afterglow = 0; // 0..1, how much a recent workout still helps insulin
  let hour = 0;
  let sensitivity = body.insulinSensitivity;
  let fasting = body.basalGlucose;

  for (let i = 0; i < minutes; i++) {
    // Quarter hours are the finest grain on which any zone changes its clock.
    if (i % 15 === 0) {
      const at = start + i * MINUTE;
      const wallMinutes = at / MINUTE + offsetMinutesAt(at, traits.timeZone);
      const day = Math.floor(wallMinutes / 1440);
      hour = (wallMinutes - day * 1440) / 60;
      const today = randomFor(traits.seed, 'insulin sensitivity', day).lognormal(1, 0.12);
      sensitivity = body.insulinSensitivity * today * (hour >= 4 && hour < 9 ? 0.75 : 1);
      fasting = body.basalGlucose + 8 * exp(-(((hour - 7) / 2) ** 2));
    }
    const muscle = uptake[i]!;
    afterglow += muscle > 0.004 ? 0.02 * (1 - afterglow) : -afterglow / 180;
    // The liver covers what muscle takes as glucose falls towards 60 mg/dL.
    const counterRegulation = clamp((glucose - 60) / 40, 0, 1);
    const appearance = (ABSORBED_SHARE * body.gutRate * gut) / DISTRIBUTION_DECILITRES;
    const stimulus = Math.max(0, glucose - body.basalGlucose - 3);

    const glucoseChange =
      -(body.glucoseEffectiveness + action) * glucose +
      body.glucoseEffectiveness * fasting +
      appearance -
      muscle * counterRegulation * glucose;
    const actionChange =
      INSULIN_ACTION_RATE * (sensitivity * (1 + 0.35 * afterglow) * (insulin - body.basalInsulin) - action);
    const insulinChange = body.insulinResponse * stimulus - INSULIN_CLEARANCE * (insulin - body.basalInsulin);
    const gutChange = body.gutRate * (stomach - gut);

    stomach += eaten[i]! - body.gutRate * stomach;
    gut += gutChange;
    insulin += insulinChange;
    action = Math.max(-0.01, action + actionChange);
    site += (glucose - site) / INTERSTITIAL_LAG_MINUTES;
    glucose += glucoseChange;
    result[i] = site;
  }
  return result;
}

function eatenPerMinute(start: number, minutes: number, meals: readonly Meal[]): Float64Array {
  const milligrams = new Float64Array(minutes);
  for (const meal of meals) {
    const first = Math.round((meal.at - start) / MINUTE);
    for (let i = Math.max(0, first); i < Math.min(minutes, first + MEAL_MINUTES); i++) {
      milligrams[i]! += (meal.carbohydrateGrams * 1000) / MEAL_MINUTES;
    }
  }
  return milligrams;
}

function uptakePerMinute(start: number, minutes: number, workouts: readonly Workout[]): Float64Array {
  const perMinute = new Float64Array(minutes);
  for (const workout of workouts) {
    const first = Math.round((workout.start - start) / MINUTE);
    const last = Math.round((workout.end - start) / MINUTE);
    // Muscle keeps refilling its stores for a while: the uptake fades over 20 minutes.
    for (let i = Math.max(0, first); i < Math.min(minutes, last + 20); i++) {
      const fading = i < last ? 1 : 1 - (i - last) / 20;
      perMinute[i] = Math.max(perMinute[i]!, UPTAKE[workout.intensity] * fading);
    }
  }
  return perMinute;
}
