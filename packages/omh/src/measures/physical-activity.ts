/** Physical activity: the Open mHealth measure and the IEEE 1752.1 one that supersedes it. */
import { defineMeasure } from '../measure.ts';
import { duration, energy, length, openQuantity, quantity } from '../quantity.ts';
import { number, object, optional, text } from '../spec.ts';
import { ieeeIntervalFrame, omhTimeFrame } from '../time-frame.ts';
import { activityIntensity, statistic } from '../vocabulary.ts';

const exertion = {
  distance: optional(length),
  kcal_burned: optional(energy),
  reported_activity_intensity: optional(activityIntensity),
  met_value: optional(number),
};

const calories = { member: 'kcal_burned', code: '41981-2', display: 'Calories burned' };

/** Open mHealth physical-activity 1.2; only the name of the activity is required. */
export const omhPhysicalActivity = defineMeasure({
  code: 'omh:physical-activity:1.2',
  display: 'Physical activity',
  kind: 'either',
  body: object({ activity_name: text, effective_time_frame: optional(omhTimeFrame), ...exertion }),
  primary: ['distance', 'kcal_burned'],
  shownIn: ['km', 'mi'],
  loinc: [calories],
});

/** IEEE 1752.1 physical-activity 1.0; steps are a `base_movement_quantity` in `steps`. */
export const ieeePhysicalActivity = defineMeasure({
  code: 'ieee:physical-activity:1.0',
  display: 'Physical activity',
  kind: 'interval',
  body: object({
    activity_name: text,
    effective_time_frame: ieeeIntervalFrame,
    base_movement_quantity: optional(openQuantity('steps', 'laps', 'skips', 'movements', 'strokes')),
    cumulative_elevation_gain: optional(length),
    duration: optional(duration),
    duration_light_activity: optional(duration),
    duration_moderate_activity: optional(duration),
    duration_vigorous_activity: optional(duration),
    average_cadence: optional(
      openQuantity('steps/min', 'strokes/min', 'skips/min', 'laps/min', 'movements/min'),
    ),
    average_speed: optional(quantity('m/s', 'km/h')),
    descriptive_statistic_denominator: optional(text),
    ...exertion,
    ...statistic,
  }),
  primary: ['base_movement_quantity', 'duration', 'distance', 'kcal_burned'],
  loinc: [
    {
      member: 'base_movement_quantity',
      code: '55423-8',
      display: 'Number of steps in unspecified time Pedometer',
      units: ['steps'],
    },
    calories,
  ],
});
