/** SMART App Launch 2.2, section 2.1 "EHR launch", and the context that comes with it (2.2). */
import { afterAll, beforeAll, expect, test } from 'vitest';
import { type Caller, signIn } from '../../setup/clients.ts';
import { ADA, type IdentityWorld, openIdentityWorld, RIVERA, STRANGER } from '../../setup/identity-world.ts';
import type { Answers } from '../../setup/person.ts';
import {
  ask,
  authorization,
  authorize,
  CALLBACK,
  type Parameters,
  PUBLIC,
  readFhir,
  redeem,
  refresh,
  registerApps,
} from '../protocol.ts';

const APP = 'suite-launched';
const SCOPE = 'openid fhirUser launch patient/*.rs';

let world: IdentityWorld;
let rivera: Caller;
beforeAll(async () => {
  world = await openIdentityWorld();
  await registerApps(world);
  await world.register({
    clientId: APP,
    name: 'Launched App',
    redirectUris: [CALLBACK],
    launchUri: 'http://localhost:7125/launch?kept=1',
  });
  rivera = await signIn(world.site, RIVERA.email);
});
afterAll(() => world?.close());

/** Opens the app from our side; the query that it is opened with. */
async function open(context: Record<string, unknown> = { patientId: ADA.patient }): Promise<URL> {
  const { status, body } = await rivera.post<{ launchUrl: string }>('/api/v1/launches', {
    clientId: APP,
    ...context,
  });
  if (status !== 201) throw new Error(`${status} ${JSON.stringify(body)}`);
  return new URL(body.launchUrl);
}

/** The app's answer to being opened: as it asks for authorization with what it was given. */
async function answer(launch: string | undefined, changes: Parameters = {}, answers: Answers = RIVERA) {
  const request = authorization(world, { client_id: APP, scope: SCOPE, launch, ...changes });
  const back = await authorize(request, answers);
  const code = back.searchParams.get('code');
  const clientId = changes.client_id ?? APP;
  return {
    back,
    request,
    reply: code === null ? undefined : await redeem(world, code, request, { client_id: clientId }),
  };
}

const handleOf = (url: URL) => url.searchParams.get('launch')!;

test('2.1 EHR launch: the app is opened at its registered address with iss and launch', async () => {
  const url = await open();
  expect(`${url.origin}${url.pathname}`).toBe('http://localhost:7125/launch');
  expect(url.searchParams.get('kept')).toBe('1');
  expect(url.searchParams.get('iss')?.replace(/\/$/, '')).toBe(world.fhir);
  expect(handleOf(url)).toMatch(/^[\w-]{20,}$/);
  // The handle says nothing by itself.
  expect(url.href).not.toContain(String(ADA.patient));
});

test('2.1 EHR launch: launch with the scope launch gives the patient in context, without asking for one', async () => {
  const { reply } = await answer(handleOf(await open()));
  expect(reply?.status).toBe(200);
  expect(reply?.body).toMatchObject({ patient: String(ADA.patient), need_patient_banner: true });
  expect(String(reply?.body.scope).split(' ')).toContain('launch');
});

test.each([
  ['that nobody issued', async () => 'made-up-launch-that-nobody-issued'],
  [
    'that was used before',
    async () => {
      const handle = handleOf(await open());
      await answer(handle);
      return handle;
    },
  ],
])('2.1 Obtain authorization code: a launch %s is refused', async (_name, handle) => {
  const { back } = await answer(await handle()).catch((error: Error) => ({ back: error }));
  if (back instanceof URL) expect(back.searchParams.get('error')).toBe('invalid_request');
  expect(back instanceof URL && back.searchParams.has('code')).toBe(false);
});

test('2.1 Obtain authorization code: a launch belongs to the app that was opened', async () => {
  const request = authorization(world, { client_id: PUBLIC, scope: SCOPE, launch: handleOf(await open()) });
  const { location } = await ask(request.url);
  expect(location?.searchParams.get('error')).toBe('invalid_request');
});

test('2.1 Obtain authorization code: a launch belongs to the person who opened it', async () => {
  const handle = handleOf(await open());
  const other = await answer(handle, {}, ADA).catch((error: Error) => ({ back: error, reply: undefined }));
  expect(other.reply?.status).not.toBe(200);
});

test('2.1 Obtain authorization code: launch without the scope launch is refused', async () => {
  const request = authorization(world, {
    client_id: APP,
    scope: 'openid patient/*.rs',
    launch: handleOf(await open()),
  });
  const { location } = await ask(request.url);
  expect(location?.searchParams.get('error')).toBe('invalid_request');
});

test.each(['', 'None'])(
  '2.1 EHR launch: the launch "%s" is none; the scope launch is not granted then',
  async (launch) => {
    const { reply } = await answer(launch, { scope: 'openid launch launch/patient patient/*.rs' }, ADA);
    expect(reply?.status).toBe(200);
    expect(String(reply?.body.scope).split(' ')).not.toContain('launch');
  },
);

test('2.2 Scopes for requesting context data: encounter, intent, fhirContext and need_patient_banner come as given', async () => {
  const url = await open({
    patientId: ADA.patient,
    encounter: 'visit-17',
    intent: 'order-review',
    needPatientBanner: false,
    fhirContext: [{ reference: 'ImagingStudy/123' }],
  });
  const { reply } = await answer(handleOf(url), { scope: `${SCOPE} launch/encounter` });
  expect(reply?.body).toMatchObject({
    patient: String(ADA.patient),
    encounter: 'visit-17',
    intent: 'order-review',
    need_patient_banner: false,
    fhirContext: [{ reference: 'ImagingStudy/123' }],
  });
});

test('2.2 Launch context arrives with the access token, and again on each refresh', async () => {
  const { reply } = await answer(handleOf(await open()), {
    scope: `${SCOPE} offline_access`,
    client_id: APP,
  });
  const { status, body } = await refresh(world, String(reply?.body.refresh_token), { client_id: APP });
  expect(status).toBe(200);
  expect(body.patient).toBe(String(ADA.patient));
});

test('2.2 Scopes for requesting context data: two launches of one person and app do not mix', async () => {
  const [first, second] = [await open(), await open({})];
  const [about, without] = [
    await answer(handleOf(first)),
    await answer(handleOf(second), { scope: 'openid launch user/Patient.rs' }),
  ];
  expect(about.reply?.body.patient).toBe(String(ADA.patient));
  expect(without.reply?.body).not.toHaveProperty('patient');
});

test('2.2 patient/ scopes reach the patient in context only', async () => {
  const { reply } = await answer(handleOf(await open()));
  const token = String(reply?.body.access_token);
  expect((await readFhir(world, `Patient/${ADA.patient}`, token)).status).toBe(200);
  expect((await readFhir(world, `Patient/${STRANGER.patient}`, token)).status).toBe(404);
  const { body } = await readFhir(world, 'Patient', token);
  expect(body.total).toBe(1);
});

test('2.1 EHR launch: nobody is launched about a patient whom they do not see', async () => {
  const { status } = await rivera.post('/api/v1/launches', { clientId: APP, patientId: STRANGER.patient });
  expect(status).toBe(404);
});
