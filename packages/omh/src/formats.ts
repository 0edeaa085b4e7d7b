import { format, type Spec } from './spec.ts';
import { parseFullDate, parseTimestamp } from './timestamp.ts';

const UUID = /^[0-9a-f]{8}-[0-9a-f]{4}-[0-9a-f]{4}-[0-9a-f]{4}-[0-9a-f]{12}$/i;

/** A UUID in its 36 character text form (RFC 9562 section 4), either case. Braces and `urn:uuid:` are refused. */
export const uuid: Spec<string> = format(
  'uuid',
  (v) => UUID.test(v),
  'must be a UUID, 8-4-4-4-12 hexadecimal digits',
);

/** An instant: RFC 3339 `date-time` with an offset (IEEE 1752.1 date-time 1.0). Zone-less times are refused, because
 * the instant of a reading must not depend on where the server stands. */
export const dateTime: Spec<string> = format(
  'date-time',
  (v) => parseTimestamp(v) !== null,
  'must be an RFC 3339 date-time with an offset, such as 2026-03-01T08:00:00-05:00 or a trailing Z',
);

/** A calendar day: RFC 3339 `full-date`. */
export const fullDate: Spec<string> = format(
  'date',
  (v) => parseFullDate(v) !== null,
  'must be a calendar date, YYYY-MM-DD',
);
