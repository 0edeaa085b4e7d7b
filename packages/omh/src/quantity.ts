/** Values with units: IEEE 1752.1 unit-value 1.0 and the closed unit lists of its dimensions. Units are spelt as the
 * standard spells them (`sec`, `Mo`, `beats/min`), not as UCUM does; `ucumUnit` translates. */
import { number, object, oneOf, type Spec, text } from './spec.ts';

/** A number and its unit. */
export interface Quantity<U extends string = string> {
  readonly value: number;
  readonly unit: U;
}

export const DURATION_UNITS = ['ps', 'ns', 'us', 'ms', 'sec', 'min', 'h', 'd', 'wk', 'Mo', 'yr'] as const;
export const LENGTH_UNITS = ['fm', 'pm', 'nm', 'um', 'mm', 'cm', 'm', 'km', 'in', 'ft', 'yd', 'mi'] as const;
export const MASS_UNITS = [
  'fg',
  'pg',
  'ng',
  'ug',
  'mg',
  'g',
  'kg',
  'Metric Ton',
  'gr',
  'oz',
  'lb',
  'Ton',
] as const;
export const METRIC_VOLUME_UNITS = ['fL', 'pL', 'nL', 'uL', 'mL', 'cL', 'dL', 'L', 'kL'] as const;
export const US_VOLUME_UNITS = ['fl oz', 'Cup', 'in^3', 'pt', 'qt', 'gal', 'tsp', 'tbsp'] as const;
export const TEMPERATURE_UNITS = ['K', 'F', 'C'] as const;

/** A finite number in one of the given units. */
export function quantity<const U extends readonly string[]>(...units: U): Spec<Quantity<U[number]>> {
  return object({ value: number, unit: oneOf(...units) });
}

/** A finite number in a unit of the sender's choosing; `usual` are the units the standard suggests. */
export function openQuantity(...usual: readonly string[]): Spec<Quantity> {
  return object({ value: number, unit: { ...text, schema: { type: 'string', examples: usual } } });
}

/** duration-unit-value 1.0. */
export const duration = quantity(...DURATION_UNITS);

export const length = quantity(...LENGTH_UNITS);
export const mass = quantity(...MASS_UNITS);
export const temperature = quantity(...TEMPERATURE_UNITS);
export const percent = quantity('%');
export const energy = quantity('kcal');
