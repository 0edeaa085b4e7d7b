import type { DayPlan } from './day-plan.ts';
import { isWeekend } from './local-time.ts';
import { randomFor } from './random.ts';
import type { Traits } from './traits.ts';

/** Steps counted in one hour, or in the part of it in which the watch was worn; epoch ms. */
export type StepCount = { start: number; end: number; steps: number };

const MINUTE = 60_000;
// Shares by local hour: two commutes and a lunch break, against a late and flat weekend.
const WORKING_DAY = [
  0, 0, 0, 0, 0, 0.1, 0.5, 1.3, 1.9, 0.8, 0.6, 0.7, 1.1, 0.8, 0.6, 0.6, 0.8, 1.6, 1.4, 0.8, 0.6, 0.4, 0.3,
  0.1,
];
const WEEKEND = [
  0, 0, 0, 0, 0, 0, 0.2, 0.4, 0.7, 1.0, 1.3, 1.4, 1.2, 1.1, 1.2, 1.2, 1.1, 1.0, 0.9, 0.7, 0.5, 0.4, 0.3, 0.2,
];

/**
 * Steps actually taken in each minute from `start`: a lognormal total for the day spread over the waking hours, and the
 * steps of workouts on top. `asleep` has one entry a minute.
 */
export function stepsPerMinute(
  traits: Traits,
  start: number,
  asleep: Uint8Array,
  plans: readonly DayPlan[],
): Float64Array {
  const steps = new Float64Array(asleep.length);
  for (const plan of plans) {
    const random = randomFor(traits.seed, 'steps', plan.day);
    const total = random.lognormal(traits.dailySteps, 0.3);
    const weights = (isWeekend(plan.day) ? WEEKEND : WORKING_DAY).map((w) => w * random.lognormal(1, 0.35));
    const sum = weights.reduce((a, b) => a + b, 0);
    const first = Math.round((plan.start - start) / MINUTE);
    const last = Math.round((plan.end - start) / MINUTE);
    // People move in bursts: five minutes here and there carry most of an hour's steps (the factor's mean is 1).
    const bursts = Array.from({ length: 300 }, () => random.lognormal(0.6, 1.01));
    for (let i = Math.max(0, first); i < Math.min(steps.length, last); i++) {
      // Hours since midnight, not the clock: on a 23- or 25-hour day nothing is missing or doubled by it.
      const weight = weights[Math.min(23, Math.floor((i - first) / 60))]!;
      const burst = bursts[Math.floor((i - first) / 5)]!;
      if (!asleep[i]) steps[i] = Math.min(115, ((total * weight) / sum / 60) * burst);
    }
    for (const workout of plan.workouts) {
      const begin = Math.round((workout.start - start) / MINUTE);
      const finish = Math.round((workout.end - start) / MINUTE);
      steps.fill(workout.stepsPerMinute, Math.max(0, begin), Math.max(0, Math.min(steps.length, finish)));
    }
  }
  return steps;
}

/** Sums the worn minutes of each hour from `start`; hours without a step are left out, as watches do. */
export function hourlySteps(steps: Float64Array, worn: Uint8Array, start: number): StepCount[] {
  const counts: StepCount[] = [];
  for (let hour = 0; hour * 60 < steps.length; hour++) {
    let sum = 0;
    const end = Math.min(steps.length, hour * 60 + 60);
    for (let i = hour * 60; i < end; i++) sum += worn[i] ? steps[i]! : 0;
    const rounded = Math.round(sum);
    if (rounded > 0) {
      counts.push({ start: start + hour * 60 * MINUTE, end: start + end * MINUTE, steps: rounded });
    }
  }
  return counts;
}
