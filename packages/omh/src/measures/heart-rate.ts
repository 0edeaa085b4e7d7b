import { defineMeasure } from '../measure.ts';
import { quantity } from '../quantity.ts';
import { object, optional } from '../spec.ts';
import { omhTimeFrame } from '../time-frame.ts';
import { relationToSleep, statisticAndActivity } from '../vocabulary.ts';

/** Open mHealth heart-rate 2.0; the unit is `beats/min`, never `bpm`. */
export const heartRate = defineMeasure({
  code: 'omh:heart-rate:2.0',
  display: 'Heart Rate',
  kind: 'either',
  body: object({
    heart_rate: quantity('beats/min'),
    effective_time_frame: omhTimeFrame,
    temporal_relationship_to_sleep: optional(relationToSleep),
    ...statisticAndActivity,
  }),
  primary: ['heart_rate'],
  loinc: [{ member: 'heart_rate', code: '8867-4', display: 'Heart rate' }],
});
