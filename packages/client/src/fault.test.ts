import { expect, test } from 'vitest';
import { type Fault, faultOf } from './fault.ts';

function check(status: number, body: unknown, expected: Partial<Fault> & Record<string, unknown>) {
  test(`${status} ${JSON.stringify(body)}`, () => {
    expect(faultOf(status, body, '7')).toMatchObject({ status, ...expected });
  });
}

check(
  401,
  { detail: 'The access token is invalid.' },
  { kind: 'unauthenticated', message: 'The access token is invalid.' },
);
check(403, null, { kind: 'forbidden', message: 'You do not have permission to see this.' });
check(404, { detail: 'Not found.' }, { kind: 'not-found' });
check(410, undefined, { kind: 'not-found' });
check(409, { error: 'In use.' }, { kind: 'conflict', message: 'In use.' });
check(400, { birthDate: ['Enter a date.'] }, { kind: 'invalid', fields: { birthDate: ['Enter a date.'] } });
check(400, ['Email is required.', 'Again.'], {
  kind: 'invalid',
  fields: {},
  message: 'Email is required. Again.',
});
check(429, {}, { kind: 'too-many', retryAfterSeconds: 7 });
check(
  500,
  { detail: 'stack trace' },
  { kind: 'unavailable', message: 'The exchange does not answer at the moment.' },
);
check(502, '<html>', { kind: 'unavailable' });
