/** Closed word lists that several measures share (Open mHealth utility schemas, IEEE 1752.1 utility schemas). */
import { oneOf, optional } from './spec.ts';

/** descriptive-statistic: IEEE 1.0 and Open mHealth 1.2. */
export const descriptiveStatistic = oneOf(
  'average',
  'count',
  'maximum',
  'median',
  'minimum',
  'standard deviation',
  'sum',
  'variance',
  '20th percentile',
  '80th percentile',
  'lower quartile',
  'upper quartile',
  'quartile deviation',
  '1st quintile',
  '2nd quintile',
  '3rd quintile',
  '4th quintile',
);

/** descriptive-statistic 1.0 of Open mHealth, the shorter list step-count 3.0 still refers to. */
export const descriptiveStatisticOmh10 = oneOf(
  'average',
  'maximum',
  'minimum',
  'standard deviation',
  'variance',
  'sum',
  'median',
);

/** temporal-relationship-to-physical-activity 1.0. */
export const relationToActivity = oneOf(
  'at rest',
  'active',
  'before exercise',
  'after exercise',
  'during exercise',
);

/** temporal-relationship-to-sleep 1.0. */
export const relationToSleep = oneOf('before sleeping', 'during sleep', 'on waking');

/** reported_activity_intensity of both physical-activity measures. */
export const activityIntensity = oneOf('light', 'moderate', 'vigorous');

/** Members every vital sign may carry. */
export const statistic = { descriptive_statistic: optional(descriptiveStatistic) };

/** Members of a reading that may be told relative to exercise. */
export const statisticAndActivity = {
  ...statistic,
  temporal_relationship_to_physical_activity: optional(relationToActivity),
};
