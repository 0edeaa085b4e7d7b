import fc from 'fast-check';
import { describe, expect, test } from 'vitest';
import { parseToken, renderToken, type TokenValue } from './token.ts';

describe('parseToken', () => {
  test.each<[string, TokenValue | false]>([
    ['v', { match: 'code', code: 'v' }],
    ['s|v', { match: 'system-and-code', system: 's', code: 'v' }],
    ['|v', { match: 'no-system', code: 'v' }],
    ['s|', { match: 'system', system: 's' }],
    ['a\\|b', { match: 'code', code: 'a|b' }],
    ['a\\,b|c\\\\', { match: 'system-and-code', system: 'a,b', code: 'c\\' }],
    ['a\\n', { match: 'code', code: 'a\\n' }],
    ['a\\', { match: 'code', code: 'a\\' }],
    [
      'https://w3id.org/openmhealth|omh:heart-rate:2.0',
      { match: 'system-and-code', system: 'https://w3id.org/openmhealth', code: 'omh:heart-rate:2.0' },
    ],
    ['', false],
    ['|', false],
    ['a|b|c', false],
  ])('%s', (text, expected) => {
    const result = parseToken(text);
    expect(result.ok ? result.value : false).toEqual(expected);
  });

  test('reads back what renderToken writes', () => {
    const text = fc.string({ minLength: 1, unit: fc.constantFrom('a', '\\', '|', ',', '$', ':', 'é') });
    const token = fc.oneof(
      fc.record({ match: fc.constant('code' as const), code: text }),
      fc.record({ match: fc.constant('system-and-code' as const), system: text, code: text }),
      fc.record({ match: fc.constant('no-system' as const), code: text }),
      fc.record({ match: fc.constant('system' as const), system: text }),
    );
    fc.assert(
      fc.property(token, (value) => {
        expect(parseToken(renderToken(value))).toEqual({ ok: true, value });
      }),
    );
  });
});
