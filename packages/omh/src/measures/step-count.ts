import { defineMeasure } from '../measure.ts';
import { quantity } from '../quantity.ts';
import { object, optional, text } from '../spec.ts';
import { omhIntervalFrame } from '../time-frame.ts';
import { descriptiveStatisticOmh10 } from '../vocabulary.ts';

/** Steps over an interval: Open mHealth step-count 3.0. */
export const stepCount = defineMeasure({
  code: 'omh:step-count:3.0',
  display: 'Step count',
  kind: 'interval',
  body: object({
    step_count: quantity('steps'),
    effective_time_frame: omhIntervalFrame,
    descriptive_statistic: optional(descriptiveStatisticOmh10),
    descriptive_statistic_denominator: optional(text),
  }),
  primary: ['step_count'],
  loinc: [
    { member: 'step_count', code: '55423-8', display: 'Number of steps in unspecified time Pedometer' },
  ],
});
