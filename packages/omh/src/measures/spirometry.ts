/** The two breathing-test volumes of Open mHealth. */
import { defineMeasure } from '../measure.ts';
import { quantity } from '../quantity.ts';
import { object, oneOf, optional } from '../spec.ts';
import { ieeeTimeFrame } from '../time-frame.ts';
import { statisticAndActivity } from '../vocabulary.ts';

const circumstances = {
  effective_time_frame: ieeeTimeFrame,
  measurement_quality: optional(oneOf('acceptable', 'usable', 'rejected')),
  ...statisticAndActivity,
};

/** Open mHealth forced-vital-capacity 1.0. */
export const forcedVitalCapacity = defineMeasure({
  code: 'omh:forced-vital-capacity:1.0',
  display: 'Forced vital capacity',
  kind: 'either',
  body: object({ forced_vital_capacity: quantity('L'), ...circumstances }),
  primary: ['forced_vital_capacity'],
  loinc: [
    {
      member: 'forced_vital_capacity',
      code: '19868-9',
      display: 'Forced vital capacity [Volume] Respiratory system by Spirometry',
    },
  ],
});

/** Open mHealth forced-expiratory-volume-1-second 1.0. */
export const forcedExpiratoryVolume1Second = defineMeasure({
  code: 'omh:forced-expiratory-volume-1-second:1.0',
  display: 'Forced expiratory volume 1 second',
  kind: 'either',
  body: object({ forced_expiratory_volume_1_second: quantity('L'), ...circumstances }),
  primary: ['forced_expiratory_volume_1_second'],
  loinc: [{ member: 'forced_expiratory_volume_1_second', code: '20150-9', display: 'FEV1' }],
});
