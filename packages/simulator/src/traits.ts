import { type Archetype, GLUCOSE_PARAMETERS, type GlucoseParameters } from './archetypes.ts';
import { clamp } from './elementary.ts';
import { randomFor } from './random.ts';

/** What to simulate. Everything optional is drawn from the seed when absent. */
export type SimulationOptions = {
  /** Stable key of the person; the whole result follows from it. Not empty. */
  seed: string;
  archetype: Archetype;
  /** Full local days, 1..366. */
  days: number;
  /** The last full local day, `YYYY-MM-DD`. */
  endLocalDate: string;
  /** IANA name, e.g. `America/Los_Angeles`. */
  timeZone: string;
  /** Beats per minute at rest and awake, 35..110. */
  restingHeartRate?: number;
  /** Years, 18..100. */
  age?: number;
  /** Kilograms, 35..250; scales energy, not glucose. */
  weightKg?: number;
  /** Chance of fatigue after a high-carbohydrate lunch followed by a vigorous workout, 0..1; 0.85 when absent. */
  fatigueAfterLunchAndWorkout?: number;
};

/** What stays the same about one simulated person. */
export type Traits = {
  seed: string;
  timeZone: string;
  glucose: GlucoseParameters;
  restingHeartRate: number;
  maximumHeartRate: number;
  weightKg: number;
  /** Middle of the night on working days, minutes after local midnight. */
  sleepMidpointMinute: number;
  sleepMinutes: number;
  /** How much later the person lives at weekends, minutes. */
  weekendDelayMinutes: number;
  /** Median steps a day outside workouts. */
  dailySteps: number;
  fatigueAfterLunchAndWorkout: number;
};

/** Draws the person behind a seed. Refuses options outside their stated ranges with a RangeError naming the field. */
export function traitsOf(options: SimulationOptions): Traits {
  const { seed, archetype, timeZone } = options;
  if (seed === '') throw new RangeError('seed: must not be empty');
  if (!Object.hasOwn(GLUCOSE_PARAMETERS, archetype)) throw new RangeError('archetype: not a known archetype');
  inRange('restingHeartRate', options.restingHeartRate, 35, 110);
  inRange('age', options.age, 18, 100);
  inRange('weightKg', options.weightKg, 35, 250);
  inRange('fatigueAfterLunchAndWorkout', options.fatigueAfterLunchAndWorkout, 0, 1);

  const random = randomFor(seed, 'traits');
  const parameters = GLUCOSE_PARAMETERS[archetype];
  const diabetes = archetype === 't2d-metformin' || archetype === 't2d-uncontrolled';
  // Each value is drawn even where an option replaces it, so that an option changes nothing but itself.
  const age = clamp(random.normal(diabetes ? 54 : 42, 9), 22, 78);
  const weightKg = clamp(random.normal(diabetes ? 88 : 74, 11), 48, 135);
  const restingHeartRate = clamp(random.normal(diabetes ? 68 : 62, 6), 48, 86);
  return {
    seed,
    timeZone,
    glucose: {
      ...parameters,
      basalGlucose: parameters.basalGlucose * clamp(random.normal(1, 0.02), 0.95, 1.05),
      insulinSensitivity: parameters.insulinSensitivity * clamp(random.lognormal(1, 0.1), 0.8, 1.25),
    },
    restingHeartRate: options.restingHeartRate ?? Math.round(restingHeartRate),
    // Tanaka 2001.
    maximumHeartRate: 208 - 0.7 * (options.age ?? age),
    weightKg: options.weightKg ?? Math.round(weightKg),
    sleepMidpointMinute: clamp(random.normal(200, 35), 140, 270),
    sleepMinutes: clamp(random.normal(426, 25), 375, 480),
    weekendDelayMinutes: random.uniform(45, 75),
    dailySteps: random.uniform(6000, 8000),
    fatigueAfterLunchAndWorkout: options.fatigueAfterLunchAndWorkout ?? 0.85,
  };
}

function inRange(field: string, value: number | undefined, low: number, high: number): void {
  if (value !== undefined && !(value >= low && value <= high)) {
    throw new RangeError(`${field}: expected a number from ${low} to ${high}`);
  }
}
