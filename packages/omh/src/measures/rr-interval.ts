import { defineMeasure } from '../measure.ts';
import { quantity } from '../quantity.ts';
import { object, optional } from '../spec.ts';
import { omhTimeFrame } from '../time-frame.ts';
import { statisticAndActivity } from '../vocabulary.ts';

/** Time between successive heartbeats: Open mHealth rr-interval 1.0, the one vital sign whose time may be absent. */
export const rrInterval = defineMeasure({
  code: 'omh:rr-interval:1.0',
  display: 'RR Interval',
  kind: 'either',
  body: object({
    rr_interval: quantity('ms'),
    effective_time_frame: optional(omhTimeFrame),
    ...statisticAndActivity,
  }),
  primary: ['rr_interval'],
  loinc: [{ member: 'rr_interval', code: '8637-1', display: 'R-R interval' }],
});
