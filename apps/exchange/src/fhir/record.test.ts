import { afterAll, beforeAll, describe, expect, test } from 'vitest';
import { openTestExchange, type TestExchange } from '../../../../tests/setup/exchange.ts';
import { mintToken } from '../../../../tests/setup/tokens.ts';
import {
  codes,
  fillTwoOrganizations,
  patients,
  studies,
  users,
} from '../../../../tests/worlds/two-organizations.ts';
import { bundle, glucose } from './reading.test-data.ts';

let exchange: TestExchange;
let ada: string;
let rivera: string;
let vic: string;
let hana: string;

beforeAll(async () => {
  exchange = await openTestExchange();
  await fillTwoOrganizations(exchange.database.owner);
  const patientApp = { clientId: 'glucose-app', defaultScope: 'patient/*.cruds' };
  ada = await mintToken(exchange, { userId: users.ada, ...patientApp });
  rivera = await mintToken(exchange, { userId: users.rivera });
  vic = await mintToken(exchange, { userId: users.vic });
  hana = await mintToken(exchange, { userId: users.hana });
});
afterAll(() => exchange?.close());

const create = (token: string, body: unknown) =>
  exchange.request('POST', '/FHIR/R5/Observation', { token, body });
const diagnostics = (response: { json(): { issue: { diagnostics: string }[] } }) =>
  response.json().issue[0]!.diagnostics;

describe('create', () => {
  test('answers the reading as stored, its data point byte for byte', async () => {
    const resource = glucose({
      patientId: patients.ada,
      text: (json) => json.replace('"value":100', '"value": 100.0'),
    });
    const response = await create(ada, resource);
    expect(response.statusCode).toBe(201);
    const created = response.json();
    expect(response.headers.location).toBe(`http://localhost:8000/FHIR/R5/Observation/${created.id}`);
    expect(created.valueAttachment.data).toBe(resource.valueAttachment.data);
    expect(created).toMatchObject({
      status: 'final',
      effectiveDateTime: '2026-03-01T16:00:00.000000Z',
      subject: { reference: 'Patient/40001', identifier: { value: '10001' } },
      device: { reference: 'Device/70001' },
      meta: { source: 'https://jupyterhealth.org/jhe' },
    });
  });

  test.each(['if-none-exist', 'if-match', 'if-none-match', 'if-unmodified-since'])(
    'refuses a condition that it does not look at: %s',
    async (name) => {
      const response = await exchange.request('POST', '/FHIR/R5/Observation', {
        token: ada,
        body: glucose({ patientId: patients.ada }),
        headers: { [name]: 'identifier=a|b' },
      });
      expect(response.statusCode).toBe(400);
      expect(response.json().issue[0]).toMatchObject({ code: 'not-supported', expression: [`http.${name}`] });
    },
  );

  test('says where the reading is and in which version, and shows it to who wants it', async () => {
    const send = (token: string, prefer?: string) =>
      exchange.request('POST', '/FHIR/R5/Observation', {
        token,
        body: glucose({ patientId: patients.ada }),
        headers: prefer === undefined ? {} : { prefer },
      });
    for (const [reply, isShown] of [
      [await send(rivera), true],
      [await send(rivera, 'return=representation'), true],
      [await send(rivera, 'return=minimal'), false],
    ] as const) {
      expect(reply.statusCode).toBe(201);
      expect(reply.headers).toMatchObject({
        location: expect.stringMatching(/\/FHIR\/R5\/Observation\/\d+$/),
        etag: 'W/"1"',
      });
      // A part of a reading, standing for it, would be no valid Observation.
      if (isShown) expect(reply.json()).toMatchObject({ status: 'final', meta: { versionId: '1' } });
      else expect(reply.body).toBe('');
    }
  });

  test('is idempotent on the data point, also when white space stands around it', async () => {
    const resource = glucose({ patientId: patients.ada, text: (json) => `\n ${json}\r\n` });
    const first = await create(ada, resource);
    const again = await create(ada, resource);
    expect([first.statusCode, again.statusCode]).toEqual([201, 200]);
    expect(again.json().id).toBe(first.json().id);
  });

  test('takes another data point under a known uuid for a conflict', async () => {
    const uuid = '3f2504e0-4f89-41d3-9a0c-0305e82c3301';
    expect((await create(ada, glucose({ patientId: patients.ada, uuid, value: 90 }))).statusCode).toBe(201);
    const other = await create(ada, glucose({ patientId: patients.ada, uuid, value: 91 }));
    expect(other.statusCode).toBe(409);
    expect(other.json().issue[0].code).toBe('duplicate');
  });

  test('takes an identifier that a reading of another series has: what is hidden is not told', async () => {
    const identifier = { system: 'urn:app', value: 'of heart rate' };
    const hidden = glucose({
      patientId: patients.ada,
      code: 'omh:heart-rate:2.0',
      device: 70002,
      identifier,
    });
    expect((await create(ada, hidden)).statusCode).toBe(201);
    const search = `/FHIR/R5/Observation?identifier=${encodeURIComponent('urn:app|of heart rate')}`;
    const found = async (token: string) => (await exchange.request('GET', search, { token })).json().total;
    expect([await found(rivera), await found(ada)]).toEqual([0, 1]);
    expect((await create(rivera, glucose({ patientId: patients.ada, identifier }))).statusCode).toBe(201);
    expect([await found(rivera), await found(ada)]).toEqual([1, 2]);
  });

  test('refuses an identifier that a reading of the same series has, and keeps nothing', async () => {
    const identifier = { system: 'urn:app', value: 'of glucose' };
    const total = async () =>
      (await exchange.request('GET', '/FHIR/R5/Observation?_summary=count', { token: rivera })).json().total;
    expect((await create(ada, glucose({ patientId: patients.ada, identifier }))).statusCode).toBe(201);
    const before = await total();
    const response = await create(rivera, glucose({ patientId: patients.ada, identifier }));
    expect([response.statusCode, diagnostics(response)]).toEqual([
      409,
      expect.stringMatching(/Identifier already exists: system=urn:app value=of glucose/),
    ]);
    expect(await total()).toBe(before);
  });

  test('records once although two studies share the series', async () => {
    const { owner } = exchange.database;
    await owner.query(
      `insert into requested_code (study_id, code_id) values (${studies.sleep}, ${codes.glucose})`,
    );
    await owner.query(`insert into consent (patient_id, study_id, code_id, permitted, opens, own, decided_at)
      values (${patients.ada}, ${studies.sleep}, ${codes.glucose}, true, true, true, now())`);
    const counted = () =>
      owner.query(
        `select observations from series where patient_id = ${patients.ada} and code_id = ${codes.glucose}`,
      );
    const before = (await counted()).rows[0].observations;
    expect((await create(ada, glucose({ patientId: patients.ada }))).statusCode).toBe(201);
    expect((await counted()).rows[0].observations).toBe(before + 1);
    await owner.query(`delete from consent where study_id = ${studies.sleep} and code_id = ${codes.glucose}`);
  });

  const valid = () => glucose({ patientId: patients.ada });
  const { valueAttachment: _, ...withoutValue } = valid();
  test.each<[string, () => string, object, number, RegExp]>([
    ['a member records for a patient', () => rivera, valid(), 201, /^/],
    ['a viewer does not', () => vic, valid(), 403, /not been consented/],
    ['a manager of another organization does not', () => hana, valid(), 403, /not been consented/],
    ['nobody sees that patient', () => hana, glucose({ patientId: patients.ben }), 403, /not authorized/],
    ['no such patient looks the same', () => hana, glucose({ patientId: 49999 }), 403, /not authorized/],
    [
      'a declined code',
      () => rivera,
      glucose({ patientId: patients.ada, code: 'omh:heart-rate:2.0', device: 70002 }),
      403,
      /not been consented/,
    ],
    ['no subject', () => ada, { ...valid(), subject: undefined }, 400, /Subject is required/],
    [
      'a subject that is no Patient',
      () => ada,
      { ...valid(), subject: { reference: 'Group/1' } },
      400,
      /Subject is required/,
    ],
    ['no device', () => ada, { ...valid(), device: undefined }, 400, /Device is required/],
    [
      'an unknown device',
      () => ada,
      glucose({ patientId: patients.ada, device: 1 }),
      400,
      /can not be found/,
    ],
    [
      'a device that does not measure this',
      () => ada,
      glucose({ patientId: patients.ada, device: 70002 }),
      400,
      /does not support/,
    ],
    [
      'two codings',
      () => ada,
      {
        ...valid(),
        code: {
          coding: [
            { system: 'a', code: 'b' },
            { system: 'c', code: 'd' },
          ],
        },
      },
      400,
      /Exactly one Code/,
    ],
    [
      'an unknown code',
      () => ada,
      { ...valid(), code: { coding: [{ system: 'urn:x', code: 'y' }] } },
      400,
      /Code not found/,
    ],
    ['no status', () => ada, { ...valid(), status: undefined }, 400, /Observation.status/],
    ['an element that FHIR does not know', () => ada, { ...valid(), glucose: 5 }, 400, /glucose/],
    ['no data point', () => ada, withoutValue, 400, /Base 64/],
    ['no base64', () => ada, { ...valid(), valueAttachment: { data: '%%%' } }, 400, /./],
    ['no JSON', () => ada, glucose({ patientId: patients.ada, text: () => 'hello' }), 400, /Base 64/],
    [
      'a character that no database holds',
      () => ada,
      glucose({ patientId: patients.ada, text: (t) => t.replace('{"header"', '{"note":"\\u0000","header"') }),
      400,
      /Base 64/,
    ],
    [
      'half a character',
      () => ada,
      glucose({ patientId: patients.ada, text: (t) => t.replace('{"header"', '{"note":"\\ud83d","header"') }),
      400,
      /Base 64/,
    ],
    [
      'a unit that the measure does not have',
      () => ada,
      glucose({ patientId: patients.ada, text: (t) => t.replace('mg/dL', 'MGDL') }),
      422,
      /body.blood_glucose.unit/,
    ],
    [
      'a time without an offset',
      () => ada,
      glucose({ patientId: patients.ada, at: '2026-03-01T08:00:00' }),
      422,
      /date_time/,
    ],
    [
      'another measure than the code',
      () => ada,
      glucose({ patientId: patients.ada, text: (t) => t.replace('blood-glucose', 'heart-rate') }),
      422,
      /schema_id/,
    ],
  ])('%s', async (_name, token, body, status, message) => {
    const response = await create(token(), body);
    expect(response.statusCode, response.body).toBe(status);
    if (status >= 400) expect(diagnostics(response)).toMatch(message);
  });

  test('takes a whole pair of surrogates', async () => {
    const text = (json: string) => json.replace('{"header"', '{"note":"\\ud83d\\ude00","header"');
    expect((await create(ada, glucose({ patientId: patients.ada, text }))).statusCode).toBe(201);
  });
});

describe('batch', () => {
  const post = (token: string, body: unknown, url = '/FHIR/R5/') =>
    exchange.request('POST', url, { token, body });

  test.each(['/FHIR/R5/', '/FHIR/R5', '/fhir/r5/', '/fhir/r5'])(
    'at %s answers each entry at its place',
    async (url) => {
      const good = glucose({ patientId: patients.ada });
      const identifier = { system: 'urn:app', value: `r-${url}` };
      const body = bundle(
        glucose({ patientId: patients.ada, identifier }),
        glucose({ patientId: patients.ada, code: 'omh:heart-rate:2.0', device: 70002 }),
        glucose({ patientId: patients.ada, identifier }),
        { resourceType: 'Patient' },
        good,
        good,
      );
      body.entry.splice(1, 0, { resource: good, request: { method: 'PUT', url: 'Observation/1' } });
      const response = await post(rivera, body, url);
      expect(response.statusCode).toBe(200);
      const statuses = response
        .json()
        .entry.map((entry: { response: { status: string } }) => entry.response.status.slice(0, 3));
      // Heart rate is declined at Lakeside; the identifier is there twice; a Patient is no reading.
      expect(statuses).toEqual(['201', '405', '403', '409', expect.stringMatching(/^40[05]$/), '201', '200']);
      for (const entry of response.json().entry) {
        const { status, outcome } = entry.response;
        expect(outcome === undefined, status).toBe(status.startsWith('2'));
      }
    },
  );

  test('tells where each reading is and no more, unless it is asked for the readings', async () => {
    const readings = [glucose({ patientId: patients.ada }), glucose({ patientId: patients.ada, value: 101 })];
    const body = bundle(readings[0]!, { resourceType: 'Patient' }, readings[1]!);
    const first = (await post(rivera, body)).json().entry;
    expect(first.map(({ resource }: { resource?: object }) => resource)).toEqual([
      undefined,
      undefined,
      undefined,
    ]);
    expect(first[0].response).toEqual({
      status: '201 Created',
      location: expect.stringMatching(/^http:\/\/localhost:8000\/FHIR\/R5\/Observation\/\d+$/),
      etag: 'W/"1"',
    });
    const headers = { prefer: 'return=representation' };
    const again = (await exchange.request('POST', '/FHIR/R5', { token: rivera, body, headers })).json().entry;
    expect(again[1]).not.toHaveProperty('resource');
    for (const [at, i] of [0, 2].entries()) {
      expect(again[i].response).toEqual({ ...first[i].response, status: '200 OK' });
      const { pathname } = new URL(again[i].response.location);
      const whole = (await exchange.request('GET', pathname, { token: rivera })).json();
      expect(again[i].resource).toEqual(whole);
      expect(whole.valueAttachment.data).toBe(readings[at]!.valueAttachment.data);
    }
  });

  test('shows whole readings however many there are', async () => {
    const many = Array.from({ length: 60 }, (_, n) =>
      glucose({
        patientId: patients.ada,
        value: 60 + n,
        text: (t) => t.replace('{"header"', `{"note":"${'x'.repeat(50_000)}","header"`),
      }),
    );
    const send = async (token: string) =>
      (
        await exchange.request('POST', '/FHIR/R5', {
          token,
          body: bundle(...many),
          headers: { prefer: 'return=representation' },
        })
      ).json().entry as { response: { status: string; location: string }; resource?: { id: string } }[];
    const seen = await send(rivera);
    expect(seen.map(({ resource, response }) => response.location.endsWith(`/${resource?.id}`))).toEqual(
      many.map(() => true),
    );
  });

  test.each(['ifNoneExist', 'ifMatch', 'ifNoneMatch', 'ifModifiedSince'])(
    'refuses the entry with %s, by name, and does nothing for it',
    async (condition) => {
      const total = async () =>
        (await exchange.request('GET', '/FHIR/R5/Observation?_summary=count', { token: rivera })).json()
          .total;
      const before = await total();
      const body = bundle(glucose({ patientId: patients.ada }), glucose({ patientId: patients.ada }));
      Object.assign(body.entry[0]!.request, { [condition]: 'identifier=a|b' });
      const { entry } = (await post(rivera, body)).json();
      expect(entry[0].response).toMatchObject({
        status: '400 Bad Request',
        outcome: {
          issue: [{ code: 'not-supported', expression: [`Bundle.entry[0].request.${condition}`] }],
        },
      });
      expect(entry[1].response.status).toBe('201 Created');
      expect(await total()).toBe(before + 1);
    },
  );

  test.each<[string, unknown, number]>([
    ['no Bundle', { resourceType: 'Observation' }, 400],
    ['a transaction', { resourceType: 'Bundle', type: 'transaction', entry: [] }, 400],
    ['an empty batch', { resourceType: 'Bundle', type: 'batch' }, 200],
    ['nothing', undefined, 400],
  ])('%s', async (_name, body, status) => {
    expect((await post(ada, body)).statusCode).toBe(status);
  });

  test('of many clients at once to one series loses nothing and counts right', async () => {
    const same = Array.from({ length: 20 }, (_, n) => glucose({ patientId: patients.ada, value: 60 + n }));
    const total = async () =>
      (
        await exchange.request('GET', `/FHIR/R5/Observation?patient=${patients.ada}&_summary=count`, {
          token: ada,
        })
      ).json().total;
    const before = await total();
    const replies = await Promise.all(
      Array.from({ length: 6 }, (_, n) => post(n % 2 ? ada : rivera, bundle(...same))),
    );
    const statuses = replies.flatMap((reply) =>
      reply.json().entry.map((e: { response: { status: string } }) => e.response.status),
    );
    expect(statuses.filter((status) => status.startsWith('201'))).toHaveLength(20);
    expect(statuses.filter((status) => status.startsWith('200'))).toHaveLength(100);
    expect(await total()).toBe(before + 20);
  });
});
