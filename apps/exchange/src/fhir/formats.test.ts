/** What a FHIR answer is written in, and to whom the face speaks before anybody has signed in. */
import { afterAll, beforeAll, describe, expect, test } from 'vitest';
import { openTestExchange, type TestExchange } from '../../../../tests/setup/exchange.ts';
import { mintToken } from '../../../../tests/setup/tokens.ts';
import { fillTwoOrganizations, patients, users } from '../../../../tests/worlds/two-organizations.ts';

let exchange: TestExchange;
let token: string;
beforeAll(async () => {
  exchange = await openTestExchange();
  await fillTwoOrganizations(exchange.database.owner);
  token = await mintToken(exchange, { userId: users.rivera });
});
afterAll(() => exchange?.close());

const JSON_TYPE = 'application/json; charset=utf-8';
const FHIR_TYPE = 'application/fhir+json; charset=utf-8';
const PATIENT = `/FHIR/R5/Patient/${patients.ada}`;

const get = (url: string, accept?: string) =>
  exchange.request('GET', url, { token, headers: accept === undefined ? {} : { accept } });

describe('the format asked for', () => {
  test.each<[string | undefined, string]>([
    [undefined, FHIR_TYPE],
    ['*/*', FHIR_TYPE],
    ['application/*', FHIR_TYPE],
    ['application/fhir+json', FHIR_TYPE],
    ['application/fhir+json; fhirVersion=5.0', FHIR_TYPE],
    ['application/json', JSON_TYPE],
    ['Application/JSON; charset=utf-8', JSON_TYPE],
    ['application/fhir+xml;q=1.0, application/json;q=0.9', JSON_TYPE],
    ['application/json;q=0.5, application/fhir+json;q=0.8', FHIR_TYPE],
    ['application/json, application/fhir+json', JSON_TYPE],
    ['application/json;q=0, */*', FHIR_TYPE],
    ['application/fhir+json;q=0, */*', JSON_TYPE],
    ['text/html, application/xhtml+xml, */*;q=0.8', FHIR_TYPE],
  ])('Accept: %s is answered as %s', async (accept, type) => {
    for (const url of [PATIENT, '/FHIR/R5/Patient?_count=1', '/FHIR/R5/metadata', '/FHIR/R5/Patient/1']) {
      const reply = await get(url, accept);
      expect([url, reply.headers['content-type']]).toEqual([url, type]);
      expect(reply.json()).toHaveProperty('resourceType');
    }
  });

  test.each([
    'application/fhir+xml',
    'application/xml',
    'text/html',
    'application/fhir+json; fhirVersion=4.0',
    'application/json;q=0',
    'constructor',
    ';;;',
    'application/fhir+turtle;q=0.9, text/xml',
  ])('Accept: %s is not served: 406, in JSON', async (accept) => {
    for (const url of [PATIENT, '/FHIR/R5/Patient', '/FHIR/R5/metadata', '/FHIR/R5/Observation/1']) {
      const reply = await get(url, accept);
      expect([url, reply.statusCode]).toEqual([url, 406]);
      expect(reply.headers['content-type']).toBe(FHIR_TYPE);
      expect(reply.json()).toMatchObject({
        resourceType: 'OperationOutcome',
        issue: [{ severity: 'error', code: 'not-supported', expression: ['http.accept'] }],
      });
    }
  });

  test('nothing is recorded for an answer that cannot be given', async () => {
    const before = await exchange.database.owner.query('select count(*) as n from audit_event');
    const reply = await exchange.request('POST', '/FHIR/R5', {
      token,
      headers: { accept: 'application/fhir+xml' },
      body: { resourceType: 'Bundle', type: 'batch', entry: [] },
    });
    expect(reply.statusCode).toBe(406);
    expect((await exchange.database.owner.query('select count(*) as n from audit_event')).rows).toEqual(
      before.rows,
    );
  });

  test.each<[string, number, string | undefined]>([
    ['json', 200, FHIR_TYPE],
    ['application/json', 200, JSON_TYPE],
    ['application/fhir+json', 200, FHIR_TYPE],
    // What `application/fhir+json` becomes where the plus was not encoded.
    ['application/fhir json', 200, FHIR_TYPE],
    ['xml', 406, undefined],
    ['application/fhir+xml', 406, undefined],
    ['text/html', 406, undefined],
  ])('_format=%s weighs more than Accept', async (format, status, type) => {
    const query = new URLSearchParams({ _format: format }).toString();
    for (const url of [`${PATIENT}?${query}`, `/FHIR/R5/Patient?${query}`]) {
      const reply = await get(url, 'application/fhir+json');
      expect([url, reply.statusCode]).toEqual([url, status]);
      if (type !== undefined) expect(reply.headers['content-type']).toBe(type);
    }
    const posted = await exchange.request('POST', '/FHIR/R5/Patient/_search', {
      token,
      form: { _format: format },
    });
    expect(posted.statusCode).toBe(status);
  });

  test('_pretty is for people', async () => {
    const pretty = await get(`${PATIENT}?_pretty=true`);
    const plain = await get(PATIENT);
    expect(pretty.body).toContain('\n  "resourceType": "Patient"');
    expect(pretty.json()).toEqual(plain.json());
    expect(pretty.headers['content-type']).toBe(FHIR_TYPE);
  });

  test('a refusal is in the format asked for, who asks known or not', async () => {
    for (const asked of [{ token }, {}]) {
      const reply = await exchange.request('GET', '/FHIR/R5/Patient?colour=blue', {
        ...asked,
        headers: { accept: 'application/json' },
      });
      expect(reply.headers['content-type']).toBe(JSON_TYPE);
      expect(reply.json().resourceType).toBe('OperationOutcome');
    }
  });
});

describe('what cannot be done', () => {
  test.each(['/FHIR/R5', '/FHIR/R5/', '/fhir/r5', '/fhir/r5/'])(
    'GET %s asks who it is, and then says that only batches go there',
    async (url) => {
      const stranger = await exchange.request('GET', url);
      expect(stranger.statusCode).toBe(401);
      expect(stranger.headers['www-authenticate']).toMatch(/^Bearer/);
    },
  );

  test.each<[method: string, path: string, allow: string]>([
    ['GET', '', 'POST'],
    ['PUT', '', 'POST'],
    ['PATCH', '', 'POST'],
    ['DELETE', '', 'POST'],
    ['GET', '/', 'POST'],
    ['POST', '/Patient', 'GET'],
    ['PUT', '/Observation', 'GET, POST'],
    ['DELETE', '/Practitioner', 'GET'],
    ['PUT', `/Patient/${patients.ada}`, 'GET'],
    ['PATCH', '/Observation/1', 'GET'],
    ['DELETE', '/Observation/1', 'GET'],
    ['PUT', '/Patient/_search', 'POST'],
  ])('%s of the base and %s is 405, and says that it takes %s', async (method, path, allow) => {
    for (const base of ['/FHIR/R5', '/fhir/r5']) {
      const reply = await exchange.request(method, base + path, { token });
      expect(reply.statusCode).toBe(405);
      expect(reply.headers.allow).toBe(allow);
      expect(reply.json()).toMatchObject({
        resourceType: 'OperationOutcome',
        issue: [{ code: 'not-supported' }],
      });
    }
  });
});

describe('a part of one resource', () => {
  test('is shown by the elements asked for, and by nothing else', async () => {
    const part = (await get(`${PATIENT}?_elements=name,Patient.telecom`)).json();
    expect(Object.keys(part).sort()).toEqual(['id', 'meta', 'name', 'resourceType', 'telecom']);
    expect(part.meta.tag).toMatchObject([{ code: 'SUBSETTED' }]);
    expect((await get(`${PATIENT}?_summary=false`)).statusCode).toBe(200);
  });

  test.each([
    '_elements=name.family',
    '_elements=',
    '_summary=true',
    '_summary=count',
    '_elements=name&_elements=id',
  ])('is refused where it would be something else: %s', async (query) => {
    const reply = await get(`${PATIENT}?${query}`);
    expect(reply.statusCode).toBe(400);
    expect(reply.json().issue[0].expression).toEqual([`http.${query.slice(0, query.indexOf('='))}`]);
  });
});

describe('scripts of any site', () => {
  test.each(['/FHIR/R5/metadata', '/fhir/r5/metadata'])('may ask whether they may read %s', async (url) => {
    const reply = await exchange.request('OPTIONS', url, {
      headers: {
        origin: 'https://anywhere.example',
        'access-control-request-method': 'GET',
        'access-control-request-headers': 'authorization, content-type',
      },
    });
    expect(reply.statusCode).toBe(204);
    expect(reply.headers).toMatchObject({
      'access-control-allow-origin': '*',
      'access-control-allow-methods': 'GET, POST, OPTIONS',
      'access-control-allow-headers': expect.stringMatching(/Authorization.*Content-Type/),
      'access-control-max-age': '86400',
    });
    expect(reply.headers).not.toHaveProperty('access-control-allow-credentials');
  });

  test('and are told nothing of the rest', async () => {
    const reply = await exchange.request('OPTIONS', '/FHIR/R5/Patient', {
      headers: { origin: 'https://anywhere.example', 'access-control-request-method': 'GET' },
    });
    expect(reply.headers).not.toHaveProperty('access-control-allow-origin');
  });
});
