import { clamp } from './elementary.ts';
import { epochOfLocal, isWeekend } from './local-time.ts';
import { type Random, randomFor } from './random.ts';
import type { Traits } from './traits.ts';

/** One sleep as a watch tells it; epoch ms, and the four stages in whole minutes add up to `end - start`. */
export type Sleep = {
  start: number;
  end: number;
  isMainSleep: boolean;
  lightMinutes: number;
  deepMinutes: number;
  remMinutes: number;
  awakeMinutes: number;
};

/** The night that ends on a local day. Its ends are clock times, so a night with a clock change is an hour off. */
export function nightEndingOn(traits: Traits, day: number): Sleep {
  const random = randomFor(traits.seed, 'night', day);
  const middle =
    traits.sleepMidpointMinute + (isWeekend(day) ? traits.weekendDelayMinutes : 0) + random.normal(0, 25);
  const minutes = clamp(random.normal(traits.sleepMinutes, 42), 270, 600);
  const awake = clamp(random.lognormal(28, 0.4), 8, 75);
  const half = (minutes + awake) / 2;
  const start = epochOfLocal(day, Math.round(middle - half), traits.timeZone);
  const end = epochOfLocal(day, Math.round(middle + half), traits.timeZone);
  return staged(random, start, end, true, Math.round(awake));
}

/** A nap of 20-60 minutes in the afternoon of a local day. */
export function napOn(traits: Traits, day: number): Sleep {
  const random = randomFor(traits.seed, 'nap', day);
  const start = epochOfLocal(day, random.whole(14 * 60 + 30, 16 * 60), traits.timeZone);
  return staged(random, start, start + random.whole(20, 60) * 60_000, false, random.whole(0, 4));
}

function staged(
  random: Random,
  start: number,
  end: number,
  isMainSleep: boolean,
  awakeMinutes: number,
): Sleep {
  const asleep = (end - start) / 60_000 - awakeMinutes;
  const deepMinutes = Math.round(
    asleep * (isMainSleep ? random.uniform(0.13, 0.23) : random.uniform(0, 0.1)),
  );
  const remMinutes = Math.round(asleep * (isMainSleep ? random.uniform(0.18, 0.25) : 0));
  const lightMinutes = asleep - deepMinutes - remMinutes;
  return { start, end, isMainSleep, lightMinutes, deepMinutes, remMinutes, awakeMinutes };
}
