import { defineMeasure } from '../measure.ts';
import { quantity } from '../quantity.ts';
import { object, oneOf, optional } from '../spec.ts';
import { ieeeTimeFrame } from '../time-frame.ts';
import { relationToSleep, statistic } from '../vocabulary.ts';

const specimenSource = oneOf(
  'breath',
  'capillary blood',
  'interstitial fluid',
  'saliva',
  'sweat',
  'tears',
  'urine',
);

const relationToMeal = oneOf(
  'fasting',
  'not fasting',
  'before meal',
  'after meal',
  'before breakfast',
  'after breakfast',
  'before lunch',
  'after lunch',
  'before dinner',
  'after dinner',
  '2 hours postprandial',
  'with meal',
  'with food',
);

/** Glucose in blood or, from a sensor under the skin, in interstitial fluid: Open mHealth blood-glucose 4.0. */
export const bloodGlucose = defineMeasure({
  code: 'omh:blood-glucose:4.0',
  display: 'Blood glucose',
  kind: 'either',
  body: object({
    blood_glucose: quantity('mg/dL', 'mmol/L'),
    effective_time_frame: ieeeTimeFrame,
    specimen_source: optional(specimenSource),
    temporal_relationship_to_meal: optional(relationToMeal),
    temporal_relationship_to_sleep: optional(relationToSleep),
    ...statistic,
  }),
  primary: ['blood_glucose'],
  shownIn: ['mg/dL', 'mmol/L'],
  loinc: [
    // Sensor codes as in the HL7 CGM implementation guide 1.0.0.
    {
      member: 'blood_glucose',
      code: '99504-3',
      display: 'Glucose [Mass/volume] in Interstitial fluid',
      units: ['mg/dL'],
      specimen: 'interstitial fluid',
    },
    {
      member: 'blood_glucose',
      code: '105272-9',
      display: 'Glucose [Moles/volume] in Interstitial fluid',
      units: ['mmol/L'],
      specimen: 'interstitial fluid',
    },
    {
      member: 'blood_glucose',
      code: '41653-7',
      display: 'Glucose [Mass/volume] in Capillary blood by Glucometer',
      units: ['mg/dL'],
      specimen: 'capillary blood',
    },
    {
      member: 'blood_glucose',
      code: '14743-9',
      display: 'Glucose [Moles/volume] in Capillary blood by Glucometer',
      units: ['mmol/L'],
      specimen: 'capillary blood',
    },
  ],
});
