/**
 * The whole road over HTTP, against the server as a process: a practitioner founds an organization and a study, a patient
 * is invited, decides, uploads, withdraws and permits again; the practitioner reads exactly what is shared at each moment.
 * The steps build on each other, in the order of the file.
 */
import { afterAll, beforeAll, expect, it } from 'vitest';
import { type Caller, openInvitation, signIn } from '../setup/clients.ts';
import { type ServerProcess, startServer } from '../setup/server-process.ts';
import {
  decode,
  encode,
  GLUCOSE,
  HEART_RATE,
  OMH,
  type Outcome,
  observation,
  post,
  type Resource,
  type Searchset,
  searchAll,
  upload,
} from './fhir-upload.ts';
import { type Consents, created, invite, sayTo, type WithId } from './invited-patient.ts';

const EMAIL = 'nora.linden@example.org';
const NORA = { telecomEmail: EMAIL, nameFamily: 'Linden', nameGiven: 'Nora', birthDate: '1990-05-17' };
const DEXCOM = 70002;
const WATCH = 70007;
const READINGS = 55;
/** Heart rates nobody but the patient and the other organization may see. */
const SECRET_RATE = 173;

let server: ServerProcess;
let rivera: Caller;
let mark: Caller;
/** Nora by Rivera's link, and by Mark's: each organization has a record of its own. */
let patient: Caller;
let elsewhere: Caller;
const ids = {
  organization: 0,
  study: 0,
  quietStudy: 0,
  patient: 0,
  otherStudy: 0,
  otherPatient: 0,
  client: 0,
};
let link = '';
let otherLink = '';
const firstBatch = Array.from({ length: READINGS }, (_, i) =>
  observation({
    patientId: 0,
    deviceId: DEXCOM,
    code: GLUCOSE,
    value: 80 + i,
    at: `2026-03-0${1 + Math.floor(i / 10)}T08:${String(i % 10).padStart(2, '0')}:00-07:00`,
    ...(i < 5 ? { identifier: `reading-${i}` } : {}),
  }),
);
const forPatient = <Item extends { subject: { reference: string } }>(item: Item): Item => ({
  ...item,
  subject: { reference: `Patient/${ids.patient}` },
});

beforeAll(async () => {
  server = await startServer();
  rivera = await signIn(server.site, 'rivera@example.com');
  mark = await signIn(server.site, 'manager_mark@example.com');
});
afterAll(() => server?.close());

const answer = (
  client: Caller,
  method: 'POST' | 'PATCH',
  studyId: number,
  answers: Record<string, boolean>,
  patientId = ids.patient,
) => sayTo(client, { method, patientId, studyId, answers });

it('lets a practitioner found an organization and becomes its manager', async () => {
  const organization = await created(
    rivera.post<WithId & { currentUserRole: string }>('/api/v1/organizations', {
      name: 'Lakeside Clinic',
      type: 'prov',
    }),
  );
  expect(organization.currentUserRole).toBe('manager');
  ids.organization = organization.id;
});

it('makes a study with an app, a data source and the codes it asks for', async () => {
  const codes = (await rivera.get<(WithId & { codingCode: string })[]>('/api/v1/data_sources/all_scopes'))
    .body;
  const codeId = (code: string) => codes.find(({ codingCode }) => codingCode === code)!.id;
  const clients = await rivera.get<{ results: (WithId & { clientId: string })[] }>('/api/v1/clients');
  ids.client = clients.body.results.find(({ clientId }) => clientId === 'commonhealth')!.id;

  const makeStudy = async (owner: Caller, organization: number, name: string, asks: string[]) => {
    const study = await created(
      owner.post<WithId>('/api/v1/studies', { organization, name, description: 'What follows a meal?' }),
    );
    await created(owner.post(`/api/v1/studies/${study.id}/clients`, { clientId: ids.client }));
    for (const dataSourceId of [DEXCOM, WATCH])
      await created(owner.post(`/api/v1/studies/${study.id}/data_sources`, { dataSourceId }));
    for (const code of asks)
      await created(owner.post(`/api/v1/studies/${study.id}/scope_requests`, { scopeCodeId: codeId(code) }));
    return study.id;
  };
  ids.study = await makeStudy(rivera, ids.organization, 'After the meal', [GLUCOSE, HEART_RATE]);
  ids.quietStudy = await makeStudy(rivera, ids.organization, 'Another question', [HEART_RATE]);
  ids.otherStudy = await makeStudy(mark, 20007, 'Pulse elsewhere', [HEART_RATE]);
});

it('adds a patient, enrols them, and makes the invitation link', async () => {
  const invited = await invite(rivera, {
    ...NORA,
    organizationId: ids.organization,
    studyIds: [ids.study, ids.quietStudy],
    clientId: ids.client,
  });
  ids.patient = invited.id;
  link = invited.invitationLink;
});

it('lets another organization invite the same person, and tells it nothing of the first', async () => {
  const looked = await mark.get<WithId[]>(`/api/v1/patients/global_lookup?email=${EMAIL}`);
  expect(looked).toMatchObject({ status: 200, body: [] });
  const add = (id: number) => `/api/v1/patients/${id}/global_add_organization?organizationId=20007`;
  const [there, nowhere] = [await mark.patch(add(ids.patient)), await mark.patch(add(49999))];
  expect([there.status, there.body]).toEqual([404, nowhere.body]);

  const invited = await invite(mark, {
    ...NORA,
    organizationId: 20007,
    studyIds: [ids.otherStudy],
    clientId: ids.client,
  });
  ids.otherPatient = invited.id;
  otherLink = invited.invitationLink;
  expect(ids.otherPatient).not.toBe(ids.patient);
});

it("lets the patient's app in by the link alone, and shows it what is asked", async () => {
  const opened = await openInvitation(link);
  patient = opened;
  expect(opened.tokens).toMatchObject({
    refresh_token: expect.any(String),
    id_token: expect.any(String),
    scope: expect.stringContaining('openid'),
  });
  const profile = await patient.get<{ patient: { id: number } }>('/api/v1/users/profile');
  expect(profile.body.patient.id).toBe(ids.patient);
  expect(JSON.stringify(profile.body)).not.toMatch(/Linden|Nora|@/);

  const { body } = await patient.get<Consents>(`/api/v1/patients/${ids.patient}/consents`);
  expect(body.studies).toEqual([]);
  expect(
    body.studiesPendingConsent.map(({ id, pendingScopeConsents }) => [
      id,
      pendingScopeConsents.map(({ code }) => code.codingCode),
    ]),
  ).toEqual([
    [ids.study, [GLUCOSE, HEART_RATE]],
    [ids.quietStudy, [HEART_RATE]],
  ]);

  elsewhere = await openInvitation(otherLink);
  const other = await elsewhere.get<Consents>(`/api/v1/patients/${ids.otherPatient}/consents`);
  expect(other.body.studiesPendingConsent.map(({ id }) => id)).toEqual([ids.otherStudy]);
  expect((await elsewhere.get(`/api/v1/patients/${ids.patient}/consents`)).status).toBe(403);
});

it('refuses readings before the patient has decided', async () => {
  const reply = await upload(patient, [post(forPatient(firstBatch[0]!))]);
  expect(reply.body.entry[0]!.response.status).toMatch(/^403/);
});

it('records a yes for glucose and a no for heart rate', async () => {
  const reply = await answer(patient, 'POST', ids.study, { [GLUCOSE]: true, [HEART_RATE]: false });
  expect(reply.status).toBe(201);
  const { body } = await patient.get<Consents>(`/api/v1/patients/${ids.patient}/consents`);
  expect(body.consolidatedConsentedScopes.map(({ codingCode }) => codingCode)).toEqual([GLUCOSE]);
  expect(body.studies).toMatchObject([
    { id: ids.study, scopeConsents: [{ consented: true }, { consented: false }] },
  ]);
});

it('answers every entry of a batch at its own place', async () => {
  const good = firstBatch.map(forPatient);
  const heartRate = forPatient(
    observation({
      patientId: 0,
      deviceId: WATCH,
      code: HEART_RATE,
      value: SECRET_RATE,
      at: '2026-03-01T08:00:00-07:00',
    }),
  );
  const malformed = {
    ...good[0]!,
    identifier: [],
    valueAttachment: {
      contentType: 'application/json',
      data: encode({ header: {}, body: { blood_glucose: 'much' } }),
    },
  };
  const { identifier: _, ...notUnderstood } = malformed;
  const entries = [
    post(good[0]!),
    post(heartRate),
    post(notUnderstood),
    { request: { method: 'GET', url: `Observation?patient=${ids.patient}` } },
    { resource: good[1]!, request: { method: 'PUT', url: 'Observation/1' } },
    post({ resourceType: 'Observation', status: 'final' }),
    { ...post({ ...heartRate, subject: { reference: 'Patient/40001' } }) },
    ...good.slice(1).map(post),
  ];
  const reply = await upload(patient, entries);
  expect(reply.status).toBe(200);
  expect(reply.headers.get('content-type')).toMatch(/^application\/fhir\+json/);
  expect(reply.body.type).toBe('batch-response');
  const statuses = reply.body.entry.map(({ response }) => response.status.slice(0, 3));
  expect(statuses).toEqual([
    '201',
    '403',
    '422',
    '405',
    '405',
    '400',
    '403',
    ...good.slice(1).map(() => '201'),
  ]);
  for (const [i, { response, resource }] of reply.body.entry.entries()) {
    const ok = statuses[i] === '201';
    expect(response.outcome === undefined, `entry ${i}`).toBe(ok);
    expect(response.location === undefined, `entry ${i}`).toBe(!ok);
    expect(resource, `entry ${i}`).toBeUndefined();
  }
  expect(JSON.stringify(reply.body)).not.toContain(String(SECRET_RATE));
});

it('adds nothing when the same is sent again, in either spelling of the path', async () => {
  const again = firstBatch.map(forPatient).map(post);
  for (const base of ['/fhir/r5', '/FHIR/R5', '/fhir/r5/']) {
    const { body } = await upload(patient, again, base);
    expect(body.entry.map(({ response }) => response.status.slice(0, 3))).toEqual(again.map(() => '200'));
  }
  expect(await total(patient, '')).toBe(READINGS);
});

it("takes heart rate for another organization's study, in that organization's record", async () => {
  const yes = { [HEART_RATE]: true };
  expect((await answer(elsewhere, 'POST', ids.otherStudy, yes, ids.otherPatient)).status).toBe(201);
  const rates = [0, 1, 2].map((i) =>
    observation({
      patientId: ids.otherPatient,
      deviceId: WATCH,
      code: HEART_RATE,
      value: SECRET_RATE + i,
      at: `2026-03-02T0${i}:00:00-07:00`,
    }),
  );
  const { body } = await upload(elsewhere, rates.map(post));
  expect(body.entry.map(({ response }) => response.status.slice(0, 3))).toEqual(['201', '201', '201']);
});

const total = async (client: Caller, query: string) => {
  const reply = await client.get<Searchset>(`/FHIR/R5/Observation?_summary=count${query}`);
  expect(reply.status, JSON.stringify(reply.body)).toBe(200);
  return reply.body.total;
};

/** Every way by which the practitioner may ask for what the study has of the patient. */
const routes = () => [
  `patient=${ids.patient}`,
  `patient=Patient/${ids.patient}`,
  `patient._has:Group:member:_id=${ids.study}`,
  `patient._has:_group:member:_id=${ids.study}`,
  `patient=${ids.patient}&code=${OMH}|${GLUCOSE}`,
  `patient=${ids.patient}&patient._has:Group:member:_id=${ids.study}&code=${OMH}|${GLUCOSE}`,
];

it('shows the practitioner every shared reading once, page by page', async () => {
  for (const query of routes()) {
    for (const base of ['/FHIR/R5', '/fhir/r5']) {
      const { pages, ids: found } = await searchAll(rivera, `${base}/Observation?${query}&_count=20`);
      expect(pages.map(({ entry }) => entry.length)).toEqual([20, 20, 15]);
      expect(pages.map((page) => page.total)).toEqual([READINGS, READINGS, READINGS]);
      expect(new Set(found).size).toBe(READINGS);
    }
  }
  const numbered: string[] = [];
  for (const page of [1, 2, 3]) {
    const reply = await rivera.get<Searchset>(
      `/FHIR/R5/Observation?patient=${ids.patient}&_count=20&_page=${page}`,
    );
    numbered.push(...reply.body.entry.map(({ resource }) => resource.id));
  }
  expect(new Set(numbered).size).toBe(READINGS);
  expect(numbered.length).toBe(READINGS);
  const beyond = await rivera.get<Outcome>(`/FHIR/R5/Observation?patient=${ids.patient}&_count=20&_page=4`);
  expect(beyond.status).toBe(404);
});

it('lets a client spell a page link otherwise, but not use it for another search or as another person', async () => {
  const code = `${OMH}|${GLUCOSE}`;
  const { body } = await rivera.get<Searchset>(
    `/FHIR/R5/Observation?patient=${ids.patient}&code=${encodeURIComponent(code)}&_count=20`,
  );
  const next = body.link.find(({ relation }) => relation === 'next')!.url;
  const respelled = next.replace(encodeURIComponent(code), code);
  expect(respelled).not.toBe(next);
  expect((await rivera.get<Searchset>(respelled)).body.entry).toHaveLength(20);
  expect((await rivera.get(next.replace('_count=20', '_count=10'))).status).toBe(400);
  expect((await patient.get(next)).status).toBe(400);
});

it('keeps what was sent as it was sent, the offset from UTC included', async () => {
  const { body } = await rivera.get<Searchset>(
    `/FHIR/R5/Observation?patient=${ids.patient}&_sort=date&_count=1`,
  );
  const [{ resource } = { resource: {} as Resource }] = body.entry;
  expect(decode(resource).body).toEqual({
    blood_glucose: { value: 80, unit: 'mg/dL' },
    specimen_source: 'capillary blood',
    effective_time_frame: { date_time: '2026-03-01T08:00:00-07:00' },
  });
  expect(resource).toMatchObject({
    subject: { reference: `Patient/${ids.patient}` },
    device: { reference: `Device/${DEXCOM}` },
    identifier: [{ value: 'reading-0' }],
  });
  const alone = await rivera.get<Resource>(`/FHIR/R5/Observation/${resource.id}`);
  expect(alone.body).toEqual(resource);
});

it('lets the practitioner read the patient', async () => {
  for (const path of [`/FHIR/R5/Patient/${ids.patient}`, `/fhir/r5/Patient/${ids.patient}`]) {
    const reply = await rivera.get<Resource>(path);
    expect(reply.body).toMatchObject({
      resourceType: 'Patient',
      id: String(ids.patient),
      name: [{ family: 'Linden', given: ['Nora'] }],
      birthDate: '1990-05-17',
    });
  }
});

it('shows the practitioner nothing of heart rate, of others, or that there is any', async () => {
  expect(await total(rivera, `&patient=${ids.patient}&code=${OMH}|${HEART_RATE}`)).toBe(0);
  expect(await total(rivera, `&patient._has:Group:member:_id=${ids.quietStudy}`)).toBe(0);
  // Rows by id: what cannot be read looks exactly like what does not exist.
  const own = await searchAll(
    elsewhere,
    `/FHIR/R5/Observation?patient=${ids.otherPatient}&code=${OMH}|${HEART_RATE}`,
  );
  expect(own.ids).toHaveLength(3);
  const absent = await rivera.get<Outcome>('/FHIR/R5/Observation/999999999');
  for (const id of own.ids) {
    const hidden = await rivera.get<Outcome>(`/FHIR/R5/Observation/${id}`);
    expect(hidden).toMatchObject({ status: 404, body: absent.body });
    expect((await mark.get<Resource>(`/FHIR/R5/Observation/${id}`)).status).toBe(200);
    expect(await total(rivera, `&_id=${id}`)).toBe(0);
  }
  // Another organization's patient and study: refused, and the same as one that does not exist.
  for (const [query, missing] of [
    ['patient=40001', 'patient=49999'],
    [`patient=${ids.otherPatient}`, 'patient=4999999'],
    [`patient._has:Group:member:_id=${ids.otherStudy}`, 'patient._has:Group:member:_id=39999'],
    ['patient.organization=20007', 'patient.organization=29999'],
  ] as const) {
    const [there, nowhere] = await Promise.all(
      [query, missing].map((text) => rivera.get<Outcome>(`/FHIR/R5/Observation?${text}`)),
    );
    expect(there!.status).toBe(403);
    expect(nowhere!.status).toBe(403);
    const shape = (reply: typeof there) => JSON.stringify(reply!.body).replace(/\d{5,}/g, 'N');
    expect(shape(there)).toBe(shape(nowhere));
  }
  expect((await rivera.get('/FHIR/R5/Patient/40001')).status).toBe(404);
  const everything = await searchAll(rivera, '/FHIR/R5/Observation?_count=1000');
  expect(everything.ids.filter((id) => own.ids.includes(id))).toEqual([]);
  for (const page of everything.pages)
    for (const { resource } of page.entry) {
      expect(resource.subject).toMatchObject({
        reference: expect.stringMatching(new RegExp(`^Patient/(40006|${ids.patient})$`)),
      });
    }
});

it('shows another organization nothing but what its own study was given', async () => {
  const { ids: found } = await searchAll(mark, `/FHIR/R5/Observation?patient=${ids.otherPatient}`);
  expect(found).toHaveLength(3);
  expect((await mark.get(`/FHIR/R5/Observation?patient=${ids.patient}`)).status).toBe(403);
  expect((await mark.get(`/FHIR/R5/Patient/${ids.patient}`)).status).toBe(404);
  const outsider = await signIn(server.site, 'manager_mary@example.com');
  expect((await outsider.get(`/FHIR/R5/Patient/${ids.patient}`)).status).toBe(404);
  expect((await outsider.get(`/FHIR/R5/Observation?patient=${ids.patient}`)).status).toBe(403);
  expect((await outsider.get(`/api/v1/patients/${ids.patient}/consents`)).status).toBe(403);
});

const adminTotal = async (client: Caller, query: string) =>
  (await client.get<{ count: number }>(`/api/v1/observations?${query}`)).body.count;

it('hides everything with the next request after the patient withdraws, and shows it again after a new yes', async () => {
  const page = await rivera.get<Searchset>(`/FHIR/R5/Observation?patient=${ids.patient}&_count=20`);
  const next = page.body.link.find(({ relation }) => relation === 'next')!.url;
  const [first] = page.body.entry;
  expect(await adminTotal(rivera, `patientId=${ids.patient}`)).toBe(READINGS);

  expect((await answer(patient, 'PATCH', ids.study, { [GLUCOSE]: false })).status).toBe(200);
  for (const query of routes()) {
    const reply = await rivera.get<Searchset>(`/FHIR/R5/Observation?${query}`);
    expect(reply.body).toMatchObject({ total: 0, entry: [] });
    expect(await total(rivera, `&${query}`)).toBe(0);
  }
  // A page link from before, a reading by its id, and the other face: nothing either.
  expect((await rivera.get<Searchset>(next)).body).toMatchObject({ total: 0, entry: [] });
  expect((await rivera.get(`/FHIR/R5/Observation/${first!.resource.id}`)).status).toBe(404);
  expect(await adminTotal(rivera, `patientId=${ids.patient}`)).toBe(0);
  expect(await adminTotal(rivera, `studyId=${ids.study}`)).toBe(0);
  // No upload either; and a link sees what the organization that gave it may see, no more.
  const late = observation({
    patientId: ids.patient,
    deviceId: DEXCOM,
    code: GLUCOSE,
    value: 99,
    at: '2026-03-09T08:00:00-07:00',
  });
  expect((await upload(patient, [post(late)])).body.entry[0]!.response.status).toMatch(/^403/);
  expect(await total(patient, '')).toBe(0);
  expect((await patient.get(`/FHIR/R5/Observation/${first!.resource.id}`)).status).toBe(404);

  expect((await answer(patient, 'PATCH', ids.study, { [GLUCOSE]: true })).status).toBe(200);
  for (const query of routes()) expect(await total(rivera, `&${query}`)).toBe(READINGS);
  expect((await upload(patient, [post(late)])).body.entry[0]!.response.status).toMatch(/^201/);
});

it('remembers who decided what, when, in which role and with which app', async () => {
  type Event = {
    decision: string;
    code: { codingCode: string };
    study: { id: number };
    time: string;
    actorRole: string;
    clientId: string;
    actorUserId: number;
    confirmed: boolean;
  };
  const path = `/api/v1/patients/${ids.patient}/consents/history`;
  const { body } = await patient.get<{ results: Event[] }>(path);
  const story = body.results.map(({ study, code, decision }) => [study.id, code.codingCode, decision]);
  expect(story).toEqual([
    [ids.study, GLUCOSE, 'permit'],
    [ids.study, GLUCOSE, 'withdraw'],
    [ids.study, expect.any(String), expect.stringMatching(/permit|decline/)],
    [ids.study, expect.any(String), expect.stringMatching(/permit|decline/)],
  ]);
  const profile = await patient.get<WithId>('/api/v1/users/profile');
  for (const event of body.results) {
    expect(event).toMatchObject({
      actorRole: 'patient',
      clientId: 'commonhealth',
      actorUserId: profile.body.id,
      // By the link; nobody has proved whose it is.
      confirmed: false,
    });
    expect(Math.abs(Date.now() - Date.parse(event.time))).toBeLessThan(300_000);
  }
  // The practitioner sees the decisions of the own study, not those of the other organization's.
  const seen = await rivera.get<{ results: Event[] }>(path);
  expect(new Set(seen.body.results.map(({ study }) => study.id))).toEqual(new Set([ids.study]));
});
