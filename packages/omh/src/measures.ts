import { IEEE_SYSTEM, type LoincFact, type Measure, OMH_SYSTEM, quantityAt } from './measure.ts';
import { bloodGlucose } from './measures/blood-glucose.ts';
import { bloodPressure } from './measures/blood-pressure.ts';
import { bodyTemperature } from './measures/body-temperature.ts';
import { bodyWeight } from './measures/body-weight.ts';
import { foodEntry } from './measures/food-entry.ts';
import { heartRate } from './measures/heart-rate.ts';
import { oxygenSaturation } from './measures/oxygen-saturation.ts';
import { ieeePhysicalActivity, omhPhysicalActivity } from './measures/physical-activity.ts';
import { respiratoryRate } from './measures/respiratory-rate.ts';
import { rrInterval } from './measures/rr-interval.ts';
import { sleepDuration, sleepEpisode, sleepStageSummary } from './measures/sleep.ts';
import { forcedExpiratoryVolume1Second, forcedVitalCapacity } from './measures/spirometry.ts';
import { stepCount } from './measures/step-count.ts';
import type { Quantity } from './quantity.ts';

const all: readonly Measure[] = [
  bloodGlucose,
  bloodPressure,
  bodyTemperature,
  heartRate,
  oxygenSaturation,
  respiratoryRate,
  rrInterval,
  bodyWeight,
  forcedVitalCapacity,
  forcedExpiratoryVolume1Second,
  omhPhysicalActivity,
  stepCount,
  sleepStageSummary,
  sleepEpisode,
  sleepDuration,
  ieeePhysicalActivity,
  foodEntry,
];

/** Every measure known, by code such as `omh:blood-glucose:4.0`. */
export const measures: ReadonlyMap<string, Measure> = new Map(all.map((measure) => [measure.code, measure]));

/** Whether a coding system is one of the two that carry these codes. */
export function isOmhSystem(system: string): boolean {
  return system === OMH_SYSTEM || system === IEEE_SYSTEM;
}

/** The measure of a coding, or undefined. Clients send `ieee:` codes under either system, so the two count as one and
 * the code decides. */
export function findMeasure(system: string, code: string): Measure | undefined {
  return isOmhSystem(system) ? measures.get(code) : undefined;
}

/** The value that stands for a reading, in the unit it was sent in, or null when the body has none. */
export function primaryValue(measure: Measure, body: unknown): Quantity | null {
  return measure.primaryValue(body);
}

/**
 * LOINC codes for one quantity of a body (by default its first primary member), best first: codes for another unit or
 * specimen than the body's are left out, so glucose without a stated specimen has none.
 */
export function loincFor(
  measure: Measure,
  body: unknown,
  member = measure.primary[0] ?? '',
): readonly LoincFact[] {
  const unit = quantityAt(body, member)?.unit;
  const specimen =
    typeof body === 'object' && body !== null && 'specimen_source' in body ? body.specimen_source : undefined;
  return measure.loinc.filter(
    (fact) =>
      fact.member === member &&
      (fact.units === undefined || (unit !== undefined && fact.units.includes(unit))) &&
      (fact.specimen === undefined || fact.specimen === specimen),
  );
}
