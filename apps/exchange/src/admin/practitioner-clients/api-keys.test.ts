/** API keys (contract 3.5, 5.7; H-10): made, listed, used and ended over HTTP. */
import { afterAll, beforeAll, describe, expect, it } from 'vitest';
import { openTestExchange, type TestExchange } from '../../../../../tests/setup/exchange.ts';
import { mintToken } from '../../../../../tests/setup/tokens.ts';
import { fillTwoOrganizations, patients, users } from '../../../../../tests/worlds/two-organizations.ts';
import { hashClientSecret } from '../../domain/client-secret.ts';
import { bundle, glucose } from '../../fhir/reading.test-data.ts';

const PATH = '/api/v1/practitioner_clients';

let exchange: TestExchange;
beforeAll(async () => {
  exchange = await openTestExchange();
  await fillTwoOrganizations(exchange.database.owner);
  const ada = await mintToken(exchange, {
    userId: users.ada,
    clientId: 'glucose-app',
    defaultScope: 'patient/*.cruds',
  });
  const uploaded = await exchange.request('POST', '/FHIR/R5', {
    token: ada,
    body: bundle(glucose({ patientId: patients.ada, value: 99 })),
  });
  expect(uploaded.statusCode).toBe(200);
});
afterAll(() => exchange?.close());

type Who = keyof typeof users;
const tokenOf = (who: Who, defaultScope = 'user/*.cruds') =>
  mintToken(exchange, { userId: users[who], defaultScope });

async function call(who: Who, method: string, path = '', body?: unknown) {
  const response = await exchange.request(method, `${PATH}${path}`, { token: await tokenOf(who), body });
  return { status: response.statusCode, body: response.body === '' ? undefined : response.json() };
}

async function exchangeKey(key: string, form: Record<string, string> = {}) {
  return exchange.request('POST', '/o/token/', {
    form: { grant_type: 'client_credentials', ...form },
    headers: { authorization: `Basic ${key}` },
  });
}

const read = (token: string) =>
  exchange.request('GET', `/FHIR/R5/Observation?patient=${patients.ada}`, { token });

it('is made by nobody whose address is not confirmed: somebody else may have signed up with it', async () => {
  const { owner } = exchange.database;
  await owner.query('update app_user set email_verified = false where id = $1', [users.rivera]);
  const refused = await call('rivera', 'POST', '', { label: 'early' });
  await owner.query('update app_user set email_verified = true where id = $1', [users.rivera]);
  expect(refused).toEqual({ status: 403, body: { detail: 'Confirm your e-mail address first.' } });
  expect((await call('rivera', 'GET')).body).toMatchObject({ count: 0 });
});

describe('the wire', () => {
  it('shows the key once, and afterwards only how it begins (H-10, D-07)', async () => {
    const made = await call('rivera', 'POST', '', { label: ' nightly ' });
    expect(made).toEqual({
      status: 201,
      body: {
        id: expect.any(Number),
        label: 'nightly',
        created: expect.stringMatching(/^\d{4}-\d\d-\d\dT.*Z$/),
        name: expect.stringMatching(/^_practitioner_client_80001_\d{14}$/),
        key: expect.any(String),
        keyPrefix: made.body.key.slice(0, 8),
      },
    });
    expect(Buffer.from(made.body.key, 'base64').toString()).toMatch(/^[A-Za-z0-9]{16}:[A-Za-z0-9]{32}$/);
    const later = { ...made.body, key: null };
    expect(await call('rivera', 'GET', `/${made.body.id}`)).toEqual({ status: 200, body: later });
    const listed = await call('rivera', 'GET');
    expect(listed.body).toEqual({ count: 1, next: null, previous: null, results: [later] });
    const { rows } = await exchange.database.owner.query('select * from client where id = $1', [
      made.body.id,
    ]);
    const [, secret = ''] = Buffer.from(made.body.key, 'base64').toString().split(':');
    expect(JSON.stringify(rows)).not.toContain(secret);
    expect(rows[0]).toMatchObject({ client_type: 'confidential', owner_user_id: users.rivera });

    expect(
      await call('rivera', 'PATCH', `/${made.body.id}`, { label: 'daily', name: 'x', key: 'y' }),
    ).toEqual({ status: 200, body: { ...later, label: 'daily' } });
    expect((await call('rivera', 'PATCH', `/${made.body.id}`, { name: 'x' })).body.label).toBe('daily');
    expect((await call('rivera', 'PUT', `/${made.body.id}`, { label: 'x' })).status).toBe(405);
    expect((await call('rivera', 'DELETE', `/${made.body.id}`)).status).toBe(204);
    expect((await call('rivera', 'GET', `/${made.body.id}`)).status).toBe(404);
  });

  it('pages, newest first', async () => {
    for (const label of ['one', 'two', 'three']) await call('mo', 'POST', '', { label });
    const first = await call('mo', 'GET', '?page_size=2');
    expect(first.body).toMatchObject({ count: 3, previous: null });
    expect(first.body.results.map(({ label }: { label: string }) => label)).toEqual(['three', 'two']);
    expect(first.body.next).toBe(`http://localhost:8000${PATH}?page_size=2&page=2`);
    expect((await call('mo', 'GET', '?page=2&pageSize=2')).body.results).toHaveLength(1);
    expect(await call('mo', 'GET', '?page=9')).toEqual({ status: 404, body: { detail: 'Invalid page.' } });
  });

  it.each<[string, unknown, unknown]>([
    ['a number as label', { label: 7 }, { label: ['Not a valid string.'] }],
    ['a long label', { label: 'x'.repeat(201) }, { label: [expect.stringContaining('200')] }],
    ['no object', ['x'], ['An object is required.']],
  ])('refuses %s', async (_name, body, fault) => {
    expect(await call('rivera', 'POST', '', body)).toEqual({ status: 400, body: fault });
  });
});

describe('who may', () => {
  it('is for practitioners, each their own', async () => {
    const { body: key } = await call('rivera', 'POST', '', { label: 'mine' });
    const refusal = { detail: 'Only practitioner users can manage practitioner clients.' };
    for (const [method, path] of [
      ['GET', ''],
      ['POST', ''],
      ['GET', `/${key.id}`],
      ['PATCH', `/${key.id}`],
      ['DELETE', `/${key.id}`],
    ] as const) {
      expect((await exchange.request(method, `${PATH}${path}`)).statusCode).toBe(401);
      expect(await call('ada', method, path)).toEqual({ status: 403, body: refusal });
    }
    for (const method of ['GET', 'PATCH', 'DELETE']) {
      expect((await call('mo', method, `/${key.id}`)).status).toBe(404);
      expect((await call('root', method, `/${key.id}`)).status).toBeGreaterThanOrEqual(403);
      expect((await call('rivera', method, '/x')).status).toBe(404);
    }
    expect((await call('mo', 'GET')).body.results).not.toContainEqual(
      expect.objectContaining({ id: key.id }),
    );
    expect((await call('rivera', 'GET', `/${key.id}`)).status).toBe(200);
    // Of other clients that somebody owns it says nothing, and ends none.
    await exchange.database.owner.query(
      "insert into client (id, client_id, name, client_type, grant_types, owner_user_id) values (900, 'robot', 'Robot', 'confidential', '{client_credentials}', $1)",
      [users.rivera],
    );
    expect((await call('rivera', 'DELETE', '/900')).status).toBe(404);
  });

  it('does not make a key that reaches further than the token it is made with', async () => {
    for (const scope of ['user/*.rs', 'patient/*.cruds', 'user/Observation.cruds', '']) {
      const token = await tokenOf('rivera', scope);
      const response = await exchange.request('POST', PATH, { token, body: { label: 'x' } });
      expect(response.statusCode, scope).toBe(403);
    }
    const { body } = await call('rivera', 'POST', '', { label: 'parent' });
    const { access_token: token } = (await exchangeKey(body.key)).json();
    const child = await exchange.request('POST', PATH, { token, body: { label: 'child' } });
    expect([child.statusCode, child.json()]).toEqual([403, { detail: 'A program cannot make API keys.' }]);
  });

  it('leaves a trace of each deed, without the label', async () => {
    await call('vic', 'POST', '', { label: 'traced' });
    const { rows } = await exchange.database.owner.query(
      "select client_id, outcome, reason from audit_event where user_id = $1 and reason like 'client%'",
      [users.vic],
    );
    expect(rows).toEqual([{ client_id: 'jhe-portal', outcome: 'ok', reason: 'client: make API key' }]);
  });
});

describe('a key at the token endpoint', () => {
  it('acts as its owner, and the trail says for whom and through which client', async () => {
    const { body } = await call('rivera', 'POST', '', { label: 'reader' });
    const reply = await exchangeKey(body.key);
    expect([reply.statusCode, reply.json()]).toEqual([
      200,
      { access_token: expect.any(String), token_type: 'Bearer', expires_in: 3600, scope: 'system/*.cruds' },
    ]);
    const found = await read(reply.json().access_token);
    expect([found.statusCode, found.json().total]).toEqual([200, 1]);
    const profile = await exchange.request('GET', '/api/v1/users/profile', {
      token: reply.json().access_token,
    });
    expect(profile.json()).toMatchObject({ id: users.rivera, email: 'rivera@example.org' });
    const [clientId] = Buffer.from(body.key, 'base64').toString().split(':');
    const { rows } = await exchange.database.owner.query(
      "select user_id, patient_id from audit_event where client_id = $1 and resource = 'Observation'",
      [clientId],
    );
    expect(rows).toEqual([{ user_id: users.rivera, patient_id: patients.ada }]);
    expect(
      (await read((await exchangeKey(body.key, { scope: 'system/Patient.rs' })).json().access_token))
        .statusCode,
    ).toBe(403);
  });

  it('cannot write where its owner is a viewer', async () => {
    const { body } = await call('vic', 'POST', '', { label: 'viewer' });
    const { access_token: token } = (await exchangeKey(body.key)).json();
    const made = await exchange.request('POST', '/api/v1/studies', {
      token,
      body: { organization: 20001, name: 'N', description: 'D' },
    });
    expect(made.statusCode).toBe(403);
    expect((await exchange.request('GET', '/api/v1/studies', { token })).statusCode).toBe(200);
  });

  it('ends with its deletion, and its tokens with it, at once', async () => {
    const { body } = await call('rivera', 'POST', '', { label: 'short' });
    const { access_token: token } = (await exchangeKey(body.key)).json();
    expect((await read(token)).statusCode).toBe(200);
    await call('rivera', 'DELETE', `/${body.id}`);
    expect((await read(token)).statusCode).toBe(401);
    expect((await exchangeKey(body.key)).json()).toMatchObject({ error: 'invalid_client' });
  });

  it('ends with its owner', async () => {
    const { body } = await call('hana', 'POST', '', { label: 'orphan' });
    const { access_token: token } = (await exchangeKey(body.key)).json();
    expect((await exchange.request('GET', '/api/v1/studies', { token })).statusCode).toBe(200);
    await exchange.database.owner.query('update app_user set active = false where id = $1', [users.hana]);
    expect((await exchange.request('GET', '/api/v1/studies', { token })).statusCode).toBe(401);
    const refused = await exchangeKey(body.key);
    expect([refused.statusCode, refused.json().error]).toEqual([401, 'invalid_client']);
    await exchange.database.owner.query('update app_user set active = true where id = $1', [users.hana]);
  });
});

describe('a key as a bearer token, for what cannot ask for tokens', () => {
  const studies = (token: string) => exchange.request('GET', '/api/v1/studies', { token });

  it('acts as its owner for as long as it stands, and the trail says through which key', async () => {
    const { body } = await call('rivera', 'POST', '', { label: 'notebook' });
    const found = await read(body.key);
    expect([found.statusCode, found.json().total]).toEqual([200, 1]);
    expect((await read(body.key.replace(/=+$/, ''))).statusCode).toBe(200);
    const profile = await exchange.request('GET', '/api/v1/users/profile', { token: body.key });
    expect(profile.json()).toMatchObject({ id: users.rivera });
    const [clientId] = Buffer.from(body.key, 'base64').toString().split(':');
    const { rows } = await exchange.database.owner.query(
      "select user_id, patient_id from audit_event where client_id = $1 and resource = 'Observation'",
      [clientId],
    );
    expect(rows[0]).toEqual({ user_id: users.rivera, patient_id: patients.ada });
    expect((await call('rivera', 'DELETE', `/${body.id}`)).status).toBe(204);
    expect((await read(body.key)).statusCode).toBe(401);
  });

  it('is no more than a key: it cannot write for a viewer, make keys, or act as a patient', async () => {
    const { body: viewer } = await call('vic', 'POST', '', { label: 'viewer' });
    const study = { organization: 20001, name: 'N', description: 'D' };
    const made = await exchange.request('POST', '/api/v1/studies', { token: viewer.key, body: study });
    expect(made.statusCode).toBe(403);
    const child = await exchange.request('POST', PATH, { token: viewer.key, body: { label: 'child' } });
    expect([child.statusCode, child.json()]).toEqual([403, { detail: 'A program cannot make API keys.' }]);

    // Vic is a patient as well, and keeps a record.
    const { owner } = exchange.database;
    await owner.query("insert into patient (id, user_id, name_family) values (40099, $1, 'Wenz')", [
      users.vic,
    ]);
    expect((await exchange.request('GET', '/api/v1/patients/40099', { token: viewer.key })).statusCode).toBe(
      403,
    );
    const own = await exchange.request('GET', '/FHIR/R5/Patient/40099', { token: viewer.key });
    expect(own.statusCode).toBe(404);
    await owner.query('delete from patient where id = 40099');
  });

  it('ends with its owner', async () => {
    const { body } = await call('hana', 'POST', '', { label: 'notebook' });
    expect((await studies(body.key)).statusCode).toBe(200);
    await exchange.database.owner.query('update app_user set active = false where id = $1', [users.hana]);
    expect((await studies(body.key)).statusCode).toBe(401);
    await exchange.database.owner.query('update app_user set active = true where id = $1', [users.hana]);
  });

  it('is refused when anything of it is another, and so is the secret of a client that is no key', async () => {
    const { body } = await call('rivera', 'POST', '', { label: 'near' });
    const [clientId = '', secret = ''] = Buffer.from(body.key, 'base64').toString().split(':');
    const other = (text: string) => (text.endsWith('a') ? `${text.slice(0, -1)}b` : `${text.slice(0, -1)}a`);
    const keyOf = (id: string, word: string) => Buffer.from(`${id}:${word}`).toString('base64');
    for (const key of [
      keyOf(clientId, other(secret)),
      keyOf(other(clientId), secret),
      keyOf(clientId, ''),
      ':',
      '==',
    ])
      expect((await studies(key)).statusCode, key).toBe(401);
    await exchange.database.owner.query(
      `insert into client (id, client_id, name, client_type, grant_types, owner_user_id, client_secret, default_scopes)
       values (901, 'sixteenCharacter', 'Robot', 'confidential', '{client_credentials}', $1, $2, 'system/*.cruds')`,
      [users.rivera, hashClientSecret('x'.repeat(32))],
    );
    expect((await studies(keyOf('sixteenCharacter', 'x'.repeat(32)))).statusCode).toBe(401);
    expect((await studies(keyOf(clientId, secret))).statusCode).toBe(200);
  });
});
