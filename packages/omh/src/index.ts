/** Open mHealth and IEEE 1752 measures: one definition each, from which type, validation, JSON Schema, units and FHIR
 * facts follow. */
export {
  type BodyResult,
  type DataPointResult,
  makeDataPoint,
  type NewDataPoint,
  parseDataPoint,
  validateBody,
} from './data-point.ts';
export { type EffectiveTime, effectiveTime } from './effective-time.ts';
export {
  type BodyOf,
  type DataPoint,
  type Header,
  IEEE_SYSTEM,
  type LoincFact,
  type Measure,
  OMH_SYSTEM,
  type Part,
} from './measure.ts';
export { bloodGlucose } from './measures/blood-glucose.ts';
export { bloodPressure } from './measures/blood-pressure.ts';
export { bodyTemperature } from './measures/body-temperature.ts';
export { bodyWeight } from './measures/body-weight.ts';
export { foodEntry } from './measures/food-entry.ts';
export { heartRate } from './measures/heart-rate.ts';
export { oxygenSaturation } from './measures/oxygen-saturation.ts';
export { ieeePhysicalActivity, omhPhysicalActivity } from './measures/physical-activity.ts';
export { respiratoryRate } from './measures/respiratory-rate.ts';
export { rrInterval } from './measures/rr-interval.ts';
export { sleepDuration, sleepEpisode, sleepStageSummary } from './measures/sleep.ts';
export { forcedExpiratoryVolume1Second, forcedVitalCapacity } from './measures/spirometry.ts';
export { stepCount } from './measures/step-count.ts';
export { findMeasure, isOmhSystem, loincFor, measures, primaryValue } from './measures.ts';
export type { Quantity } from './quantity.ts';
export type { Issue, JsonSchema } from './spec.ts';
export { parseTimestamp, type Timestamp } from './timestamp.ts';
export { GLUCOSE_MG_PER_DL_PER_MMOL_PER_L, toUnit, ucumUnit } from './units.ts';
