import { describe, expect, test } from 'vitest';
import { parseReference } from './reference.ts';

const base = 'https://jhe.example.org/FHIR/R5/';
const check = (text: string, expected: string | false) => {
  const result = parseReference(text, { base, type: 'Patient' });
  expect(result.ok ? result.id : false).toBe(expected);
  if (!result.ok && text.length > 3) expect(result.message).not.toContain(text);
};

describe('parseReference', () => {
  test.each<[string, string | false]>([
    ['40001', '40001'],
    ['Patient/40001', '40001'],
    ['Patient/9b6c0e7e-9a53-4c4e-8f0e-3d1f6f3a5b11', '9b6c0e7e-9a53-4c4e-8f0e-3d1f6f3a5b11'],
    ['https://jhe.example.org/FHIR/R5/Patient/40001', '40001'],
    ['https://jhe.example.org/fhir/r5/Patient/40001', '40001'],
    ['HTTPS://JHE.example.org/FHIR/R5/Patient/40001', '40001'],
    ['', false],
    ['Patient', 'Patient'],
    ['Patient/', false],
    ['/40001', false],
    ['patient/40001', false],
    ['Group/40001', false],
    ['Patient/40001/_history/1', false],
    ['Patient/40001#x', false],
    ['Patient/40001|2', false],
    ['40001,40002', false],
    [' 40001', false],
    ['a'.repeat(65), false],
    ['#contained', false],
    ['urn:uuid:9b6c0e7e-9a53-4c4e-8f0e-3d1f6f3a5b11', false],
    ['http://jhe.example.org/FHIR/R5/Patient/40001', false],
    ['https://jhe.example.org/FHIR/R4/Patient/40001', false],
    ['https://jhe.example.org/FHIR/R5/Group/40001', false],
    ['https://jhe.example.org/FHIR/R5/40001', false],
    ['https://jhe.example.org/FHIR/R5/https://jhe.example.org/FHIR/R5/Patient/1', false],
    ['https://jhe.example.org.evil.test/FHIR/R5/Patient/40001', false],
    ['https://evil.test/?https://jhe.example.org/FHIR/R5/Patient/40001', false],
  ])('%s', check);

  test('takes a base under a path, with or without a final slash', () => {
    const options = { base: 'https://host.example.org/jhe/FHIR/R5', type: 'Patient' };
    expect(parseReference('https://host.example.org/jhe/fhir/r5/Patient/1', options)).toEqual({
      ok: true,
      id: '1',
    });
    expect(parseReference('https://host.example.org/JHE/FHIR/R5/Patient/1', options).ok).toBe(false);
  });
});
