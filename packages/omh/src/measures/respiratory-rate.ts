import { defineMeasure } from '../measure.ts';
import { quantity } from '../quantity.ts';
import { object } from '../spec.ts';
import { omhTimeFrame } from '../time-frame.ts';
import { statisticAndActivity } from '../vocabulary.ts';

/** Open mHealth respiratory-rate 2.0. */
export const respiratoryRate = defineMeasure({
  code: 'omh:respiratory-rate:2.0',
  display: 'Respiratory rate',
  kind: 'either',
  body: object({
    respiratory_rate: quantity('breaths/min'),
    effective_time_frame: omhTimeFrame,
    ...statisticAndActivity,
  }),
  primary: ['respiratory_rate'],
  loinc: [{ member: 'respiratory_rate', code: '9279-1', display: 'Respiratory rate' }],
});
