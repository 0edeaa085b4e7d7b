import { dateTime, uuid } from './formats.ts';
import { DURATION_UNITS } from './quantity.ts';
import { list, nonEmptyText, number, object, oneOf, oneShape, optional, text } from './spec.ts';

const timeWindow = oneShape(
  object({
    value: optional(number),
    low_value: optional(number),
    high_value: optional(number),
    unit: oneOf(...DURATION_UNITS),
  }),
  [['value'], ['low_value', 'high_value']],
);

/** frequency-unit-value 1.0: a number of hertz, or a number of times in a window of time. */
const frequency = oneShape(
  object({
    value: optional(number),
    unit: optional(oneOf('Hz')),
    number_of_times: optional(number),
    time_window: optional(timeWindow),
  }),
  [
    ['value', 'unit'],
    ['number_of_times', 'time_window'],
  ],
);

/** Datasheet references are `iri` in the standard, but published examples carry bare maker names ("iHealth"), so any
 * non-empty text is accepted. */
const datasheet = object({ datasheet_type: optional(text), datasheet_reference: nonEmptyText });

/** How a reading came about: measured by a device or told by a person. */
export const modality = oneOf('sensed', 'self-reported');

/**
 * The IEEE 1752.1 header 1.0, demanded of every data point whether its body is Open mHealth or IEEE. `schema_id` must
 * name exactly the measure the point claims to be; the older Open mHealth header (`id`, `creation_date_time`) lacks
 * the required members and is refused.
 */
export function header<N extends string, M extends string, V extends string>(
  namespace: N,
  name: M,
  version: V,
) {
  return object({
    uuid,
    schema_id: object({ namespace: oneOf(namespace), name: oneOf(name), version: oneOf(version) }),
    source_creation_date_time: dateTime,
    modality: optional(modality),
    acquisition_rate: optional(frequency),
    external_datasheets: optional(list(datasheet)),
  });
}
