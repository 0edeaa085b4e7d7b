import { decodeJwt } from 'jose';
import { afterAll, afterEach, beforeAll, describe, expect, it } from 'vitest';
import { patients, users } from '../../../../../tests/worlds/two-organizations.ts';
import { type LaunchWorld, openLaunchWorld, READINGS } from './launch-world.test-data.ts';

let world: LaunchWorld;
beforeAll(async () => {
  world = await openLaunchWorld();
});
afterEach(() => world.setClock(null));
afterAll(() => world?.close());

const SCOPE = 'openid fhirUser launch patient/Observation.rs patient/Patient.r';

/** The values of the readings that a search returns. */
async function valuesAt(token: string, path: string): Promise<number[]> {
  const { json } = await world.fhir(token, path);
  return (json().entry as { resource: { valueAttachment: { data: string } } }[])
    .map(({ resource }) => JSON.parse(Buffer.from(resource.valueAttachment.data, 'base64').toString('utf8')))
    .map(({ body }) => body.blood_glucose.value as number)
    .sort();
}

describe('POST /api/v1/launches', () => {
  it('answers where to open the app, with our base ending in a slash', async () => {
    const reply = await world.launch('rivera', { clientId: 'chart', patientId: patients.ada });
    expect(reply.statusCode, reply.body).toBe(201);
    const { launch, launchUrl, expires } = reply.json();
    const url = new URL(launchUrl);
    expect(`${url.origin}${url.pathname}`).toBe('https://chart.example.org/launch');
    expect(Object.fromEntries(url.searchParams)).toEqual({
      site: 'a',
      iss: 'http://localhost:8000/FHIR/R5/',
      launch,
    });
    expect(launch).toMatch(/^[\w-]{43}$/);
    expect(Date.parse(expires)).toBeGreaterThan(Date.now());

    const { owner } = world.exchange.database;
    const { rows: kept } = await owner.query("select * from oauth_model where model = 'Launch'");
    expect(JSON.stringify(kept)).not.toContain(launch);
    const { rows: trail } = await owner.query(
      `select interaction, resource, reason, client_id from audit_event
       where patient_id = $1 and user_id = $2 order by id desc limit 2`,
      [patients.ada, users.rivera],
    );
    expect(trail).toEqual([
      { interaction: 'update', resource: 'Basic', reason: 'launch', client_id: 'chart' },
      { interaction: 'read', resource: 'Patient', reason: 'opening an app', client_id: 'jhe-portal' },
    ]);
  });

  it('takes its slash for none or for two, as apps put paths behind it', async () => {
    const base = '/FHIR/R5';
    for (const path of [
      '/.well-known/smart-configuration',
      '//.well-known/smart-configuration',
      '//metadata',
    ])
      expect((await world.request({ url: `${base}${path}` })).statusCode, path).toBe(200);
  });

  const REPLIES: [name: string, who: 'ada' | 'rivera', body: object, status: number, scope?: string][] = [
    ['one’s own record', 'ada', { clientId: 'chart', patientId: patients.ada }, 201],
    ['no patient', 'rivera', { clientId: 'chart' }, 201],
    ['a patient who is not theirs', 'rivera', { clientId: 'chart', patientId: patients.cleo }, 404],
    ['a patient who is not there', 'rivera', { clientId: 'chart', patientId: 49999 }, 404],
    ['somebody else, by a patient', 'ada', { clientId: 'chart', patientId: patients.ben }, 404],
    ['an app that is not there', 'rivera', { clientId: 'nobody' }, 404],
    ['an app that waits for approval', 'rivera', { clientId: 'waiting' }, 404],
    ['an app without an address', 'rivera', { clientId: 'hub' }, 400],
    ['no app', 'rivera', {}, 400],
    ['a patient id that is none', 'rivera', { clientId: 'chart', patientId: 'x' }, 400],
    ['an encounter that is no id', 'rivera', { clientId: 'chart', encounter: 'a b' }, 400],
    [
      'a patient in fhirContext without a role',
      'rivera',
      { clientId: 'chart', fhirContext: [{ reference: `Patient/${patients.ada}` }] },
      400,
    ],
    [
      'a token that may not see patients',
      'rivera',
      { clientId: 'chart', patientId: patients.ada },
      403,
      'openid user/Observation.rs',
    ],
  ];
  it.each(REPLIES)('takes or refuses: %s', async (_name, who, body, status, scope) => {
    expect((await world.launch(who, body, scope)).statusCode).toBe(status);
  });
});

describe('an app that was opened', () => {
  const open = async (body: object = {}) =>
    (await world.launch('rivera', { clientId: 'chart', patientId: patients.ada, ...body })).json()
      .launch as string;

  it('gets the context, again when it refreshes, and in introspection', async () => {
    const launch = await open({
      encounter: 'visit-7',
      intent: 'reconcile',
      needPatientBanner: false,
      fhirContext: [{ reference: 'ImagingStudy/1', role: 'launch' }],
    });
    const { tokens, pages } = await world.walk({
      scope: `${SCOPE} launch/encounter`,
      more: { launch },
    });
    expect(pages.at(-1)).toContain('Opened for <b>Ada Byron</b>');
    const context = {
      patient: '40001',
      encounter: 'visit-7',
      need_patient_banner: false,
      intent: 'reconcile',
      fhirContext: [{ reference: 'ImagingStudy/1', role: 'launch' }],
    };
    expect(tokens).toMatchObject({ ...context, profile: { reference: 'Practitioner/80001' } });
    expect(tokens.scope.split(' ').sort()).toEqual([...SCOPE.split(' '), 'launch/encounter'].sort());
    expect(decodeJwt(tokens.access_token)).toMatchObject(context);
    expect(tokens.access_token.length).toBeLessThan(3000);

    const refreshed = await world.refresh(tokens);
    expect(refreshed.json()).toMatchObject(context);
    const again = await world.refresh(refreshed.json());
    expect(again.json()).toMatchObject(context);
    const introspected = await world.request({
      method: 'POST',
      url: '/o/introspect/',
      form: { token: again.json().access_token, client_id: 'chart' },
    });
    expect(introspected.json()).toMatchObject({
      active: true,
      ...context,
      client_id: 'chart',
      sub: String(users.rivera),
      iss: 'http://localhost:8000/o',
      fhirUser: 'http://localhost:8000/FHIR/R5/Practitioner/80001',
    });
  });

  it('reads that patient and nobody else', async () => {
    const { tokens } = await world.walk({ scope: SCOPE, more: { launch: await open() } });
    const token = tokens.access_token;
    expect(await valuesAt(token, 'Observation')).toEqual([...READINGS.ada]);
    expect(await valuesAt(token, `Observation?patient=${patients.ada}`)).toEqual([...READINGS.ada]);
    expect((await world.fhir(token, `Patient/${patients.ada}`)).statusCode).toBe(200);
    expect((await world.fhir(token, `Patient/${patients.ben}`)).statusCode).toBe(404);
    expect((await world.fhir(token, `Observation?patient=${patients.ben}`)).statusCode).toBe(403);
  });

  it('keeps two patients apart in two tabs', async () => {
    const browser = world.browser();
    const [first, second] = [await open(), await open({ patientId: patients.ben })];
    const one = await world.walk({ scope: SCOPE, more: { launch: first }, browser });
    const other = await world.walk({ scope: SCOPE, more: { launch: second }, browser });
    // The second was approved with the first.
    expect(other.pages).toEqual([]);
    for (const [{ tokens }, patient, values] of [
      [one, '40001', READINGS.ada],
      [other, '40002', READINGS.ben],
    ] as const) {
      const { access_token, patient: named } = (await world.refresh(tokens)).json();
      expect(named).toBe(patient);
      expect(await valuesAt(access_token, 'Observation')).toEqual([...values]);
    }
  });

  it('loses the patient with the consent', async () => {
    const { tokens } = await world.walk({ scope: SCOPE, more: { launch: await open() } });
    const { owner } = world.exchange.database;
    const permit = (permitted: boolean) =>
      owner.query(
        'update consent set permitted = $1, opens = $1 where patient_id = 40001 and code_id = 50001',
        [permitted],
      );
    await permit(false);
    try {
      expect(await valuesAt(tokens.access_token, 'Observation')).toEqual([]);
    } finally {
      await permit(true);
    }
  });

  const REFUSED: [name: string, walk: (launch: string) => Parameters<LaunchWorld['walk']>[0]][] = [
    ['an unknown one', () => ({ scope: SCOPE, more: { launch: 'x'.repeat(43) } })],
    ['another app', (launch) => ({ clientId: 'ours', scope: SCOPE, more: { launch } })],
    ['another person', (launch) => ({ as: 'mo', scope: SCOPE, more: { launch } })],
    ['without its scope', (launch) => ({ scope: 'openid patient/Observation.rs', more: { launch } })],
  ];
  it.each(REFUSED)('refuses a launch: %s', async (_name, walk) => {
    expect((await world.walk(walk(await open()))).error).toBe('invalid_request');
  });

  it('refuses a launch that was used, and one whose five minutes are over', async () => {
    const launch = await open();
    const browser = world.browser();
    expect((await world.walk({ scope: SCOPE, more: { launch }, browser })).error).toBeNull();
    expect((await world.walk({ scope: SCOPE, more: { launch }, browser })).error).toBe('invalid_request');
    const late = await open();
    world.setClock(new Date(Date.now() + 5 * 60 * 1000 + 1000));
    expect((await world.walk({ scope: SCOPE, more: { launch: late } })).error).toBe('invalid_request');
  });

  it('lets one of two finish that began with the same launch', async () => {
    const launch = await open();
    const [one, two] = [world.browser(), world.browser()];
    for (const browser of [one, two])
      await world.walk({ scope: SCOPE, more: { launch: await open() }, browser });
    const ends = await Promise.all(
      [one, two].map((browser) => world.walk({ scope: SCOPE, more: { launch }, browser })),
    );
    expect(ends.map(({ error }) => error).sort()).toEqual(['invalid_request', null].sort());
  });

  it('without a patient opens the picker only when records of a patient are asked for', async () => {
    const bare = async () => open({ patientId: null });
    const plain = await world.walk({
      scope: 'openid launch user/Observation.rs',
      more: { launch: await bare() },
    });
    expect(plain.tokens.patient).toBeUndefined();
    expect(await valuesAt(plain.tokens.access_token, 'Observation')).toEqual([
      ...READINGS.ada,
      ...READINGS.ben,
    ]);
    const asked = await world.walk({ scope: SCOPE, more: { launch: await bare() }, patient: patients.ben });
    expect(asked.tokens.patient).toBe('40002');
  });
});
