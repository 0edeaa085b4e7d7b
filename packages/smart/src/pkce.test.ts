import fc from 'fast-check';
import { describe, expect, test } from 'vitest';
import { isCodeVerifier, s256Challenge, verifierOfInvitationToken } from './pkce.ts';

describe('s256Challenge', () => {
  test('gives the example of RFC 7636, appendix B', async () => {
    expect(await s256Challenge('dBjftJeZ4CVP-mB92K27uhbUJU1p1r_wW1gFWFOEjXk')).toBe(
      'E9Melhoa2OwvFrEMTJguCHaoeK1t8URWbuGJSstw-cM',
    );
  });
  test('rejects what is no verifier', async () => {
    await expect(s256Challenge('short')).rejects.toThrow(TypeError);
  });
});

describe('isCodeVerifier', () => {
  test.each([
    ['a'.repeat(42), false],
    ['a'.repeat(43), true],
    ['a'.repeat(128), true],
    ['a'.repeat(129), false],
    [`${'a'.repeat(39)}-._~`, true],
    [`${'a'.repeat(42)}+`, false],
    [`${'a'.repeat(43)}\n`, false],
    ['', false],
  ])('%j: %s', (text, expected) => {
    expect(isCodeVerifier(text)).toBe(expected);
  });
});

describe('verifierOfInvitationToken', () => {
  test.each([
    ['', ''],
    ['a', 'YQ'],
    ['ab', 'YWI'],
    ['abc', 'YWJj'],
    ['???', 'Pz8_'],
    ['~~~', 'fn5-'],
    ['é', 'w6k'],
  ])('%j is %s', (token, expected) => {
    expect(verifierOfInvitationToken(token)).toBe(expected);
  });
  test('of 32 letters and digits is a code verifier, and reads back as the token', () => {
    fc.assert(
      fc.property(fc.stringMatching(/^[A-Za-z0-9]{32}$/), (token) => {
        const verifier = verifierOfInvitationToken(token);
        expect(verifier).toHaveLength(43);
        expect(isCodeVerifier(verifier)).toBe(true);
        expect(atob(verifier)).toBe(token);
      }),
    );
  });
});
