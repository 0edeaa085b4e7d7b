import { defineMeasure } from '../measure.ts';
import { quantity } from '../quantity.ts';
import { object, oneOf, optional } from '../spec.ts';
import { ieeeTimeFrame } from '../time-frame.ts';
import { statisticAndActivity } from '../vocabulary.ts';

/** Open mHealth body-location 1.x. */
const bodyLocation = oneOf(
  'left ankle',
  'right ankle',
  'left hip',
  'right hip',
  'left thigh',
  'right thigh',
  'left thorax',
  'middle left thorax',
  'left upper arm',
  'right upper arm',
  'left wrist',
  'right wrist',
);

/** Systolic and diastolic pressure: Open mHealth blood-pressure 4.0. A cuff's pulse is a heart-rate point of its own. */
export const bloodPressure = defineMeasure({
  code: 'omh:blood-pressure:4.0',
  display: 'Blood pressure',
  kind: 'either',
  body: object({
    systolic_blood_pressure: quantity('mmHg'),
    diastolic_blood_pressure: quantity('mmHg'),
    effective_time_frame: ieeeTimeFrame,
    body_posture: optional(oneOf('sitting', 'lying down', 'standing', 'semi-recumbent')),
    measurement_location: optional(bodyLocation),
    ...statisticAndActivity,
  }),
  primary: ['systolic_blood_pressure', 'diastolic_blood_pressure'],
  parts: [
    { member: 'systolic_blood_pressure', display: 'Systolic' },
    { member: 'diastolic_blood_pressure', display: 'Diastolic' },
  ],
  loinc: [
    { member: '', code: '85354-9', display: 'Blood pressure panel with all children optional' },
    { member: 'systolic_blood_pressure', code: '8480-6', display: 'Systolic blood pressure' },
    { member: 'diastolic_blood_pressure', code: '8462-4', display: 'Diastolic blood pressure' },
  ],
});
