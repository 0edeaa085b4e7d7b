import { defineSearch, type SearchDefinition, type SearchParameter } from './definition.ts';

const STUDY = 'patient._has:Group:member:_id';

/** Parameters of every type. https://hl7.org/fhir/R5/search.html#standard */
const common: SearchParameter[] = [
  { name: '_id', type: 'id' },
  { name: '_lastUpdated', type: 'date' },
  { name: '_source', type: 'uri' },
];

const study = (...aliases: string[]): SearchParameter => ({
  name: STUDY,
  as: 'study',
  aliases,
  type: 'reference',
  target: 'Group',
  isListed: false,
});
const organization = (...aliases: string[]): SearchParameter => ({
  name: 'patient.organization',
  as: 'organization',
  aliases,
  type: 'reference',
  target: 'Organization',
  isListed: false,
});
const patient: SearchParameter = { name: 'patient', type: 'reference', target: 'Patient' };
const identifier: SearchParameter = { name: 'identifier', type: 'token' };
const name: SearchParameter = { name: 'name', type: 'string' };

/** https://hl7.org/fhir/R5/observation-search.html */
const observation = defineSearch('Observation', {
  parameters: [
    { name: 'code', type: 'token' },
    { name: 'date', type: 'date' },
    { name: 'device', type: 'reference', target: 'Device' },
    identifier,
    patient,
    {
      name: 'subject',
      as: 'patient',
      type: 'reference',
      target: 'Patient',
      documentation: 'Patients only.',
    },
    { name: 'status', type: 'token' },
    { name: 'patient.identifier', type: 'token', isListed: false },
    organization(),
    study(),
    ...common,
  ],
  sort: ['date', '_lastUpdated'],
});

/** https://hl7.org/fhir/R5/patient-search.html */
const patientSearch = defineSearch('Patient', {
  parameters: [
    { name: 'birthdate', type: 'date' },
    { name: 'email', type: 'token' },
    { name: 'family', type: 'string' },
    { name: 'given', type: 'string' },
    { ...identifier, aliases: ['patient.identifier'] },
    name,
    { name: 'organization', as: 'organization', type: 'reference', target: 'Organization' },
    { ...patient, isListed: false },
    { name: 'phone', type: 'token' },
    { name: 'telecom', type: 'token' },
    organization(),
    study('_has:Group:member:_id'),
    ...common,
  ],
  sort: ['_lastUpdated'],
});

/** https://hl7.org/fhir/R5/group-search.html; a Group is a study. */
const group = defineSearch('Group', {
  parameters: [
    identifier,
    {
      name: 'managing-entity',
      as: 'organization',
      aliases: ['organization'],
      type: 'reference',
      target: 'Organization',
      documentation: 'Organizations only.',
    },
    {
      name: 'member',
      as: 'patient',
      type: 'reference',
      target: 'Patient',
      documentation: 'Patients only.',
    },
    name,
    { ...patient, isListed: false },
    organization(),
    study(),
    ...common,
  ],
  sort: ['_lastUpdated'],
});

/** https://hl7.org/fhir/R5/organization-search.html */
const organizationSearch = defineSearch('Organization', {
  parameters: [
    identifier,
    name,
    { name: 'partof', type: 'reference', target: 'Organization' },
    { ...patient, isListed: false },
    organization(),
    study(),
    ...common,
  ],
  sort: ['_lastUpdated'],
});

/** https://hl7.org/fhir/R5/device-search.html; a Device is a data source. */
const device = defineSearch('Device', {
  parameters: [
    { name: 'device-name', as: 'name', aliases: ['name'], type: 'string' },
    identifier,
    { name: 'type', type: 'token' },
    { ...patient, isListed: false },
    organization(),
    study(),
    ...common,
  ],
  sort: ['_lastUpdated'],
});

/** https://hl7.org/fhir/R5/practitioner-search.html */
const practitioner = defineSearch('Practitioner', {
  parameters: [
    { name: 'family', type: 'string' },
    { name: 'given', type: 'string' },
    identifier,
    name,
    { ...patient, isListed: false },
    organization('organization'),
    study(),
    ...common,
  ],
  sort: ['_lastUpdated'],
});

/**
 * The searches of the resource types with a home of their own. Whatever it is spelled, a filter by patient is
 * named `patient`, by study `study` and by organization `organization`.
 */
export const SEARCH_DEFINITIONS: {
  readonly [Type in
    | 'Device'
    | 'Group'
    | 'Observation'
    | 'Organization'
    | 'Patient'
    | 'Practitioner']: SearchDefinition;
} = {
  Device: device,
  Group: group,
  Observation: observation,
  Organization: organizationSearch,
  Patient: patientSearch,
  Practitioner: practitioner,
};
