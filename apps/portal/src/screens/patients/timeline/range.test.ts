import { expect, test } from 'vitest';
import { rangeOf, withoutZoom, withPreset, withZoom } from './range.ts';

const DAY = 86_400_000;
const last = 1_000 * DAY;
const first = 900 * DAY;

function check(query: string, expected: { from: number; to: number; preset: string | null }) {
  test(`"${query}"`, () => expect(rangeOf(new URLSearchParams(query), first, last)).toEqual(expected));
}

check('', { from: last - 14 * DAY, to: last, preset: '14d' });
check('range=24h', { from: last - DAY, to: last, preset: '24h' });
check('range=all', { from: first, to: last, preset: 'all' });
check('range=nonsense', { from: last - 14 * DAY, to: last, preset: '14d' });
check(`range=7d&from=${first}&to=${first + DAY}`, { from: first, to: first + DAY, preset: null });
check(`from=${first}&to=${first + 1000}`, { from: last - 14 * DAY, to: last, preset: '14d' });

test('a zoom keeps the preset to come back to, and is never shorter than half an hour', () => {
  const zoomed = withZoom(new URLSearchParams('range=7d&measures=1'), last - 60_000, last);
  const range = rangeOf(zoomed, first, last);
  expect(range.to - range.from).toBe(30 * 60_000);
  expect(withoutZoom(zoomed).toString()).toBe('range=7d&measures=1');
  expect(withPreset(zoomed, 'all').toString()).toBe('range=all&measures=1');
});
