import { type Fatigue, fatigueOn } from './fatigue.ts';
import { epochOfLocal, isWeekend } from './local-time.ts';
import { type Meal, mealAt } from './meals.ts';
import { randomFor } from './random.ts';
import { napOn, nightEndingOn, type Sleep } from './sleep.ts';
import type { Traits } from './traits.ts';
import { type Workout, workoutAt } from './workouts.ts';

/** A stretch of time, epoch ms, end excluded. */
export type Interval = { start: number; end: number };

/** What one person does on one local day, and when the watch is off the wrist. */
export type DayPlan = {
  day: number;
  /** Local midnight to the next; 23, 24 or 25 hours. */
  start: number;
  end: number;
  sleeps: Sleep[];
  meals: Meal[];
  workouts: Workout[];
  fatigue: Fatigue[];
  watchOff: Interval[];
};

type DayKind = { highLunch: boolean; lunchWorkout: boolean };

// Every week is dealt these seven days in another order, so that any two weeks show the pattern (lunch and workout)
// next to all its controls: the lunch alone, the workout alone, neither.
const WEEK: readonly DayKind[] = [
  { highLunch: true, lunchWorkout: true },
  { highLunch: true, lunchWorkout: true },
  { highLunch: true, lunchWorkout: false },
  { highLunch: true, lunchWorkout: false },
  { highLunch: false, lunchWorkout: true },
  { highLunch: false, lunchWorkout: true },
  { highLunch: false, lunchWorkout: false },
];

const MINUTE = 60_000;

/** The plan of a local day (days since 1970-01-01); a function of the person and the day alone. */
export function planDay(traits: Traits, day: number): DayPlan {
  const weekDay = day + 3; // Weeks begin on Monday, as in ISO 8601.
  const week = Math.floor(weekDay / 7);
  const kind = randomFor(traits.seed, 'week', week).shuffled(WEEK)[weekDay - week * 7]!;
  const night = nightEndingOn(traits, day);
  const bedtime = nightEndingOn(traits, day + 1).start;
  const { meals, workouts } = mealsAndWorkouts(traits, day, kind, night.end, bedtime);
  const random = randomFor(traits.seed, 'watch', day);
  const nap = random.chance(0.08) && !kind.lunchWorkout ? [napOn(traits, day)] : [];

  const watchOff: Interval[] = [];
  const worn = !random.chance(0.1) || kind.lunchWorkout; // Nobody forgets the watch on a training day.
  if (!worn) watchOff.push({ start: night.end, end: bedtime });
  const charging = bedtime - random.whole(40, 100) * MINUTE;
  if (random.chance(0.85)) {
    watchOff.push({ start: charging, end: charging + random.whole(25, 60) * MINUTE });
  }
  const nightWorn = !random.chance(0.05);
  if (!nightWorn) watchOff.push({ start: night.start - 20 * MINUTE, end: night.end + 10 * MINUTE });

  return {
    day,
    start: epochOfLocal(day, 0, traits.timeZone),
    end: epochOfLocal(day + 1, 0, traits.timeZone),
    sleeps: [night, ...nap],
    meals,
    workouts,
    fatigue: fatigueOn(traits, day, meals, workouts),
    watchOff,
  };
}

function mealsAndWorkouts(
  traits: Traits,
  day: number,
  kind: DayKind,
  wake: number,
  bedtime: number,
): Pick<DayPlan, 'meals' | 'workouts'> {
  const random = randomFor(traits.seed, 'day', day);
  const later = isWeekend(day) ? 60 : 0;
  const clock = (minute: number, deviation: number): number =>
    epochOfLocal(day, Math.round(minute + later + random.normal(0, deviation)), traits.timeZone);
  const after = (from: number, low: number, high: number): number => from + random.whole(low, high) * MINUTE;
  const factor = traits.glucose.carbohydrateFactor;
  const meals: Meal[] = [];
  const workouts: Workout[] = [];

  const breakfast = Math.max(clock(450, 30), after(wake, 15, 35));
  if (!random.chance(0.07)) meals.push(mealAt(random, breakfast, 'breakfast', factor));

  const lunch = Math.max(clock(765, 35), after(breakfast, 150, 180));
  const skipped = random.chance(0.12) && !kind.highLunch && !kind.lunchWorkout;
  const entry = kind.highLunch ? 'high-carbohydrate lunch' : 'light lunch';
  if (!skipped) meals.push(mealAt(random, lunch, entry, factor));

  let free = lunch;
  if (kind.lunchWorkout) {
    const name = random.chance(0.65) ? 'running' : 'cycling';
    const start = after(lunch, 35, 80);
    workouts.push(workoutAt(random, traits, start, random.whole(28, 45), name, 'vigorous'));
  } else if (random.chance(0.55)) {
    // Long after lunch: the same effort without the pattern.
    const start = Math.max(clock(1050, 20), after(lunch, 200, 220));
    const run = random.chance(0.4);
    const name = run ? 'running' : 'strength training';
    const evening = workoutAt(
      random,
      traits,
      start,
      random.whole(30, 50),
      name,
      run ? 'vigorous' : 'moderate',
    );
    workouts.push(evening);
    free = evening.end;
  }

  if (random.chance(0.4)) meals.push(mealAt(random, after(lunch, 165, 225), 'snack', factor));

  const dinner = Math.max(clock(1130, 40), after(free, 25, 45), after(lunch, 255, 285));
  if (!random.chance(0.07) && dinner < bedtime - 60 * MINUTE) {
    meals.push(mealAt(random, dinner, 'dinner', factor));
    const walk = after(dinner, 35, 55);
    const minutes = random.whole(18, 40);
    if (random.chance(0.4) && walk + minutes * MINUTE < bedtime - 20 * MINUTE) {
      workouts.push(workoutAt(random, traits, walk, minutes, 'walking', 'light'));
    }
  }
  return { meals: meals.sort((a, b) => a.at - b.at), workouts };
}
