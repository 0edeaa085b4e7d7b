import { type DayPlan, planDay } from './day-plan.ts';
import type { Fatigue } from './fatigue.ts';
import { interstitialGlucose } from './glucose.ts';
import { type GlucoseReading, readGlucoseSensor } from './glucose-sensor.ts';
import { type HeartRateReading, heartRatePerMinute, readWatch } from './heart-rate.ts';
import { dayNumberOf } from './local-time.ts';
import type { Meal } from './meals.ts';
import type { Sleep } from './sleep.ts';
import { hourlySteps, type StepCount, stepsPerMinute } from './steps.ts';
import { type SimulationOptions, traitsOf } from './traits.ts';
import type { Activity, Workout } from './workouts.ts';

/** Everything a glucose sensor, a watch and a diary would hold; each array in order of time, times in epoch ms. */
export type SimulatedPerson = {
  /** The simulated window: local midnight of the first day, and of the day after the last (excluded). */
  start: number;
  end: number;
  timeZone: string;
  glucose: GlucoseReading[];
  heartRate: HeartRateReading[];
  activities: Activity[];
  steps: StepCount[];
  meals: Meal[];
  /** Sleeps that end inside the window; the first may begin before it. */
  sleep: Sleep[];
  fatigue: Fatigue[];
};

const MINUTE = 60_000;
/** Days simulated before the window and thrown away, so that it does not begin with everybody fasting. */
const LEAD_IN_DAYS = 2;

/**
 * Simulates one person for `days` full local days. The same options give the same result on any machine with the same
 * time zone rules, and a window moved by a day keeps the days it shares: each draw is keyed by seed and date.
 * Refuses options outside their ranges (see `SimulationOptions`) with a RangeError that names the field.
 */
export function simulatePerson(options: SimulationOptions): SimulatedPerson {
  const { days, timeZone } = options;
  if (!Number.isInteger(days) || days < 1 || days > 366) {
    throw new RangeError('days: expected a whole number from 1 to 366');
  }
  const lastDay = endDayOf(options.endLocalDate);
  const traits = traitsOf(options);
  const plans: DayPlan[] = [];
  // One day more than asked for: its night begins on the last evening.
  for (let day = lastDay - days + 1 - LEAD_IN_DAYS; day <= lastDay + 1; day++)
    plans.push(planDay(traits, day));

  const from = plans[0]!.start;
  const start = plans[LEAD_IN_DAYS]!.start;
  const end = plans.at(-1)!.start;
  const minutes = (end - from) / MINUTE;
  const lived = plans.slice(0, -1);
  const meals = lived.flatMap((plan) => plan.meals);
  const workouts = lived.flatMap((plan) => plan.workouts);
  const asleep = marked(
    plans.flatMap((plan) => plan.sleeps),
    from,
    minutes,
  );
  const off = plans.flatMap((plan) => plan.watchOff);
  const worn = marked(off, from, minutes).map((isOff) => 1 - isOff);

  const glucose = interstitialGlucose(traits, from, minutes, meals, workouts);
  const steps = stepsPerMinute(traits, from, asleep, lived);
  const heart = heartRatePerMinute(traits, from, { asleep, steps, meals, workouts });

  const inWindow = (at: number): boolean => at >= start && at < end;
  const wornAt = (at: number): boolean => worn[Math.round((at - from) / MINUTE)] === 1;
  const skip = (start - from) / MINUTE;
  return {
    start,
    end,
    timeZone,
    glucose: readGlucoseSensor(traits, glucose, from, lived).filter(({ at }) => inWindow(at)),
    heartRate: readWatch(heart.subarray(skip), worn.subarray(skip), start),
    activities: workouts
      .filter((workout) => inWindow(workout.start) && wornAt(workout.start))
      .map((workout) => recorded(workout, heart, from)),
    steps: hourlySteps(steps.subarray(skip), worn.subarray(skip), start),
    meals: meals.filter(({ at }) => inWindow(at)),
    sleep: lived
      .flatMap((plan) => plan.sleeps)
      .filter(
        (sleep) =>
          inWindow(sleep.end) && !off.some((gap) => gap.start <= sleep.start && sleep.end <= gap.end),
      ),
    fatigue: lived.flatMap((plan) => plan.fatigue).filter(({ at }) => inWindow(at)),
  };
}

function endDayOf(endLocalDate: string): number {
  try {
    return dayNumberOf(endLocalDate);
  } catch {
    throw new RangeError('endLocalDate: expected a calendar date YYYY-MM-DD');
  }
}

/** One entry a minute from `from`: 1 inside any of the intervals. */
function marked(
  intervals: readonly { start: number; end: number }[],
  from: number,
  minutes: number,
): Uint8Array {
  const marks = new Uint8Array(minutes);
  for (const { start, end } of intervals) {
    const first = Math.max(0, Math.round((start - from) / MINUTE));
    marks.fill(1, first, Math.max(first, Math.round((end - from) / MINUTE)));
  }
  return marks;
}

function recorded(workout: Workout, heart: Float64Array, from: number): Activity {
  const { start, end, name, intensity, distanceMeters, kcal } = workout;
  const beats = heart.subarray((start - from) / MINUTE, (end - from) / MINUTE);
  const averageHeartRate = Math.round(beats.reduce((a, b) => a + b, 0) / beats.length);
  const distance = distanceMeters === undefined ? {} : { distanceMeters };
  return { start, end, name, intensity, ...distance, kcal, averageHeartRate };
}
