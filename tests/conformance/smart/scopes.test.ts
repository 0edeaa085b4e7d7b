/** SMART App Launch 2.2, section 2.2: Scopes and Launch Context. */
import { decodeJwt } from 'jose';
import { afterAll, beforeAll, expect, test } from 'vitest';
import { ADA, type IdentityWorld, openIdentityWorld, RIVERA, STRANGER } from '../../setup/identity-world.ts';
import { authorization, authorize, fetchTokens, readFhir, redeem, registerApps } from '../protocol.ts';

const OMH = 'https://w3id.org/openmhealth';
const GLUCOSE = `${OMH}|omh:blood-glucose:4.0`;
const HEART_RATE = `${OMH}|omh:heart-rate:2.0`;

let world: IdentityWorld;
beforeAll(async () => {
  world = await openIdentityWorld();
  await registerApps(world);
});
afterAll(() => world?.close());

const RIVERA_CHOOSING = { ...RIVERA, patient: ADA.patient };

/** What a token of Ada's with this scope may do: status of reading her, of searching and of creating readings. */
async function reach(
  scope: string,
): Promise<{ granted: string[]; read: number; search: number; create: number }> {
  const { access_token: token, scope: granted } = await fetchTokens(world, ADA, {
    scope: `openid launch/patient ${scope}`,
  });
  const created = await fetch(`${world.fhir}/Observation`, {
    method: 'POST',
    headers: { authorization: `Bearer ${token}`, 'content-type': 'application/fhir+json' },
    // No good reading: whoever may create is told so with 4xx other than 403.
    body: JSON.stringify({ resourceType: 'Observation' }),
  });
  return {
    granted: granted.split(' ').filter((word) => word.includes('/') && word !== 'launch/patient'),
    read: (await readFhir(world, `Patient/${ADA.patient}`, token)).status,
    search: (await readFhir(world, `Observation?patient=${ADA.patient}&_count=1`, token)).status,
    create: created.status === 403 ? 403 : 400,
  };
}

test.each([
  ['v2: read and search of all', 'patient/*.rs', [200, 200, 403]],
  ['v2: everything', 'patient/*.cruds', [200, 200, 400]],
  ['v2: read of one type', 'patient/Patient.r', [200, 403, 403]],
  ['v2: search of one type', 'patient/Observation.s', [403, 200, 403]],
  ['v2: create of one type', 'patient/Observation.c', [403, 403, 400]],
  ['v2: two types', 'patient/Patient.rs patient/Observation.rs', [200, 200, 403]],
  ['v1: read', 'patient/*.read', [200, 200, 403]],
  ['v1: write', 'patient/Observation.write', [403, 403, 400]],
  ['v1: all', 'patient/*.*', [200, 200, 400]],
  ['user/ for a patient is what they see themselves', 'user/*.rs', [200, 200, 403]],
] as const)(
  '2.2 Scopes for requesting FHIR resources, %s: %s',
  async (_name, scope, [read, search, create]) => {
    expect(await reach(scope)).toEqual({ granted: scope.split(' '), read, search, create });
  },
);

test.each([
  ['letters out of their order', 'patient/Observation.sr'],
  ['letters twice', 'patient/Observation.rr'],
  ['an unknown context', 'device/Observation.rs'],
  ['no permission', 'patient/Observation.'],
  ['system/ of a person', 'system/*.rs'],
])('2.2 Scopes: %s (%s) grants nothing and spoils nothing beside it', async (_name, scope) => {
  expect(await reach(`${scope} patient/Patient.r`)).toEqual({
    granted: ['patient/Patient.r'],
    read: 200,
    search: 403,
    create: 403,
  });
});

test('2.2 Finer-grained resource constraints: a scope with a query reaches the readings of that code only', async () => {
  const scope = `patient/Observation.rs?code=${GLUCOSE}`;
  const tokens = await fetchTokens(world, ADA, { scope: `openid launch/patient ${scope}` });
  expect(tokens.scope.split(' ')).toContain(scope);
  const count = async (code: string) =>
    (
      await readFhir(
        world,
        `Observation?patient=${ADA.patient}&code=${encodeURIComponent(code)}&_summary=count`,
        tokens.access_token,
      )
    ).body.total;
  expect(await count(GLUCOSE)).toBeGreaterThan(1000);
  expect(await count(HEART_RATE)).toBe(0);
  const everything = await readFhir(
    world,
    `Observation?patient=${ADA.patient}&_summary=count`,
    tokens.access_token,
  );
  expect(everything.body.total).toBe(await count(GLUCOSE));
});

test('2.2 Finer-grained resource constraints: a query that cannot be kept grants nothing, not more', async () => {
  const { granted, search } = await reach('patient/Observation.rs?category=laboratory patient/Patient.r');
  expect(granted).toEqual(['patient/Patient.r']);
  expect(search).toBe(403);
});

test('2.2 Scopes: a token never reaches further than the person: user/*.cruds of a practitioner', async () => {
  const { access_token: token } = await fetchTokens(world, RIVERA, { scope: 'openid user/*.cruds' });
  expect((await readFhir(world, `Patient/${ADA.patient}`, token)).status).toBe(200);
  expect((await readFhir(world, `Patient/${STRANGER.patient}`, token)).status).toBe(404);
});

test('2.2 Scopes for requesting context data: launch/patient of a patient is their own record', async () => {
  expect((await fetchTokens(world, ADA)).patient).toBe(String(ADA.patient));
});

test('2.2 Scopes for requesting context data: launch/patient lets a practitioner choose, among those they see', async () => {
  const tokens = await fetchTokens(world, RIVERA_CHOOSING);
  expect(tokens.patient).toBe(String(ADA.patient));
  expect((await readFhir(world, 'Patient', tokens.access_token)).body.total).toBe(1);
  await expect(fetchTokens(world, { ...RIVERA, patient: STRANGER.patient })).rejects.toThrow(/no form/);
});

test('2.2 Scopes: when a patient/ scope is granted, the patient is said, also without launch/patient', async () => {
  const tokens = await fetchTokens(world, RIVERA_CHOOSING, { scope: 'openid patient/Patient.rs' });
  expect(tokens.patient).toBe(String(ADA.patient));
});

test('2.2 Scopes: without any patient scope there is no patient in the reply', async () => {
  expect(await fetchTokens(world, RIVERA, { scope: 'openid user/Patient.rs' })).not.toHaveProperty('patient');
});

test('2.2 Scopes: the reply says what was granted when that is less than was asked', async () => {
  const request = authorization(world, { scope: 'openid patient/*.rs wonder launch/patient' });
  const back = await authorize(request, ADA);
  const { body } = await redeem(world, back.searchParams.get('code')!, request);
  expect(String(body.scope).split(' ').sort()).toEqual(['launch/patient', 'openid', 'patient/*.rs']);
});

test('2.2 Scopes: a token without scopes about records reads nothing unless its client has default scopes', async () => {
  const { access_token: token } = await fetchTokens(world, RIVERA, { scope: 'openid fhirUser' });
  expect((await readFhir(world, 'Patient', token)).status).toBe(403);
});

test('2.2 Scopes for requesting identity data: what fhirUser names is read with a scope that reaches it', async () => {
  const scope = 'openid fhirUser user/Practitioner.r';
  const { access_token: token, id_token: idToken } = await fetchTokens(world, RIVERA, { scope });
  const { fhirUser } = decodeJwt<{ fhirUser: string }>(idToken);
  const path = fhirUser.replace(`${world.fhir}/`, '');
  expect(path).toBe(`Practitioner/${RIVERA.practitioner}`);
  expect(await readFhir(world, path, token)).toMatchObject({
    status: 200,
    body: { resourceType: 'Practitioner', id: String(RIVERA.practitioner) },
  });
});
