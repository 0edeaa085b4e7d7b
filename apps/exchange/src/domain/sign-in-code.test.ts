import { expect, it } from 'vitest';
import { judgeCode, makeCode, readCode } from './sign-in-code.ts';

const NOW = new Date('2026-03-01T12:00:00Z');
const LATER = new Date('2026-03-01T12:03:00Z');
const fresh = { expiresAt: LATER, failures: 0, usedAt: null };

it('is written in two groups of letters that do not look alike', () => {
  for (const first of [0, 7, 30]) {
    let next = first;
    expect(makeCode((below) => next++ % below)).toMatch(/^[A-HJKMNP-Z2-9]{4}-[A-HJKMNP-Z2-9]{4}$/);
  }
});

it.each([
  ['ABCD-EFGH', 'ABCD-EFGH'],
  [' abcd efgh ', 'ABCD-EFGH'],
  ['abcdefgh', 'ABCD-EFGH'],
  ['a-b-c-d–efgh', 'ABCD-EFGH'],
  ['ABCD-EFGHX', 'ABCD-EFGHX'],
  ['', '-'],
])('reads %j as %s', (typed, code) => expect(readCode(typed)).toBe(code));

it.each([
  ['the right one', fresh, true, 'taken'],
  ['the right one after two wrong ones', { ...fresh, failures: 2 }, true, 'taken'],
  ['a wrong one', fresh, false, 'wrong'],
  ['a third wrong one', { ...fresh, failures: 2 }, false, 'closed'],
  ['the right one after three wrong ones', { ...fresh, failures: 3 }, true, 'closed'],
  ['the right one too late', { ...fresh, expiresAt: NOW }, true, 'closed'],
  ['the right one again', { ...fresh, usedAt: NOW }, true, 'closed'],
  ['one where none was asked for', undefined, true, 'closed'],
] as const)('%s is %4$s', (_name, code, matches, answer) =>
  expect(judgeCode(code, matches, NOW)).toBe(answer),
);
