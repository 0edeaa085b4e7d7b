import type { Patient } from '@jhe/client';
import { describe, expect, test } from 'vitest';
import { ageOf, nameOf, systemLabel } from './person.ts';

const ada: Patient = {
  id: 40001,
  jheUserId: null,
  identifiers: [{ id: 1, system: 'https://hospital.example.org/mrn/', value: 'E1234' }],
  nameFamily: 'Byron',
  nameGiven: 'Ada',
  birthDate: '1990-12-10',
  telecomPhone: null,
  telecomEmail: 'ada@example.com',
  organizations: [],
};

describe('age', () => {
  const check = (birthDate: string | null, today: Date, expected: number | null) =>
    test(`${birthDate} is ${expected}`, () => expect(ageOf(birthDate, today)).toBe(expected));
  check('1990-12-10', new Date(2026, 11, 9), 35);
  check('1990-12-10', new Date(2026, 11, 10), 36);
  check('2026-12-11', new Date(2026, 11, 10), null);
  check(null, new Date(2026, 0, 1), null);
});

test('names and identifiers', () => {
  expect(nameOf(ada)).toBe('Ada Byron');
  const nameless = { id: 7, nameFamily: null, nameGiven: null };
  expect(nameOf({ ...nameless, identifiers: ada.identifiers })).toBe('E1234');
  expect(nameOf({ ...nameless, identifiers: [] })).toBe('Patient 7');
  expect(systemLabel(ada.identifiers[0]!)).toBe('mrn');
  expect(systemLabel({ system: 'urn:oid:1.2.3' })).toBe('urn:oid:1.2.3');
});
