import { describe, expect, it } from 'vitest';
import { effectiveTime } from './index.ts';

const start = '2026-01-31T08:00:00-05:00';
const end = '2026-03-31T09:30:00-05:00';
const day = { date: '2026-03-01' };
const header = { source_creation_date_time: '2026-03-01T20:00:00+05:30' };

/** Expected: kind, start, end, offset. */
type Row = [string, unknown, string, string | null, string | null, number | null];
const lasting = (value: unknown, unit: unknown) => ({
  time_interval: { start_date_time: start, duration: { value, unit } },
});
const ending = (value: unknown, unit: unknown) => ({
  time_interval: { end_date_time: end, duration: { value, unit } },
});
const startUtc = '2026-01-31T13:00:00.000Z';
const endUtc = '2026-03-31T14:30:00.000Z';

describe('effectiveTime', () => {
  it.each<Row>([
    ['instant', { date_time: start }, 'instant', startUtc, null, -300],
    [
      'no zone is UTC',
      { date_time: '2026-01-31T08:00:00' },
      'instant',
      '2026-01-31T08:00:00.000Z',
      null,
      null,
    ],
    [
      'bad instant hides the interval',
      { date_time: 'x', time_interval: { start_date_time: start, end_date_time: end } },
      'none',
      null,
      null,
      null,
    ],
    [
      'instant hides the interval',
      { date_time: start, time_interval: { start_date_time: end } },
      'instant',
      startUtc,
      null,
      -300,
    ],
    [
      'start and end',
      { time_interval: { start_date_time: start, end_date_time: end } },
      'period',
      startUtc,
      endUtc,
      -300,
    ],
    [
      'duration beside both is ignored',
      { time_interval: { start_date_time: start, end_date_time: end, duration: { value: 1, unit: 'h' } } },
      'period',
      startUtc,
      endUtc,
      -300,
    ],
    [
      'bad end, duration used',
      { time_interval: { start_date_time: start, end_date_time: 'x', duration: { value: 1, unit: 'h' } } },
      'period',
      startUtc,
      '2026-01-31T14:00:00.000Z',
      -300,
    ],
    ['only a start', { time_interval: { start_date_time: start } }, 'none', null, null, null],
    ['ps', lasting(1e12, 'ps'), 'period', startUtc, '2026-01-31T13:00:01.000Z', -300],
    ['ns', lasting(1e9, 'ns'), 'period', startUtc, '2026-01-31T13:00:01.000Z', -300],
    ['us', lasting(1e6, 'us'), 'period', startUtc, '2026-01-31T13:00:01.000Z', -300],
    ['ms', lasting(250, 'ms'), 'period', startUtc, '2026-01-31T13:00:00.250Z', -300],
    ['sec', lasting(90, 'sec'), 'period', startUtc, '2026-01-31T13:01:30.000Z', -300],
    ['min', lasting(1.5, 'min'), 'period', startUtc, '2026-01-31T13:01:30.000Z', -300],
    ['h', lasting(2, 'h'), 'period', startUtc, '2026-01-31T15:00:00.000Z', -300],
    ['d', lasting(1, 'd'), 'period', startUtc, '2026-02-01T13:00:00.000Z', -300],
    ['wk', lasting(1, 'wk'), 'period', startUtc, '2026-02-07T13:00:00.000Z', -300],
    [
      'Mo clamps to the end of the month',
      lasting(1.9, 'Mo'),
      'period',
      startUtc,
      '2026-02-28T13:00:00.000Z',
      -300,
    ],
    [
      'Mo in a leap year',
      { time_interval: { start_date_time: '2024-01-31T00:00:00Z', duration: { value: 1, unit: 'Mo' } } },
      'period',
      '2024-01-31T00:00:00.000Z',
      '2024-02-29T00:00:00.000Z',
      null,
    ],
    ['UTC, no clock', { date_time: '2026-01-31T13:00:00Z' }, 'instant', startUtc, null, null],
    ['-00:00, no clock', { date_time: '2026-01-31T13:00:00-00:00' }, 'instant', startUtc, null, null],
    ['a clock that shows UTC', { date_time: '2026-01-31T13:00:00+00:00' }, 'instant', startUtc, null, 0],
    [
      'Mo on the local calendar',
      { time_interval: { start_date_time: '2026-01-31T23:30:00-05:00', duration: { value: 1, unit: 'Mo' } } },
      'period',
      '2026-02-01T04:30:00.000Z',
      '2026-03-01T04:30:00.000Z',
      -300,
    ],
    ['Mo over the year', lasting(12, 'Mo'), 'period', startUtc, '2027-01-31T13:00:00.000Z', -300],
    ['yr', lasting(2, 'yr'), 'period', startUtc, '2028-01-31T13:00:00.000Z', -300],
    ['yr beyond the calendar', lasting(9e9, 'yr'), 'period', startUtc, null, -300],
    ['unknown unit', lasting(1, 's'), 'period', startUtc, null, -300],
    ['inherited name as unit', lasting(1, 'constructor'), 'period', startUtc, null, -300],
    ['text value', lasting('1', 'h'), 'period', startUtc, null, -300],
    ['end and duration', ending(30, 'min'), 'period', '2026-03-31T14:00:00.000Z', endUtc, -300],
    ['end and Mo', ending(1, 'Mo'), 'period', '2026-02-28T14:30:00.000Z', endUtc, -300],
    ['end and unknown unit', ending(1, 's'), 'period', null, endUtc, -300],
    [
      'night',
      { time_interval: { ...day, part_of_day: 'night' } },
      'period',
      '2026-03-01T00:00:00.000Z',
      '2026-03-01T06:00:00.000Z',
      null,
    ],
    [
      'morning',
      { time_interval: { ...day, part_of_day: 'morning' } },
      'period',
      '2026-03-01T06:00:00.000Z',
      '2026-03-01T12:00:00.000Z',
      null,
    ],
    [
      'afternoon',
      { time_interval: { ...day, part_of_day: 'afternoon' } },
      'period',
      '2026-03-01T12:00:00.000Z',
      '2026-03-01T18:00:00.000Z',
      null,
    ],
    [
      'evening',
      { time_interval: { ...day, part_of_day: 'evening' } },
      'period',
      '2026-03-01T18:00:00.000Z',
      '2026-03-02T00:00:00.000Z',
      null,
    ],
    ['noon', { time_interval: { ...day, part_of_day: 'noon' } }, 'none', null, null, null],
    [
      'no such day',
      { time_interval: { date: '2026-02-29', part_of_day: 'night' } },
      'none',
      null,
      null,
      null,
    ],
    [
      'a whole day',
      { full_date: '2026-03-01' },
      'period',
      '2026-03-01T00:00:00.000Z',
      '2026-03-02T00:00:00.000Z',
      null,
    ],
    ['nothing', {}, 'none', null, null, null],
    ['not an object', 'yesterday', 'none', null, null, null],
  ])('%s', (_name, effective_time_frame, kind, from, to, offsetMinutes) => {
    const found = effectiveTime({ effective_time_frame });
    expect({
      ...found,
      start: found.start?.toISOString() ?? null,
      end: found.end?.toISOString() ?? null,
    }).toEqual({
      kind,
      start: from,
      end: to,
      offsetMinutes,
    });
  });

  it('places day windows on the clock of the header when it has one', () => {
    const body = { effective_time_frame: { time_interval: { ...day, part_of_day: 'morning' } } };
    expect(effectiveTime(body, header)).toEqual({
      start: new Date('2026-03-01T06:00:00+05:30'),
      end: new Date('2026-03-01T12:00:00+05:30'),
      kind: 'period',
      offsetMinutes: 330,
    });
  });

  it('has no time for a body without a frame', () => {
    for (const body of [null, undefined, 3, [], {}]) expect(effectiveTime(body).kind).toBe('none');
  });
});
