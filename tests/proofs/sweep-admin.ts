/** The canary sweep of the Admin face: every noun, read and changed. */
import {
  clients,
  codeNames,
  codes,
  dataSources,
  OMH,
  organizations,
  patients,
  studies,
  users,
} from '../worlds/two-organizations.ts';
import { APPOINTMENTS, invitationId, PROPOSED_STUDY } from './marked-world.ts';
import { each, get, type Probe, READINGS, STUDIES, type Sweep, VICTIMS } from './sweep.ts';

const answer = (studyId: number, code: string, consented: boolean) => ({
  studyScopeConsents: [{ studyId, scopeConsents: [{ codingSystem: OMH, codingCode: code, consented }] }],
});
const answers: readonly Probe[] = [
  { id: patients.ada, study: studies.glucose, code: codeNames.heartRate },
  { id: patients.ada, study: studies.sleep, code: codeNames.sleep },
  { id: patients.ben, study: studies.glucose, code: codeNames.heartRate },
  { id: patients.ben, study: studies.sleep, code: codeNames.sleep, isClosed: true },
  { id: patients.cleo, study: studies.sleep, code: codeNames.sleep },
  { id: patients.cleo, study: studies.glucose, code: codeNames.glucose, isClosed: true },
].map(({ id, study, code, isClosed = false }) => ({
  url: `/api/v1/patients/${id}/consents`,
  body: answer(study, code, true),
  isClosed,
}));

const api = '/api/v1';

export const ADMIN_SWEEP: Readonly<Record<string, Sweep>> = {
  [`GET ${api}`]: { probes: get(api, `${api}/`) },
  [`GET ${api}/users/profile`]: { probes: get(`${api}/users/profile`) },
  [`GET ${api}/users/organizations`]: { probes: get(`${api}/users/organizations`) },
  [`GET ${api}/users/search_by_email`]: {
    // Who works somewhere: patients are nobody here.
    probes: get(
      `${api}/users/search_by_email?email=mark-ada@patients.example`,
      `${api}/users/search_by_email?email=mark-cleo@patients.example`,
      `${api}/users/search_by_email?email=mark-ben@patients.example`,
      `${api}/users/search_by_email?email=hana@example.org`,
    ),
  },
  [`GET ${api}/users`]: {
    probes: get(`${api}/users`, `${api}/users?email=mark-ben@patients.example`),
    shows: { root: ['identity'] },
  },
  [`GET ${api}/users/:id`]: {
    probes: each([users.ada, users.ben], (id) => `${api}/users/${id}`),
    shows: { root: ['identity'], ada: ['identity'] },
  },
  [`PATCH ${api}/users/:id`]: {
    probes: each([users.ada], (id) => `${api}/users/${id}`, { lastName: 'Changed' }),
  },
  [`GET ${api}/practitioners`]: { probes: get(`${api}/practitioners`) },
  [`GET ${api}/practitioners/:id`]: { probes: get(`${api}/practitioners/80001`) },

  [`GET ${api}/organizations`]: { probes: get(`${api}/organizations`, `${api}/organizations?partOf=0`) },
  [`GET ${api}/organizations/types`]: { probes: get(`${api}/organizations/types`) },
  [`GET ${api}/organizations/:id`]: {
    probes: each([organizations.lakeside, organizations.harbor], (id) => `${api}/organizations/${id}`),
  },
  [`GET ${api}/organizations/:id/tree`]: {
    probes: each([0, organizations.lakeside], (id) => `${api}/organizations/${id}/tree`),
  },
  [`GET ${api}/organizations/:id/users`]: {
    probes: each([organizations.lakeside, organizations.harbor], (id) => `${api}/organizations/${id}/users`),
  },
  [`GET ${api}/organizations/:id/studies`]: {
    probes: each(
      [organizations.lakeside, organizations.harbor],
      (id) => `${api}/organizations/${id}/studies`,
    ),
    shows: { rivera: ['study'], hana: ['study'] },
  },
  [`POST ${api}/organizations`]: {
    probes: [
      { url: `${api}/organizations`, body: { name: 'New', type: 'team', partOf: organizations.lakeside } },
    ],
  },
  ...Object.fromEntries(
    ['PATCH', 'PUT'].map((method) => [
      `${method} ${api}/organizations/:id`,
      { probes: each([organizations.lakeside], (id) => `${api}/organizations/${id}`, { name: 'Renamed' }) },
    ]),
  ),
  [`POST ${api}/organizations/:id/user`]: {
    probes: each([organizations.lakeside, organizations.harbor], (id) => `${api}/organizations/${id}/user`, {
      jheUserId: users.nina,
      role: 'viewer',
    }),
  },
  [`GET ${api}/organizations/:id/appointments`]: {
    probes: each(
      [organizations.lakeside, organizations.harbor],
      (id) => `${api}/organizations/${id}/appointments`,
    ),
  },
  [`POST ${api}/organizations/:id/appointments/:appointment`]: {
    probes: (['lakeside', 'harbor'] as const).flatMap((name) =>
      [true, false].map((accept) => ({
        url: `${api}/organizations/${organizations[name]}/appointments/${APPOINTMENTS[name]}`,
        body: { accept },
      })),
    ),
  },
  [`DELETE ${api}/organizations/:id/remove_user`]: {
    probes: each([organizations.lakeside], (id) => `${api}/organizations/${id}/remove_user`, {
      jheUserId: users.rivera,
    }),
  },

  [`GET ${api}/studies`]: {
    probes: get(
      `${api}/studies`,
      `${api}/studies?organizationId=${organizations.harbor}&studyId=${studies.sleep}`,
    ),
    shows: { rivera: ['study'], hana: ['study'] },
  },
  [`GET ${api}/studies/:id`]: {
    probes: each([...STUDIES, studies.hearts, PROPOSED_STUDY], (id) => `${api}/studies/${id}`),
    shows: { mo: ['study'] },
  },
  [`POST ${api}/studies`]: {
    probes: [
      { url: `${api}/studies`, body: { organization: organizations.lakeside, name: 'N', description: 'D' } },
    ],
  },
  ...Object.fromEntries(
    ['PATCH', 'PUT'].map((method) => [
      `${method} ${api}/studies/:id`,
      {
        probes: each(STUDIES, (id) => `${api}/studies/${id}`, { description: 'Changed' }),
        shows: { mo: ['study'] },
      },
    ]),
  ),
  [`DELETE ${api}/studies/:id`]: { probes: each(STUDIES, (id) => `${api}/studies/${id}?cascade=true`) },
  [`GET ${api}/studies/:id/patients`]: {
    probes: each(STUDIES, (id) => `${api}/studies/${id}/patients`),
    shows: { rivera: ['identity'], hana: ['identity'] },
  },
  [`POST ${api}/studies/:id/patients`]: {
    // Ada accepted both organizations; Cleo is nobody to the first.
    probes: [
      ...each(STUDIES, (id) => `${api}/studies/${id}/patients`, { patientIds: [patients.ada] }),
      ...each([studies.hearts], (id) => `${api}/studies/${id}/patients`, {
        patientIds: [patients.ada, patients.ben],
      }),
      {
        url: `${api}/studies/${studies.glucose}/patients`,
        body: { patientIds: [patients.cleo] },
        isClosed: true,
      },
    ],
  },
  [`DELETE ${api}/studies/:id/patients`]: {
    probes: each(STUDIES, (id) => `${api}/studies/${id}/patients`, { patientIds: VICTIMS }),
  },
  [`GET ${api}/studies/:id/scope_requests`]: {
    probes: each(STUDIES, (id) => `${api}/studies/${id}/scope_requests`),
  },
  ...Object.fromEntries(
    ['POST', 'DELETE'].flatMap((method) =>
      [
        ['scope_requests', { scopeCodeId: codes.glucose }],
        ['clients', { clientId: clients.glucoseApp }],
        ['data_sources', { dataSourceId: dataSources.band }],
      ].map(([part, body]) => [
        `${method} ${api}/studies/:id/${part}`,
        { probes: each(STUDIES, (id) => `${api}/studies/${id}/${part}`, body) },
      ]),
    ),
  ),
  [`GET ${api}/studies/:id/clients`]: { probes: each(STUDIES, (id) => `${api}/studies/${id}/clients`) },
  [`GET ${api}/studies/:id/data_sources`]: {
    probes: each(STUDIES, (id) => `${api}/studies/${id}/data_sources`),
  },

  [`GET ${api}/patients`]: {
    probes: get(
      `${api}/patients`,
      ...VICTIMS.map((id) => `${api}/patients?patientId=${id}`),
      ...STUDIES.map((id) => `${api}/patients?study_id=${id}&pageSize=1`),
      `${api}/patients?organizationId=${organizations.harbor}`,
      `${api}/patients?patientIdentifierValue=Mark-ben-identifier-value`,
      `${api}/patients?patientIdentifierValue=Mark-ada-other-value`,
      // A search by words: by identifiers, addresses and numbers that may be out of sight.
      ...['mark-ben', 'mark-ada-other', 'mark-cleo@patients.example', ...VICTIMS].map(
        (words) => `${api}/patients?search=${words}`,
      ),
    ),
    shows: {
      rivera: ['identity', 'detail', 'identifier'],
      mo: ['identity'],
      hana: ['identity', 'identifier'],
      root: ['identity'],
    },
  },
  [`GET ${api}/patients/me`]: { probes: get(`${api}/patients/me`), shows: { ada: ['identity'] } },
  [`GET ${api}/patients/:id`]: {
    probes: each(VICTIMS, (id) => `${api}/patients/${id}`),
    shows: { rivera: ['identity'], ada: ['identity'], root: ['identity'] },
  },
  [`POST ${api}/patients`]: {
    probes: [
      {
        url: `${api}/patients`,
        body: {
          organizationId: organizations.lakeside,
          telecomEmail: 'new@patients.example',
          nameFamily: 'New',
        },
      },
      {
        url: `${api}/patients`,
        body: {
          organizationId: organizations.harbor,
          telecomEmail: 'new@patients.example',
          identifiers: [{ system: 'urn:x', value: '1' }],
        },
      },
      // Whoever has the address elsewhere: it makes a record of the organization's own.
      {
        url: `${api}/patients`,
        body: { organizationId: organizations.lakeside, telecomEmail: 'mark-cleo@patients.example' },
      },
      // ... and so with an identifier that another organization gave.
      {
        url: `${api}/patients`,
        body: {
          organizationId: organizations.lakeside,
          telecomEmail: 'new@patients.example',
          identifiers: [{ system: 'Mark-cleo-identifier-system', value: 'Mark-cleo-identifier-value' }],
        },
      },
    ],
  },
  ...Object.fromEntries(
    ['PATCH', 'PUT'].map((method) => [
      `${method} ${api}/patients/:id`,
      {
        probes: each(VICTIMS, (id) => `${api}/patients/${id}`, { telecomPhone: '1' }),
        shows: { mo: ['identity'] },
      },
    ]),
  ),
  [`DELETE ${api}/patients/:id`]: {
    probes: each([patients.ada], (id) => `${api}/patients/${id}?organizationId=${organizations.lakeside}`),
  },
  [`GET ${api}/patients/global_lookup`]: {
    probes: get(
      `${api}/patients/global_lookup?email=mark-ada@patients.example`,
      `${api}/patients/global_lookup?email=mark-cleo@patients.example`,
    ),
    shows: { mo: ['identity'] },
  },
  // Nobody adds a patient of one organization to another one.
  [`PATCH ${api}/patients/:id/global_add_organization`]: {
    probes: [
      [patients.cleo, organizations.lakeside],
      [patients.ben, organizations.harbor],
      [patients.ada, organizations.clinic],
    ].map(([id, organizationId]) => ({
      url: `${api}/patients/${id}/global_add_organization?organizationId=${organizationId}`,
      isClosed: true,
    })),
  },
  [`GET ${api}/patients/:id/consolidated_clients`]: {
    probes: each(VICTIMS, (id) => `${api}/patients/${id}/consolidated_clients`),
    shows: { mo: ['invitation'] },
  },
  [`GET ${api}/patients/:id/consents`]: {
    probes: each(VICTIMS, (id) => `${api}/patients/${id}/consents`),
    shows: {
      rivera: ['identity', 'study', 'consent'],
      ada: ['identity', 'study'],
      ben: ['identity', 'study', 'consent'],
    },
  },
  ...Object.fromEntries(
    ['POST', 'PATCH', 'DELETE'].map((method) => [
      `${method} ${api}/patients/:id/consents`,
      { probes: answers },
    ]),
  ),
  [`GET ${api}/patients/:id/consents/history`]: {
    probes: each(VICTIMS, (id) => `${api}/patients/${id}/consents/history`),
    shows: {
      rivera: ['consent'],
      ada: ['consent'],
      hana: ['consent'],
      root: ['consent'],
      ben: ['consent'],
    },
  },
  [`GET ${api}/patients/:id/series`]: {
    probes: each(VICTIMS, (id) => `${api}/patients/${id}/series`),
    shows: { rivera: ['reading'], ada: ['reading'], hana: ['reading'], ben: ['reading'] },
    countsReadings: true,
  },
  [`GET ${api}/patients/:id/series/:codeId/values`]: {
    probes: VICTIMS.flatMap((id) =>
      [codes.glucose, codes.heartRate, codes.sleep].map((code) => ({
        url: `${api}/patients/${id}/series/${code}/values`,
        // Nobody reads Ben's sleep: it was attested to nobody.
        isClosed: id === patients.ben && code === codes.sleep,
      })),
    ),
    shows: { rivera: ['reading'], ada: ['reading'], hana: ['reading'], ben: ['reading'] },
    countsReadings: true,
  },

  [`GET ${api}/codeable_concepts`]: { probes: get(`${api}/codeable_concepts`) },
  [`POST ${api}/codeable_concepts`]: {
    probes: [
      { url: `${api}/codeable_concepts`, body: { codingSystem: 'urn:x', codingCode: 'x', text: 'X' } },
    ],
  },
  [`PATCH ${api}/codeable_concepts/:id`]: {
    probes: each([codes.glucose], (id) => `${api}/codeable_concepts/${id}`, { text: 'X' }),
  },
  [`GET ${api}/data_sources`]: { probes: get(`${api}/data_sources`) },
  [`GET ${api}/data_sources/all_scopes`]: { probes: get(`${api}/data_sources/all_scopes`) },
  [`GET ${api}/data_sources/:id`]: { probes: get(`${api}/data_sources/${dataSources.meter}`) },
  [`POST ${api}/data_sources`]: {
    probes: [{ url: `${api}/data_sources`, body: { name: 'New', type: 'personal_device' } }],
  },
  ...Object.fromEntries(
    ['PATCH', 'PUT', 'DELETE'].map((method) => [
      `${method} ${api}/data_sources/:id`,
      { probes: each([dataSources.band], (id) => `${api}/data_sources/${id}`, { name: 'Renamed' }) },
    ]),
  ),
  ...Object.fromEntries(
    ['GET', 'POST', 'DELETE'].map((method) => [
      `${method} ${api}/data_sources/:id/supported_scopes`,
      {
        probes: each(
          [dataSources.meter],
          (id) => `${api}/data_sources/${id}/supported_scopes`,
          method === 'GET'
            ? undefined
            : {
                scopeCodeId: codes.glucose,
              },
        ),
      },
    ]),
  ),
  [`GET ${api}/clients`]: { probes: get(`${api}/clients`) },
  [`GET ${api}/clients/:id`]: { probes: get(`${api}/clients/${clients.glucoseApp}`) },
  [`POST ${api}/clients`]: {
    probes: [
      {
        url: `${api}/clients`,
        body: { clientId: 'new-app', name: 'New', invitationUrl: 'https://new.example.org/CODE' },
      },
    ],
  },
  ...Object.fromEntries(
    ['PATCH', 'PUT', 'DELETE'].map((method) => [
      `${method} ${api}/clients/:id`,
      { probes: each([clients.glucoseApp], (id) => `${api}/clients/${id}`, { name: 'Renamed' }) },
    ]),
  ),
  ...Object.fromEntries(
    ['GET', 'POST', 'DELETE'].map((method) => [
      `${method} ${api}/clients/:id/data_sources`,
      {
        probes: each(
          [clients.glucoseApp],
          (id) => `${api}/clients/${id}/data_sources`,
          method === 'GET'
            ? undefined
            : {
                dataSourceId: dataSources.meter,
              },
        ),
      },
    ]),
  ),

  [`POST ${api}/invitation`]: {
    probes: VICTIMS.map((patientId) => ({
      url: `${api}/invitation`,
      body: { patientId, clientId: patientId === patients.cleo ? clients.sleepApp : clients.glucoseApp },
      // Ada and Cleo keep their records themselves: nobody gives out a link to them.
      isClosed: patientId !== patients.ben,
    })),
  },
  [`GET ${api}/invitation`]: {
    probes: each(VICTIMS, (id) => `${api}/invitation?patientId=${id}`),
    shows: { mo: ['invitation'], root: ['invitation'] },
  },
  [`POST ${api}/invitation/:id/cancel`]: {
    probes: each(VICTIMS.map(invitationId), (id) => `${api}/invitation/${id}/cancel`),
  },
  [`POST ${api}/invitation/:token`]: {
    probes: [{ url: `${api}/invitation/${'A'.repeat(32)}` }],
    answers: 404,
  },
  // No app of this world can be opened: whoever sees the patient is told so, the others that there is none.
  [`POST ${api}/launches`]: {
    probes: VICTIMS.map((patientId) => ({
      url: `${api}/launches`,
      body: { clientId: 'glucose-app', patientId },
    })),
    answers: 400,
  },
  // Nobody in this world was sent by a link.
  [`POST ${api}/record-claims`]: { probes: [{ url: `${api}/record-claims` }], answers: 403 },
  // Keys of one's own programs; nobody in this world has one yet.
  [`GET ${api}/practitioner_clients`]: { probes: get(`${api}/practitioner_clients`) },
  [`POST ${api}/practitioner_clients`]: {
    probes: [{ url: `${api}/practitioner_clients`, body: { label: 'Nightly' } }],
  },
  ...Object.fromEntries(
    ['GET', 'PATCH', 'PUT', 'DELETE'].map((method) => [
      `${method} ${api}/practitioner_clients/:id`,
      {
        probes: each([clients.glucoseApp], (id) => `${api}/practitioner_clients/${id}`, { label: 'Mine' }),
        answers: method === 'PUT' ? 405 : 404,
      },
    ]),
  ),
  // No client waits for approval in this world.
  [`GET ${api}/client_registrations`]: { probes: get(`${api}/client_registrations`) },
  [`POST ${api}/client_registrations/:id/approve`]: {
    probes: each([clients.glucoseApp], (id) => `${api}/client_registrations/${id}/approve`, {}),
    answers: 404,
  },
  [`DELETE ${api}/client_registrations/:id`]: {
    probes: each([clients.glucoseApp], (id) => `${api}/client_registrations/${id}`),
    answers: 404,
  },
  [`GET ${api}/audit_events`]: {
    probes: get(
      `${api}/audit_events?pageSize=1000`,
      ...VICTIMS.map((id) => `${api}/audit_events?patientId=${id}`),
    ),
    shows: { ada: ['trace'], root: ['trace'] },
  },
  [`GET ${api}/observations`]: {
    probes: get(
      `${api}/observations`,
      ...VICTIMS.map((id) => `${api}/observations?patientId=${id}`),
      ...STUDIES.map((id) => `${api}/observations?studyId=${id}&pageSize=1`),
      `${api}/observations?organizationId=${organizations.harbor}`,
      ...READINGS.map((id) => `${api}/observations?observationId=${id}`),
    ),
    shows: { rivera: ['reading', 'identity'], hana: ['reading', 'identity'] },
    countsReadings: true,
  },
  [`GET ${api}/observations/:id`]: {
    probes: READINGS.map((id, i) => ({ url: `${api}/observations/${id}`, isClosed: i === 1 })),
    shows: { rivera: ['reading', 'identity'], hana: ['reading', 'identity'] },
  },
  [`POST ${api}/observations`]: { probes: [{ url: `${api}/observations`, body: {} }], answers: 405 },
  ...Object.fromEntries(
    ['PUT', 'PATCH', 'DELETE'].map((method) => [
      `${method} ${api}/observations/:id`,
      { probes: each(READINGS.slice(0, 1), (id) => `${api}/observations/${id}`, {}), answers: 405 },
    ]),
  ),
};
