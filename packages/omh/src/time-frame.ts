/** When a reading holds: IEEE 1752.1 time-frame 1.0 and Open mHealth time-frame 1.x. They differ in one thing: the
 * older Open mHealth interval may also be a date with a part of the day. */
import { dateTime, fullDate } from './formats.ts';
import { duration } from './quantity.ts';
import { object, oneOf, oneShape, optional, refine, type Spec } from './spec.ts';

/** Parts of the day of Open mHealth part-of-day 1.0. */
export const PARTS_OF_DAY = ['morning', 'afternoon', 'evening', 'night'] as const;

const edges = {
  start_date_time: optional(dateTime),
  end_date_time: optional(dateTime),
  duration: optional(duration),
};
const pairs = [
  ['start_date_time', 'end_date_time'],
  ['start_date_time', 'duration'],
  ['end_date_time', 'duration'],
] as const;

/** Exactly two of start, end and duration. All three are refused: they could contradict each other. Like the published
 * schemas and their test documents, this does not compare start with end: a period may come out backwards. */
const ieeeInterval = oneShape(object(edges), pairs);

/** As the IEEE interval, or a date with a part of the day. */
const omhInterval = oneShape(
  object({ ...edges, date: optional(fullDate), part_of_day: optional(oneOf(...PARTS_OF_DAY)) }),
  [...pairs, ['date', 'part_of_day']],
);

function frame<I>(interval: Spec<I>) {
  return oneShape(object({ date_time: optional(dateTime), time_interval: optional(interval) }), [
    ['date_time'],
    ['time_interval'],
  ]);
}

const instantRefused = [
  { path: 'date_time', message: 'must be absent: this measure takes a time_interval only' },
];

/** An interval and no instant. */
function intervalFrame<I>(interval: Spec<I>) {
  return refine(object({ time_interval: interval }), { not: { required: ['date_time'] } }, (value) =>
    (value as { date_time?: unknown }).date_time === undefined ? null : instantRefused,
  );
}

/** An instant or an interval, IEEE 1752.1 time-frame 1.0. */
export const ieeeTimeFrame = frame(ieeeInterval);

/** An interval, IEEE 1752.1. */
export const ieeeIntervalFrame = intervalFrame(ieeeInterval);

/** An instant or an interval, Open mHealth time-frame 1.0. */
export const omhTimeFrame = frame(omhInterval);

/** An interval, Open mHealth. */
export const omhIntervalFrame = intervalFrame(omhInterval);

/** The food-entry draft adds a third choice: only the day is known. */
export const foodTimeFrame = oneShape(
  object({
    date_time: optional(dateTime),
    time_interval: optional(ieeeInterval),
    full_date: optional(fullDate),
  }),
  [['date_time'], ['time_interval'], ['full_date']],
);
