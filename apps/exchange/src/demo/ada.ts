/** Ada's fortnight: simulated readings as the data points her sensor, watch and meal diary would send. */
import {
  bloodGlucose,
  type DataPoint,
  foodEntry,
  heartRate,
  type Measure,
  makeDataPoint,
  type NewDataPoint,
  omhPhysicalActivity,
} from '@jhe/omh';
import { localIso, recordUuid, simulatePerson } from '@jhe/simulator';

export const ADA_DAYS = 14;
const SEED = 'ada';
export const ADA_TIME_ZONE = 'America/Los_Angeles';

/** A data point with the source it came from. */
export type SourcedDataPoint = Readonly<{ measure: Measure; dataSourceId: number; dataPoint: DataPoint }>;

/** All that Ada's devices sent in the days that end with `lastDay` (YYYY-MM-DD); the same for the same day. */
export function adasDataPoints(lastDay: string): SourcedDataPoint[] {
  const person = simulatePerson({
    seed: SEED,
    archetype: 'prediabetes',
    days: ADA_DAYS,
    endLocalDate: lastDay,
    timeZone: ADA_TIME_ZONE,
    restingHeartRate: 61,
    age: 39,
    weightKg: 68,
  });
  const at = (epochMs: number) => localIso(epochMs, ADA_TIME_ZONE);
  const point = <B>(
    measure: Measure<B>,
    dataSourceId: number,
    epochMs: number,
    body: B,
    modality: NonNullable<NewDataPoint<B>['modality']> = 'sensed',
  ): SourcedDataPoint => ({
    measure,
    dataSourceId,
    dataPoint: makeDataPoint({
      measure,
      uuid: recordUuid(SEED, measure.code, epochMs),
      createdAt: at(epochMs),
      modality,
      body,
    }),
  });

  return [
    ...person.glucose.map((reading) =>
      point(bloodGlucose, 70002, reading.at, {
        blood_glucose: { value: reading.mgPerDl, unit: 'mg/dL' },
        effective_time_frame: { date_time: at(reading.at) },
        specimen_source: 'interstitial fluid',
      }),
    ),
    ...person.heartRate.map((reading) =>
      point(heartRate, 70007, reading.at, {
        heart_rate: { value: reading.beatsPerMinute, unit: 'beats/min' },
        effective_time_frame: { date_time: at(reading.at) },
      }),
    ),
    ...person.activities.map((activity) =>
      point(omhPhysicalActivity, 70007, activity.start, {
        activity_name: activity.name,
        effective_time_frame: {
          time_interval: { start_date_time: at(activity.start), end_date_time: at(activity.end) },
        },
        ...(activity.distanceMeters === undefined
          ? {}
          : { distance: { value: activity.distanceMeters, unit: 'm' } }),
        kcal_burned: { value: activity.kcal, unit: 'kcal' },
      }),
    ),
    ...person.meals.map((meal) =>
      point(
        foodEntry,
        70008,
        meal.at,
        {
          food_name: meal.name,
          food_amount: { value: 1 },
          effective_time_frame: { date_time: at(meal.at) },
          meal: meal.kind,
          carbohydrate: { value: meal.carbohydrateGrams, unit: 'g' },
          protein: { value: meal.proteinGrams, unit: 'g' },
          fat: { value: meal.fatGrams, unit: 'g' },
        },
        'self-reported',
      ),
    ),
  ];
}
