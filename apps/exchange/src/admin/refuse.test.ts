import { expect, it } from 'vitest';
import { forbidden, invalid, notFound, Refusal, Unreadable } from '../domain/refusal.ts';
import { FieldFaults, refuse } from './refuse.ts';

const cases: [Refusal, number, unknown][] = [
  [invalid('name', 'Too long.'), 400, { name: ['Too long.'] }],
  [new Refusal('invalid', 'No.'), 400, ['No.']],
  [new Unreadable('No.'), 400, { detail: 'No.' }],
  [new FieldFaults({ a: ['1'], b: ['2', '3'] }), 400, { a: ['1'], b: ['2', '3'] }],
  [new Refusal('unauthenticated', 'Who?', { path: 'token' }), 401, { detail: 'Who?' }],
  [forbidden(), 403, { detail: 'You do not have permission to perform this action.' }],
  [notFound('Study'), 404, { detail: 'No Study matches the given query.' }],
  [new Refusal('not-allowed', 'x'), 405, { detail: 'x' }],
  [new Refusal('conflict', 'x', { detail: 'for the log' }), 409, { detail: 'x' }],
  [new Refusal('gone', 'x'), 410, { detail: 'x' }],
  [new Refusal('too-large', 'x'), 413, { detail: 'x' }],
  [new Refusal('unsupported', 'x'), 415, { detail: 'x' }],
  [new Refusal('unprocessable', 'x'), 422, { detail: 'x' }],
  [new Refusal('too-many', 'x'), 429, { detail: 'x' }],
  [new Refusal('unavailable', 'x'), 500, { detail: 'x' }],
];

it.each(cases)('%s', (refusal, status, body) => {
  expect(refuse(refusal)).toEqual({ status, body });
});
