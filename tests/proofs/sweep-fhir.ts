/** The canary sweep of the FHIR face: every search, read, upload and form of batch. */
import { measures } from '@jhe/omh';
import {
  codeNames,
  codes,
  dataSources,
  OMH,
  organizations,
  patients,
  practitioners,
} from '../worlds/two-organizations.ts';
import { recordUuid } from './marked-world.ts';
import { each, get, READINGS, STUDIES, type Sweep, VICTIMS } from './sweep.ts';

/** Every way to ask for readings by a search; `{ada}`-like parts stand for themselves. */
const READING_SEARCHES = [
  '',
  '_count=1',
  '_summary=count',
  '_total=accurate&_count=2',
  ...VICTIMS.map((id) => `patient=Patient/${id}`),
  ...VICTIMS.map((id) => `patient=${id}&_summary=count`),
  ...STUDIES.map((id) => `patient._has:Group:member:_id=${id}`),
  `patient.organization=${organizations.lakeside}`,
  `patient.organization=${organizations.harbor}&_summary=count`,
  `code=${OMH}|${codeNames.glucose}`,
  `code=${OMH}|${codeNames.sleep}&_sort=-date`,
  `code:not=${codeNames.weight}`,
  `_id=${READINGS.join(',')}`,
  `device=Device/${dataSources.meter}&_summary=count`,
  'date=ge1987&_sort=date',
  'date=1987-01-15&_summary=count',
  '_lastUpdated=lt2000&_page=1&_count=3',
  `patient.identifier=Mark-ada-identifier-system|Mark-ada-identifier-value`,
  `patient.identifier=Mark-ada-other-value&_summary=count`,
  `patient.identifier:not=nobody&_summary=count`,
  `identifier=Mark-ben-50001-system-0|Mark-ben-50001-value-0`,
  `identifier=Mark-ada-50003-system-1|Mark-ada-50003-value-1&_summary=count`,
  'status=final&_summary=count',
];

const PATIENT_SEARCHES = [
  '',
  '_summary=count',
  ...VICTIMS.map((id) => `_id=${id}`),
  ...STUDIES.map((id) => `_has:Group:member:_id=${id}`),
  `organization=${organizations.harbor}`,
  'name=Mark-',
  'family:exact=Mark-ben-family&_summary=count',
  'identifier=Mark-cleo-identifier-value',
  'identifier=Mark-ada-other-value',
  'email=mark-ben@patients.example',
  'phone=Mark-ada-phone',
  'birthdate=1913-04-12&_summary=count',
  'telecom:not=nobody&_count=1',
];

const PRACTITIONER_SEARCHES = [
  '',
  '_summary=count',
  `_id=${practitioners.rivera},${practitioners.hana}`,
  ...VICTIMS.map((id) => `patient=${id}`),
  ...STUDIES.map((id) => `patient._has:Group:member:_id=${id}`),
  `organization=${organizations.lakeside}`,
  'name=Mark-',
  'family:exact=Rivera&given=luz',
  'identifier=Mark-ada-identifier-value',
  'identifier:not=nobody&_count=1',
];

const form = (query: string): Record<string, string> => Object.fromEntries(new URLSearchParams(query));

/** An upload of a reading; `uuid` of one that is there already, so that nothing new is stored by most callers. */
export function upload(
  patientId: number,
  code: string,
  uuid: string,
  source: number,
  body?: unknown,
): unknown {
  const measure = measures.get(code)!;
  const dataPoint = {
    header: { uuid, schema_id: measure.schemaId, source_creation_date_time: '2026-03-01T08:00:00Z' },
    body: body ?? {
      heart_rate: { value: 61, unit: 'beats/min' },
      effective_time_frame: { date_time: '2026-03-01T08:00:00-05:00' },
    },
  };
  return {
    resourceType: 'Observation',
    status: 'final',
    subject: { reference: `Patient/${patientId}` },
    device: { reference: `Device/${source}` },
    code: { coding: [{ system: OMH, code }] },
    valueAttachment: {
      contentType: 'application/json',
      data: Buffer.from(JSON.stringify(dataPoint)).toString('base64'),
    },
  };
}

const heartRate = (patientId: number, uuid: string) =>
  upload(patientId, codeNames.heartRate, uuid, dataSources.band);
const FRESH = 'beef0000-0000-4000-8000-000000000001';
const UPLOADS = VICTIMS.flatMap((id) => [
  heartRate(id, FRESH),
  heartRate(id, recordUuid(id, codes.heartRate)),
  {
    ...(heartRate(id, FRESH) as object),
    identifier: [{ system: 'Mark-ada-50002-system-0', value: 'Mark-ada-50002-value-0' }],
  },
]);

const fhir = '/FHIR/R5';
const notServed = { answers: 404 } as const;

export const FHIR_SWEEP: Readonly<Record<string, Sweep>> = {
  'GET /health': { probes: get('/health') },
  'GET /ready': { probes: get('/ready') },

  [`GET ${fhir}/metadata`]: { probes: get(`${fhir}/metadata`) },
  [`GET ${fhir}`]: { probes: get(fhir, `${fhir}?patient=${patients.ada}`), answers: 405 },
  [`PUT ${fhir}`]: { probes: [{ url: fhir, body: {} }], answers: 405 },
  [`PATCH ${fhir}`]: { probes: [{ url: fhir, body: {} }], answers: 405 },
  [`DELETE ${fhir}`]: { probes: get(fhir), answers: 405 },
  [`POST ${fhir}`]: {
    probes: [
      {
        url: fhir,
        body: {
          resourceType: 'Bundle',
          type: 'batch',
          entry: UPLOADS.map((resource) => ({ resource, request: { method: 'POST', url: 'Observation' } })),
        },
      },
    ],
  },
  [`GET ${fhir}/Observation`]: {
    probes: get(...READING_SEARCHES.map((query) => `${fhir}/Observation?${query}`)),
    shows: { rivera: ['reading'], ada: ['reading'], hana: ['reading'], ben: ['reading'] },
    countsReadings: true,
  },
  [`POST ${fhir}/Observation/_search`]: {
    probes: READING_SEARCHES.slice(0, 5).map((query) => ({
      url: `${fhir}/Observation/_search`,
      form: form(query),
    })),
    shows: { rivera: ['reading'], ada: ['reading'], hana: ['reading'], ben: ['reading'] },
    countsReadings: true,
  },
  [`GET ${fhir}/Observation/:id`]: {
    probes: each(READINGS, (id) => `${fhir}/Observation/${id}`),
    shows: { rivera: ['reading'], ada: ['reading'], hana: ['reading'], ben: ['reading'] },
  },
  [`POST ${fhir}/Observation`]: {
    // The uuid of the second is that of a reading from another source; the third of Ada's has an identifier that one of
    // hers has; Cleo's have no consent.
    probes: UPLOADS.map((body, i) => ({ url: `${fhir}/Observation`, body, isClosed: i === 2 || i > 5 })),
  },
  [`GET ${fhir}/Patient`]: {
    probes: get(...PATIENT_SEARCHES.map((query) => `${fhir}/Patient?${query}`)),
    shows: { rivera: ['identity'], ada: ['identity'], hana: ['identity'], ben: ['identity'] },
  },
  [`POST ${fhir}/Patient/_search`]: {
    probes: PATIENT_SEARCHES.slice(0, 3).map((query) => ({
      url: `${fhir}/Patient/_search`,
      form: form(query),
    })),
    shows: { rivera: ['identity'], ada: ['identity'], hana: ['identity'], ben: ['identity'] },
  },
  [`GET ${fhir}/Patient/:id`]: {
    probes: each(VICTIMS, (id) => `${fhir}/Patient/${id}`),
    shows: { rivera: ['identity'], ada: ['identity'], hana: ['identity'], ben: ['identity'] },
  },
  [`GET ${fhir}/Practitioner`]: {
    probes: get(...PRACTITIONER_SEARCHES.map((query) => `${fhir}/Practitioner?${query}`)),
  },
  [`POST ${fhir}/Practitioner/_search`]: {
    probes: PRACTITIONER_SEARCHES.slice(0, 4).map((query) => ({
      url: `${fhir}/Practitioner/_search`,
      form: form(query),
    })),
  },
  [`GET ${fhir}/Practitioner/:id`]: {
    probes: each([practitioners.rivera, practitioners.hana], (id) => `${fhir}/Practitioner/${id}`),
  },
  [`GET ${fhir}/*`]: {
    probes: get(
      `${fhir}/Unknown`,
      `${fhir}/Consent-of?patient=${patients.ada}`,
      `${fhir}/Binary/${READINGS[0]}`,
    ),
    ...notServed,
  },
  [`POST ${fhir}/*`]: { probes: [{ url: `${fhir}/Unknown/_search`, form: {} }], ...notServed },
  [`PUT ${fhir}/*`]: { probes: [{ url: `${fhir}/Unknown/${patients.ada}`, body: {} }], ...notServed },
  [`PATCH ${fhir}/*`]: { probes: [{ url: `${fhir}/Unknown/${patients.ada}`, body: {} }], ...notServed },
  [`DELETE ${fhir}/*`]: { probes: get(`${fhir}/Unknown/${patients.ada}`), ...notServed },

  'GET /.well-known/openid-configuration': { probes: get('/.well-known/openid-configuration') },
  'GET /.well-known/smart-configuration': { probes: get('/.well-known/smart-configuration') },
  ...Object.fromEntries(
    [
      'authorization-server',
      'authorization-server/o',
      ...['', '/FHIR/R5', '/api/v1'].map((of) => `protected-resource${of}`),
    ].map((name) => [`GET /.well-known/oauth-${name}`, { probes: get(`/.well-known/oauth-${name}`) }]),
  ),
  [`GET ${fhir}/.well-known/smart-configuration`]: { probes: get(`${fhir}/.well-known/smart-configuration`) },
  [`GET ${fhir}/.well-known/openid-configuration`]: {
    probes: get(`${fhir}/.well-known/openid-configuration`),
  },
};
