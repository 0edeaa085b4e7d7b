import { expect, test } from 'vitest';
import { capabilityStatement } from './capability.ts';
import { SEARCH_DEFINITIONS } from './search/definitions.ts';

const statement = () =>
  capabilityStatement({
    origin: 'https://jhe.example.org',
    date: '2026-07-18T09:30:00Z',
    resources: [
      { type: 'Patient', interactions: ['read', 'search-type'], search: SEARCH_DEFINITIONS.Patient },
      {
        type: 'Observation',
        interactions: ['search-type', 'read', 'create'],
        search: SEARCH_DEFINITIONS.Observation,
        documentation: 'x',
      },
      { type: 'Condition', interactions: ['update', 'patch', 'read'] },
    ],
  });
const expectation = [
  {
    url: 'http://hl7.org/fhir/StructureDefinition/capabilitystatement-expectation',
    valueCode: 'SHALL',
  },
];

test('a CapabilityStatement is the same on each call', () => {
  expect(JSON.stringify(statement())).toBe(JSON.stringify(statement()));
});

test('types and interactions are sorted, each interaction a promise', () => {
  const [rest] = statement().rest;
  expect(rest?.resource.map(({ type }) => type)).toEqual(['Condition', 'Observation', 'Patient']);
  expect(rest?.resource[1]?.interaction).toEqual(
    ['create', 'read', 'search-type'].map((code) => ({ extension: expectation, code })),
  );
  expect(rest?.interaction).toEqual([{ code: 'batch' }]);
});

test('parameters are sorted, the common ones last, chained ones left out', () => {
  const patient = statement().rest[0]?.resource[2];
  expect(patient?.searchParam?.map(({ name, type }) => `${name} ${type}`)).toEqual([
    'birthdate date',
    'email token',
    'family string',
    'given string',
    'identifier token',
    'name string',
    'organization reference',
    'phone token',
    'telecom token',
    '_id token',
    '_lastUpdated date',
    '_source uri',
  ]);
  expect(patient?.searchParam?.[0]?.extension).toEqual(expectation);
});

test('the OAuth endpoints stand in the security block', () => {
  expect(statement().rest[0]?.security).toMatchObject({
    extension: [
      {
        extension: [
          { url: 'authorize', valueUri: 'https://jhe.example.org/o/authorize/' },
          { url: 'token', valueUri: 'https://jhe.example.org/o/token/' },
        ],
      },
    ],
    service: [
      {
        coding: [{ system: 'http://hl7.org/fhir/restful-security-service', code: 'SMART-on-FHIR' }],
      },
    ],
  });
});

test('no form of patch is claimed while there is no patch', () => {
  expect(statement()).not.toHaveProperty('patchFormat');
});
