import { defineMeasure } from '../measure.ts';
import { energy, MASS_UNITS, METRIC_VOLUME_UNITS, mass, US_VOLUME_UNITS } from '../quantity.ts';
import { number, object, oneOf, optional, refine, text } from '../spec.ts';
import { foodTimeFrame } from '../time-frame.ts';

const bareAmount = [{ path: '', message: 'must have a unit, or be a value alone' }];

/** A mass, a volume, or a bare number of servings, which then carries nothing else. */
const foodAmount = refine(
  object({
    value: number,
    unit: optional(oneOf(...MASS_UNITS, ...METRIC_VOLUME_UNITS, ...US_VOLUME_UNITS)),
  }),
  { anyOf: [{ required: ['unit'] }, { maxProperties: 1 }] },
  (amount) => (amount.unit !== undefined || Object.keys(amount).length === 1 ? null : bareAmount),
);

/** One food eaten, with what is known of its nutrients: IEEE 1752.2 draft food-entry 0.1. */
export const foodEntry = defineMeasure({
  code: 'ieee:food-entry:0.1',
  display: 'Food entry',
  kind: 'either',
  body: object({
    food_name: text,
    food_amount: foodAmount,
    effective_time_frame: foodTimeFrame,
    meal: optional(oneOf('breakfast', 'lunch', 'dinner', 'snack')),
    protein: optional(mass),
    carbohydrate: optional(mass),
    fat: optional(mass),
    saturated_fat: optional(mass),
    cholesterol: optional(mass),
    sodium: optional(mass),
    potassium: optional(mass),
    fiber: optional(mass),
    sugar: optional(mass),
    calories: optional(energy),
  }),
  // What matters beside a glucose curve comes first.
  primary: ['carbohydrate', 'calories'],
  shownIn: ['g'],
  loinc: [
    { member: 'carbohydrate', code: '9059-7', display: 'Carbohydrate intake Estimated' },
    { member: 'calories', code: '9052-2', display: 'Calorie intake total' },
  ],
});
