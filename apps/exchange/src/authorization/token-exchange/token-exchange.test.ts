/** Token exchange (contract 5.6; RFC 8693; H-13): every row of its table, at both addresses, over HTTP. */
import { decodeJwt, UnsecuredJWT } from 'jose';
import { afterAll, afterEach, beforeAll, describe, expect, it } from 'vitest';
import { SITE } from '../world.test-data.ts';
import { AUDIENCE, type Ehr, openEhr } from './ehr.test-data.ts';
import {
  ACCESS_TOKEN,
  type ExchangeWorld,
  type Form,
  ID_TOKEN,
  openExchangeWorld,
  refused,
  SECRET,
} from './exchange-world.test-data.ts';

let at: ExchangeWorld;
let world: ExchangeWorld['world'];
let ehr: ExchangeWorld['ehr'];
let other: ExchangeWorld['other'];
let { trust, formOf, send, ask } = {} as ExchangeWorld;
beforeAll(async () => {
  at = await openExchangeWorld();
  ({ world, ehr, other, trust, formOf, send, ask } = at);
});
afterAll(() => at?.close());
afterEach(() => world.setClock(null));

describe('a good exchange', () => {
  it.each(['/o/token-exchange', '/o/token-exchange/', '/o/token/'])('at %s', async (url) => {
    const { status, body } = await ask({}, {}, url);
    expect({ status, body }).toEqual({
      status: 200,
      body: {
        access_token: expect.any(String),
        issued_token_type: ACCESS_TOKEN,
        token_type: 'Bearer',
        expires_in: 3600,
        scope: 'openid',
      },
    });
    expect(decodeJwt(body.access_token)).toMatchObject({
      sub: '10001',
      client_id: 'ehr-launch',
      scope: 'openid',
      default_scope: 'user/*.rs',
      aud: `${SITE}/FHIR/R5`,
      gid: expect.any(String),
    });
    expect(await world.server.verifyToken(body.access_token)).toEqual({
      userId: 10_001,
      clientId: 'ehr-launch',
      grants: [{ context: 'user', type: '*', letters: 'rs' }],
      // It names a grant, and is a program's all the same: it never acts as a patient.
      session: { kind: 'program' },
    });
  });

  it.each<[string, Form]>([
    ['the audience with a slash', { audience: `${SITE}/` }],
    ['the scope openid', { scope: 'openid' }],
    ['iss beside it', { iss: 'https://anything.example.org' }],
  ])('with %s', async (_name, changes) => {
    expect((await ask(changes)).status).toBe(200);
  });

  it.each<[string, object, object]>([
    ['RS384', {}, { alg: 'RS384', kid: 'RS384' }],
    ['ES384', {}, { alg: 'ES384', kid: 'ES384' }],
    ['no kid', {}, { kid: undefined }],
    ['a slash after the issuer', { iss: 'SLASH' }, {}],
    ['a relative fhirUser', { fhirUser: 'Practitioner/fhir-111' }, {}],
    ['several audiences', { aud: ['x', AUDIENCE] }, {}],
    ['no jti', { jti: undefined }, {}],
    ['an expiry just passed', { exp: Math.floor(Date.now() / 1000) - 10 }, {}],
  ])('of a token with %s', async (_name, claims, header) => {
    const real = 'iss' in claims ? { iss: `${ehr.issuer}/` } : claims;
    const { status, body } = await ask({ subject_token: await ehr.idToken(real, header) });
    expect(status, JSON.stringify(body)).toBe(200);
  });

  it('with Basic authentication, and the lifetime and scopes of that client', async () => {
    const response = await send(await formOf(), {
      authorization: `Basic ${Buffer.from('short:ehr-launch-secret').toString('base64')}`,
    });
    expect(response.json()).toMatchObject({ expires_in: 120, scope: 'openid' });
    expect(decodeJwt(response.json().access_token)).toMatchObject({ default_scope: 'user/Observation.rs' });
  });

  it('reads keys and discovery once in ten minutes, and again for a key that is new', async () => {
    ehr.asked.length = 0;
    const at = Date.now();
    await ask();
    await ask();
    expect(ehr.asked).toEqual([]);
    world.setClock(new Date(at + 61_000));
    expect((await ask({ subject_token: await ehr.idToken({}, { kid: 'new' }) })).status).toBe(502);
    expect(ehr.asked).toEqual(['/fhir/jwks']);
    world.setClock(new Date(at + 12 * 60_000));
    const now = Math.floor(at / 1000) + 12 * 60;
    expect((await ask({ subject_token: await ehr.idToken({ iat: now, exp: now + 60 }) })).status).toBe(200);
    expect(ehr.asked).toEqual(['/fhir/jwks', '/fhir/.well-known/smart-configuration', '/fhir/jwks']);
  });

  it('is in the trail, with the practitioner, the issuer and the client', async () => {
    await ask();
    const { rows } = await world.database.owner.query(
      "select user_id, client_id, outcome, reason from audit_event where reason like 'token-exchange%' order by id desc limit 1",
    );
    expect(rows).toEqual([
      { user_id: 10_001, client_id: 'ehr-launch', outcome: 'ok', reason: `token-exchange: ${ehr.issuer}` },
    ]);
  });

  it('gives a token that ends with its grant', async () => {
    const { body } = await ask();
    const { gid } = decodeJwt(body.access_token) as { gid: string };
    const { rows } = await world.database.owner.query(
      "select payload->>'accountId' as who from oauth_model where model = 'Grant' and id = $1",
      [gid],
    );
    expect(rows).toEqual([{ who: '10001' }]);
  });
});

describe('the order of checks', () => {
  it('serves POST only', async () => {
    const response = await world.request({ url: '/o/token-exchange' });
    expect([response.statusCode, response.headers.allow]).toEqual([405, 'POST']);
  });

  it.each(['audience', 'requested_token_type', 'subject_token_type', 'subject_token', 'grant_type'])(
    'misses %s, and the first of several',
    async (name) => {
      const form = { ...(await formOf()), ...SECRET };
      const names = ['audience', 'requested_token_type', 'subject_token_type', 'subject_token', 'grant_type'];
      for (const later of names.slice(names.indexOf(name))) delete form[later as keyof typeof form];
      const response = await send(form);
      expect({ status: response.statusCode, body: response.json() }).toEqual(
        refused(400, 'invalid_request', `Missing required argument: ${name}`),
      );
    },
  );

  it.each<[string, Form, string]>([
    ['grant_type', { grant_type: 'client_credentials' }, 'unsupported_grant_type'],
    ['subject_token_type', { subject_token_type: ACCESS_TOKEN }, 'invalid_request'],
    ['requested_token_type', { requested_token_type: ID_TOKEN }, 'invalid_request'],
    ['audience', { audience: `${SITE}.example.org` }, 'invalid_target'],
    ['audience', { audience: `${SITE}/FHIR/R5` }, 'invalid_target'],
    ['scope', { scope: 'openid user/*.cruds' }, 'invalid_scope'],
  ])('refuses another %s', async (name, changes, error) => {
    expect(await ask({ ...changes, client_secret: 'wrong' })).toEqual(
      refused(400, error, `Unsupported ${name}`),
    );
  });

  const failed = refused(401, 'invalid_client', 'Client authentication failed');
  it.each<[string, Form]>([
    ['nobody', { client_id: '', client_secret: '' }],
    ['a client without its secret', { client_secret: '' }],
    ['a wrong secret', { client_secret: 'wrong' }],
    ['an unknown client', { client_id: 'who' }],
    // H-13: a secret that matches is not enough.
    ['a client that may not exchange', { client_id: 'broker', client_secret: 'hush-hush' }],
    ['a public client', { client_id: 'hub', client_secret: 'x' }],
  ])('does not know %s, before it looks at the token (H-13)', async (_name, credentials) => {
    const response = await send({ ...(await formOf({ subject_token: 'x' })), ...SECRET, ...credentials });
    expect({ status: response.statusCode, body: response.json() }).toEqual(failed);
  });

  it('refuses them at the token endpoint as well (H-13)', async () => {
    const form = await formOf();
    for (const [client_id, client_secret, status, error] of [
      ['broker', 'hush-hush', 400, 'invalid_request'],
      ['ehr-launch', 'wrong', 401, 'invalid_client'],
    ] as const) {
      const response = await send({ ...form, client_id, client_secret }, {}, '/o/token/');
      expect([response.statusCode, response.json().error]).toEqual([status, error]);
    }
  });

  it.each<[string, Parameters<typeof trust>[0]]>([
    ['issuers', { issuers: [] }],
    ['audience', { audience: '' }],
    ['audience of the right kind', { audience: 7 }],
  ])('is not configured without %s', async (_name, settings) => {
    await trust(settings);
    expect(await ask({ subject_token: 'x' })).toEqual(
      refused(500, 'server_error', 'Token exchange is not configured.'),
    );
    await trust();
  });

  it('takes no token that is no JWT', async () => {
    expect((await ask({ subject_token: 'x' })).status).toBe(400);
  });

  it('trusts nobody else', async () => {
    const token = await other.idToken();
    expect(await ask({ subject_token: token })).toEqual(
      refused(403, 'invalid_request', 'Issuer not trusted'),
    );
    for (const iss of [undefined, `${ehr.issuer}x`, 'https://x.example.org'])
      expect((await ask({ subject_token: await ehr.idToken({ iss }) })).status).toBe(403);
    expect(other.asked).toEqual([]);
    // Taken, and then nobody there is linked to anybody here.
    await trust({ issuers: [`${other.issuer}//`] });
    expect((await ask({ subject_token: token })).status).toBe(404);
    await trust();
  });

  it('answers 502 when the issuer cannot be understood', async () => {
    const broken = await openEhr();
    await trust({ issuers: [broken.issuer, 'http://ehr.example.org'] });
    expect((await ask({ subject_token: await broken.idToken({}, { kid: 'unknown' }) })).body).toEqual({
      error: 'temporarily_unavailable',
      error_description: 'Signing key not found',
    });
    // Not encrypted, and not this computer: nothing is fetched.
    expect(
      (await ask({ subject_token: await broken.idToken({ iss: 'http://ehr.example.org' }) })).status,
    ).toBe(502);
    const at = Date.now();
    for (const [path, document] of [
      ['/fhir/jwks', { keys: 'none' }],
      ['/fhir/jwks', undefined],
      ['/fhir/.well-known/smart-configuration', { jwks_uri: 'http://10.0.0.1/jwks' }],
      ['/fhir/.well-known/smart-configuration', { jwks_uri: 'https://10.0.0.1/jwks' }],
    ] as const) {
      const before = broken.served.get(path);
      broken.served.set(path, document);
      world.setClock(new Date(at + broken.asked.length * 20 * 60_000));
      const { status, body } = await ask({ subject_token: await broken.idToken() });
      expect([status, body.error], path).toEqual([502, 'temporarily_unavailable']);
      broken.served.set(path, before);
    }
    broken.served.delete('/fhir/.well-known/smart-configuration');
    broken.served.delete('/fhir/.well-known/openid-configuration');
    world.setClock(new Date(at + 24 * 60 * 60_000));
    expect((await ask({ subject_token: await broken.idToken() })).body.error_description).toBe(
      'Discovery of the issuer failed',
    );
    await trust();
    broken.close();
  });

  const now = () => Math.floor(Date.now() / 1000);
  it.each<[string, () => Promise<string>]>([
    ['HS256', () => ehr.idToken({}, { alg: 'HS256' })],
    ['ES256', () => ehr.idToken({}, { alg: 'ES256', kid: 'ES256' })],
    ['no signature', async () => new UnsecuredJWT(decodeJwt(await ehr.idToken())).encode()],
    ['another audience', () => ehr.idToken({ aud: 'another-client' })],
    ['no audience', () => ehr.idToken({ aud: undefined })],
    ['no exp', () => ehr.idToken({ exp: undefined })],
    ['no iat', () => ehr.idToken({ iat: undefined })],
    ['an expiry passed', () => ehr.idToken({ exp: now() - 60 })],
    ['a time to come', () => ehr.idToken({ nbf: now() + 60 })],
    ['another signature', () => other.idToken({ iss: ehr.issuer })],
    [
      'changed claims',
      async () => {
        const [header, , signature] = (await ehr.idToken()).split('.');
        const [, claims] = (await ehr.idToken({ fhirUser: 'Practitioner/fhir-222' })).split('.');
        return [header, claims, signature].join('.');
      },
    ],
  ])('refuses a token with %s', async (_name, make) => {
    expect(await ask({ subject_token: await make() })).toEqual(
      refused(401, 'invalid_request', 'id_token failed validation'),
    );
  });

  it('takes a token once, also when it comes twice at the same moment', async () => {
    // Without a jti it is known by its text: one of its own, also within the second of another test's.
    for (const claims of [{}, { jti: undefined, nonce: 'twice' }]) {
      const token = await ehr.idToken(claims);
      const both = await Promise.all([ask({ subject_token: token }), ask({ subject_token: token })]);
      expect(both.map(({ status }) => status).sort()).toEqual([200, 401]);
      expect((await ask({ subject_token: token })).status).toBe(401);
    }
  });

  it.each<[string, unknown, number]>([
    ['none', undefined, 400],
    ['a number', 7, 400],
    ['one word', 'fhir-111', 400],
    ['nothing after the type', 'Practitioner/', 400],
    ['more than an id', 'Practitioner/a b', 400],
    ['a patient', 'Patient/fhir-111', 403],
    ['somebody unknown', 'Practitioner/nobody', 404],
    ['a name that was written for people but not linked', 'Practitioner/twin', 404],
    ['somebody who is no practitioner', 'Practitioner/fhir-333', 403],
    ['somebody deactivated', 'Practitioner/fhir-222', 403],
    ['somebody linked elsewhere', 'Practitioner/known-elsewhere', 404],
  ])('answers %s as fhirUser', async (name, fhirUser, status) => {
    if (name === 'somebody linked elsewhere') {
      await world.database.owner.query(
        "insert into external_identity (user_id, kind, issuer, subject) values (10013, 'ehr', 'https://other.example.org', 'known-elsewhere')",
      );
    }
    const { status: got, body } = await ask({ subject_token: await ehr.idToken({ fhirUser }) });
    expect([got, body.error]).toEqual([status, 'invalid_request']);
    if (status === 404) expect(body.error_description).toBe('Practitioner not found');
  });

  it('prefers whom this very issuer is linked to', async () => {
    await world.database.owner.query(
      "insert into external_identity (user_id, kind, issuer, subject) values (10011, 'ehr', $1, 'fhir-111')",
      [`${other.issuer}/`],
    );
    await trust({ issuers: [ehr.issuer, other.issuer] });
    const at = async (from: Ehr) => {
      const { status, body } = await ask({ subject_token: await from.idToken() });
      return status === 200 ? decodeJwt(body.access_token).sub : status;
    };
    expect([await at(ehr), await at(other)]).toEqual(['10001', '10011']);
    await trust();
    expect(await at(ehr)).toBe('10001');
  });

  it('gives no bearer token to a client whose tokens must be bound to a key', async () => {
    const bind = (isBound: boolean) =>
      world.database.owner.query('update client set requires_dpop = $1 where id = 600', [isBound]);
    await bind(true);
    for (const url of ['/o/token-exchange', '/o/token/']) {
      const { status, body } = await ask({}, {}, url);
      expect([status, body.error]).toEqual([400, 'invalid_request']);
    }
    await bind(false);
  });

  it('answers in JSON whatever happens', async () => {
    const basic = (credentials: string) => ({
      accept: 'text/html',
      authorization: `Basic ${Buffer.from(credentials).toString('base64')}`,
    });
    const nul = await send(await formOf(), basic('a\0b:c'));
    expect([nul.statusCode, nul.json().error]).toEqual([400, 'invalid_request']);
    const inForm = await send({ ...(await formOf()), client_id: 'a\0' });
    expect([inForm.statusCode, inForm.json().error]).toEqual([400, 'invalid_request']);
    await world.database.owner.query('alter table client rename to client_gone');
    const failed = await send(await formOf(), basic('a:b'));
    await world.database.owner.query('alter table client_gone rename to client');
    expect([failed.statusCode, failed.json()]).toEqual([500, { error: 'server_error' }]);
  });

  it('traces a refusal under the client', async () => {
    await ask({ subject_token: await ehr.idToken({ fhirUser: 'Practitioner/fhir-222' }) });
    const { rows } = await world.database.owner.query(
      "select user_id, client_id, outcome from audit_event where reason like 'token-exchange%' order by id desc limit 1",
    );
    expect(rows).toEqual([{ user_id: 10_002, client_id: 'ehr-launch', outcome: 'refused' }]);
  });
});
