import fc from 'fast-check';
import { describe, expect, test } from 'vitest';
import { allows, type Interaction, parseScopes, renderScope, type ScopeContext } from './scope.ts';

const letters = (text: string) => {
  const { resourceScopes } = parseScopes(text);
  return resourceScopes.map(
    ({ context, type, permissions }) =>
      `${context} ${type} ${Object.entries(permissions)
        .flatMap(([letter, granted]) => (granted ? [letter] : []))
        .join('')}`,
  );
};

describe('parseScopes', () => {
  test.each([
    ['patient/Observation.read', ['patient Observation rs']],
    ['patient/Observation.write', ['patient Observation cud']],
    ['user/*.*', ['user * cruds']],
    ['user/Patient.*', ['user Patient cruds']],
    ['system/*.cruds', ['system * cruds']],
    ['patient/Observation.rs', ['patient Observation rs']],
    ['patient/Observation.s  patient/Patient.r\n', ['patient Observation s', 'patient Patient r']],
    ['patient/Observation.r patient/Observation.r', ['patient Observation r']],
  ])('reads %s', (text, expected) => {
    expect(letters(text)).toEqual(expected);
    expect(parseScopes(text).unknown).toEqual([]);
  });

  test.each([
    'patient/Observation.sr',
    'patient/Observation.rr',
    'patient/Observation.x',
    'patient/Observation.',
    'patient/Observation',
    'patient/observation.read',
    'Patient/Observation.read',
    'practitioner/Observation.read',
    'patient/Observation.rs?',
    'patient/Observation.rs?code',
    'patient/Observation.rs?code=',
    'patient/Observation.rs?code=a&',
    'patient/Observation.rs?code=%E0%A4%A',
    'patient/Observation.read?code=a',
    'patient/Observation.constructor',
    'offline',
  ])('leaves %s unknown', (text) => {
    expect(parseScopes(text)).toEqual({ resourceScopes: [], other: [], unknown: [text] });
  });

  test('keeps the known scopes that grant no resource apart', () => {
    const other = ['openid', 'fhirUser', 'launch', 'launch/patient', 'offline_access', 'email', 'profile'];
    expect(parseScopes(other.join(' '))).toEqual({ resourceScopes: [], other, unknown: [] });
  });

  test('decodes the pairs of a query', () => {
    const { resourceScopes } = parseScopes(
      'patient/Observation.rs?code=https://w3id.org/openmhealth%7Comh:heart-rate:2.0&status=final',
    );
    expect(resourceScopes[0]?.query).toEqual([
      ['code', 'https://w3id.org/openmhealth|omh:heart-rate:2.0'],
      ['status', 'final'],
    ]);
  });

  test('never throws and never loses a word', () => {
    fc.assert(
      fc.property(fc.string({ unit: 'grapheme' }), (text) => {
        const { resourceScopes, other, unknown } = parseScopes(text);
        const words = new Set(text.split(/\s+/).filter((word) => word !== ''));
        expect(resourceScopes.length + other.length + unknown.length).toBe(words.size);
      }),
    );
  });

  test('reads back what renderScope writes', () => {
    const text = fc
      .string({ minLength: 1, maxLength: 12, unit: 'binary' })
      .filter((value) => value.isWellFormed());
    const scope = fc.record(
      {
        context: fc.constantFrom<ScopeContext>('patient', 'user', 'system'),
        type: fc.constantFrom('*', 'Observation', 'Patient'),
        permissions: fc
          .record({ c: fc.boolean(), r: fc.boolean(), u: fc.boolean(), d: fc.boolean(), s: fc.boolean() })
          .filter((permissions) => Object.values(permissions).some(Boolean)),
        query: fc.array(fc.tuple(text, text), { minLength: 1, maxLength: 3 }),
      },
      { requiredKeys: ['context', 'type', 'permissions'] },
    );
    fc.assert(
      fc.property(scope, (value) => {
        const { query, ...rest } = value;
        const given = query === undefined ? rest : { ...rest, query };
        expect(parseScopes(renderScope(given)).resourceScopes).toEqual([given]);
      }),
    );
  });
});

describe('allows', () => {
  const check = (text: string, contexts: ScopeContext[], type: string, interaction: Interaction) =>
    allows(parseScopes(text).resourceScopes, contexts, type, interaction);
  const whole = { allowed: true, constraints: undefined };
  const refused = { allowed: false };

  test.each<[string, ScopeContext[], string, Interaction, unknown]>([
    ['', ['patient'], 'Observation', 'r', refused],
    ['openid email', ['patient'], 'Observation', 'r', refused],
    ['patient/Observation.bogus', ['patient'], 'Observation', 'r', refused],
    ['patient/Observation.r', ['patient'], 'Observation', 'r', whole],
    ['patient/Observation.r', ['patient'], 'Observation', 's', refused],
    ['patient/Observation.r', ['user'], 'Observation', 'r', refused],
    ['patient/Observation.r', ['patient'], 'Patient', 'r', refused],
    ['patient/Observation.r', [], 'Observation', 'r', refused],
    ['user/*.read', ['patient', 'user'], 'Group', 's', whole],
    ['user/*.read', ['patient', 'user'], 'Group', 'c', refused],
    [
      'patient/*.rs?code=a',
      ['patient'],
      'Observation',
      'r',
      { allowed: true, constraints: [[['code', 'a']]] },
    ],
    [
      'patient/Observation.rs?code=a patient/Observation.rs?code=b',
      ['patient'],
      'Observation',
      's',
      { allowed: true, constraints: [[['code', 'a']], [['code', 'b']]] },
    ],
    ['patient/Observation.rs?code=a patient/Observation.rs', ['patient'], 'Observation', 's', whole],
    [
      'patient/Observation.rs?code=a patient/Observation.c',
      ['patient'],
      'Observation',
      's',
      { allowed: true, constraints: [[['code', 'a']]] },
    ],
  ])('%s in %j on %s.%s', (text, contexts, type, interaction, expected) => {
    expect(check(text, contexts, type, interaction)).toEqual(expected);
  });
});
