import type { SeriesValues } from '@jhe/client';
import { describe, expect, test } from 'vitest';
import { notes, stretchText } from './notes.ts';

const MINUTE = 60_000;
const all: SeriesValues = {
  unit: 'mg/dL',
  count: 10,
  points: [],
  days: null,
  parts: [],
  others: [],
  converted: [],
  leftOut: { enteredInError: 0, undated: 0, withoutNumber: 0 },
  everyMs: null,
  clock: [],
  from: null,
  to: null,
};
const none = all.leftOut;

describe('a chart says', () => {
  const check = (about: Partial<SeriesValues>, ...expected: string[]) =>
    test(expected.join(' ') || 'nothing, when every reading is there as it came', () =>
      expect(notes({ ...all, ...about })).toEqual(expected),
    );
  check({});
  check(
    { count: 60_000, everyMs: 40 * MINUTE },
    '60,000 readings are too many to draw each: of every 40 minutes the lowest and the highest are drawn. The figures are of all of them. Zoom in to see each.',
  );
  check({ converted: [{ unit: 'mmol/L', count: 12 }] }, '12 readings came in mmol/L and are shown in mg/dL.');
  check({ converted: [{ unit: 'mmol/L', count: 1 }] }, '1 reading came in mmol/L and is shown in mg/dL.');
  check(
    { unit: 'g', others: [{ unit: 'kcal', count: 2, points: [], days: null }] },
    '2 readings in kcal cannot be shown in g and are drawn by themselves.',
  );
  check(
    { leftOut: { ...none, enteredInError: 1 } },
    '1 reading between these times is marked as entered in error, and not shown.',
  );
  check({ leftOut: { ...none, withoutNumber: 3 } }, '3 readings between these times have no number to draw.');
  check(
    { leftOut: { ...none, undated: 2 } },
    '2 readings do not say when they were made, and are not shown.',
  );
});

test.each([
  [25 * MINUTE, '25 minutes'],
  [60 * MINUTE, '60 minutes'],
  [121 * MINUTE, '3 hours'],
  [24 * 60 * MINUTE, '24 hours'],
  [49 * 60 * MINUTE, '3 days'],
])('%i ms is %s', (ms, text) => expect(stretchText(ms)).toBe(text));
