import { defineMeasure } from '../measure.ts';
import { temperature } from '../quantity.ts';
import { object, oneOf, optional } from '../spec.ts';
import { ieeeTimeFrame } from '../time-frame.ts';
import { relationToSleep, statistic } from '../vocabulary.ts';

/** Open mHealth body-temperature 4.0. */
export const bodyTemperature = defineMeasure({
  code: 'omh:body-temperature:4.0',
  display: 'Body temperature',
  kind: 'either',
  body: object({
    body_temperature: temperature,
    effective_time_frame: ieeeTimeFrame,
    measurement_location: optional(
      oneOf(
        'axillary',
        'finger',
        'forehead',
        'oral',
        'rectal',
        'temporal artery',
        'toe',
        'tympanic',
        'wrist',
        'vagina',
      ),
    ),
    temporal_relationship_to_sleep: optional(relationToSleep),
    ...statistic,
  }),
  primary: ['body_temperature'],
  shownIn: ['C', 'F'],
  loinc: [{ member: 'body_temperature', code: '8310-5', display: 'Body temperature' }],
});
