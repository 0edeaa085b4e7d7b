import { defineMeasure } from '../measure.ts';
import { percent, quantity } from '../quantity.ts';
import { object, oneOf, optional } from '../spec.ts';
import { omhTimeFrame } from '../time-frame.ts';
import { statistic } from '../vocabulary.ts';

/** Open mHealth oxygen-saturation 2.0. */
export const oxygenSaturation = defineMeasure({
  code: 'omh:oxygen-saturation:2.0',
  display: 'Oxygen saturation',
  kind: 'either',
  body: object({
    oxygen_saturation: percent,
    effective_time_frame: omhTimeFrame,
    system: optional(oneOf('peripheral capillary')),
    measurement_method: optional(oneOf('pulse oximetry')),
    supplemental_oxygen_flow_rate: optional(quantity('L/min')),
    oxygen_therapy_mode_of_administration: optional(oneOf('nasal cannula')),
    ...statistic,
  }),
  primary: ['oxygen_saturation'],
  loinc: [
    // FHIR vital signs asks for the first code; the second says how it was measured and may stand beside it.
    { member: 'oxygen_saturation', code: '2708-6', display: 'Oxygen saturation in Arterial blood' },
    {
      member: 'oxygen_saturation',
      code: '59408-5',
      display: 'Oxygen saturation in Arterial blood by Pulse oximetry',
    },
  ],
});
