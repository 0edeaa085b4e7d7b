import { defineMeasure } from '../measure.ts';
import { mass } from '../quantity.ts';
import { object } from '../spec.ts';
import { ieeeTimeFrame } from '../time-frame.ts';
import { statistic } from '../vocabulary.ts';

/** Open mHealth body-weight 3.0. */
export const bodyWeight = defineMeasure({
  code: 'omh:body-weight:3.0',
  display: 'Body weight',
  kind: 'either',
  body: object({ body_weight: mass, effective_time_frame: ieeeTimeFrame, ...statistic }),
  primary: ['body_weight'],
  shownIn: ['kg', 'lb'],
  loinc: [{ member: 'body_weight', code: '29463-7', display: 'Body weight' }],
});
