import type { DayPlan } from './day-plan.ts';
import { clamp, exp, ln } from './elementary.ts';
import { epochOfLocal } from './local-time.ts';
import { randomFor } from './random.ts';
import type { Traits } from './traits.ts';

/** One reading of a continuous glucose monitor; epoch ms, whole mg/dL held to the sensor's 40-400. */
export type GlucoseReading = { at: number; mgPerDl: number };

const MINUTE = 60_000;
const DAY = 86_400_000;
const KNOT = 15 * MINUTE;
const SENSOR_DAYS = 10;
/** Sensors of today err about half as much as those Breton and Kovatchev fitted in 2008. */
const ERROR_SCALE = 0.5;

/**
 * Reads `truth` (interstitial mg/dL per minute from `start`) every 5 minutes through a sensor that is changed every 10
 * days: a gap while each warms up, a bias of its own, autocorrelated error (Breton and Kovatchev 2008), lost signal
 * 3-8 % of the time, and false lows when slept upon. `plans` must cover the time of `truth`.
 */
export function readGlucoseSensor(
  traits: Traits,
  truth: Float64Array,
  start: number,
  plans: readonly DayPlan[],
): GlucoseReading[] {
  const end = start + truth.length * MINUTE;
  const error = errorKnots(traits.seed, start, end);
  const lost = lostMinutes(traits.seed, start, truth.length);
  const pressed = compressionPerMinute(traits.seed, start, truth.length, plans);
  const readings: GlucoseReading[] = [];
  const sessions = sensorSessions(traits, plans[0]!.day, plans.at(-1)!.day);
  for (const [index, session] of sessions.entries()) {
    const until = Math.min(end, sessions[index + 1]?.start ?? end);
    for (let at = session.start + session.warmUp; at < until; at += 5 * MINUTE) {
      if (at < start) continue;
      const minute = Math.floor((at - start) / MINUTE);
      if (lost[minute]) continue;
      const knot = Math.floor((at - error.start) / KNOT);
      const share = (at - error.start) / KNOT - knot;
      const noise = error.mgPerDl[knot]! * (1 - share) + error.mgPerDl[knot + 1]! * share;
      const value = truth[minute]! * session.gain + noise - pressed[minute]!;
      readings.push({ at, mgPerDl: clamp(Math.round(value), 40, 400) });
    }
  }
  return readings;
}

type Session = { start: number; warmUp: number; gain: number };

function sensorSessions(traits: Traits, firstDay: number, lastDay: number): Session[] {
  const phase = randomFor(traits.seed, 'sensor phase').whole(0, SENSOR_DAYS - 1);
  const sessions: Session[] = [];
  for (let day = firstDay - SENSOR_DAYS; day <= lastDay; day++) {
    if ((day + phase) % SENSOR_DAYS !== 0) continue;
    const random = randomFor(traits.seed, 'sensor', day);
    sessions.push({
      start: epochOfLocal(day, random.whole(8 * 60, 21 * 60), traits.timeZone) + random.whole(0, 59) * 1000,
      warmUp: random.whole(30, 120) * MINUTE,
      gain: clamp(random.normal(1, 0.04), 0.9, 1.1),
    });
  }
  return sessions;
}

/** Sensor error in mg/dL at quarter hours; read between them on a straight line. */
function errorKnots(seed: string, start: number, end: number): { start: number; mgPerDl: number[] } {
  const firstDay = Math.floor(start / DAY);
  const mgPerDl: number[] = [];
  let walk = 0;
  for (let day = firstDay; day <= Math.floor(end / DAY) + 1; day++) {
    const random = randomFor(seed, 'sensor error', day);
    for (let knot = 0; knot < DAY / KNOT; knot++) {
      walk = 0.7 * (walk + random.normal(0, 1));
      mgPerDl.push(ERROR_SCALE * johnson(walk));
    }
  }
  return { start: firstDay * DAY, mgPerDl };
}

/** Johnson's unbounded distribution with the parameters of Breton and Kovatchev 2008. */
function johnson(normal: number): number {
  const power = exp((normal + 0.544) / 1.69);
  return -5.47 + (15.96 * (power - 1 / power)) / 2;
}

function lostMinutes(seed: string, start: number, minutes: number): Uint8Array {
  const lost = new Uint8Array(minutes);
  const share = randomFor(seed, 'signal').uniform(0.03, 0.08);
  for (let day = Math.floor(start / DAY) - 1; day * DAY < start + minutes * MINUTE; day++) {
    const random = randomFor(seed, 'signal', day);
    // Gaps average 30 minutes; as many tries a day as make up the share.
    for (let attempt = 0; attempt < 8; attempt++) {
      const begin = day * DAY + random.whole(0, 1439) * MINUTE;
      const length = Math.ceil(-30 * ln(1 - random.uniform(0, 1)));
      if (!random.chance((share * 1440) / 30 / 8)) continue;
      const first = Math.round((begin - start) / MINUTE);
      lost.fill(1, clamp(first, 0, minutes), clamp(first + length, 0, minutes));
    }
  }
  return lost;
}

function compressionPerMinute(
  seed: string,
  start: number,
  minutes: number,
  plans: readonly DayPlan[],
): Float64Array {
  const pressed = new Float64Array(minutes);
  for (const { day, sleeps } of plans) {
    const night = sleeps[0]!;
    const random = randomFor(seed, 'compression', day);
    if (!random.chance(0.1)) continue;
    const depth = random.uniform(25, 40);
    const length = random.whole(20, 60);
    const first = Math.round((random.uniform(night.start, night.end - length * MINUTE) - start) / MINUTE);
    for (let i = Math.max(0, first); i < Math.min(minutes, first + length); i++) {
      // The site drains and refills over about ten minutes.
      pressed[i] = depth * Math.min(1, (i - first + 1) / 10, (first + length - i) / 10);
    }
  }
  return pressed;
}
