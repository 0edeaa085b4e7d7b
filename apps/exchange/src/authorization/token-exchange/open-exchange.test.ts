/** Token exchange for callers that do not say which client they are (clients-and-asks 1.5, 1.6). */
import { decodeJwt } from 'jose';
import { afterAll, afterEach, beforeAll, describe, expect, it } from 'vitest';
import { AUDIENCE } from './ehr.test-data.ts';
import {
  ACCESS_TOKEN,
  type ExchangeWorld,
  type Form,
  openExchangeWorld,
  refused,
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

describe('without client authentication', () => {
  const open = async (changes: Form = {}) => {
    const response = await send(await formOf(changes));
    return { status: response.statusCode, body: response.json() };
  };
  const withAccessToken = (token: string, iss = ehr.issuer) =>
    open({ subject_token: token, subject_token_type: ACCESS_TOKEN, iss });

  it('takes tokens only of issuers for which somebody has said so', async () => {
    expect((await open()).status).toBe(401);
    expect((await withAccessToken('known')).status).toBe(400);
    await trust({ open: [other.issuer] });
    expect((await open()).status).toBe(401);
    expect((await withAccessToken('known')).status).toBe(400);
    // Listed as open, but not as trusted.
    expect((await open({ subject_token: await other.idToken() })).status).toBe(403);
    await trust();
  });

  it('takes an ID token, and binds the token to the issuer', async () => {
    await trust({ open: [`${ehr.issuer}/`] });
    const { status, body } = await open();
    expect(status, JSON.stringify(body)).toBe(200);
    expect(decodeJwt(body.access_token)).toMatchObject({
      sub: '10001',
      client_id: `ehr-app:${ehr.issuer.replace('http://', '')}`,
      scope: 'openid',
      default_scope: 'user/*.rs',
    });
    expect(await world.server.verifyToken(body.access_token)).toMatchObject({ userId: 10_001 });
    // A secret that is wrong stays wrong.
    expect((await ask({ client_secret: 'wrong' })).status).toBe(401);
    expect((await open({ subject_token: await ehr.idToken({ aud: 'x' }) })).status).toBe(401);
    await trust();
  });

  it('asks the issuer no more often than is good for it', async () => {
    await trust({ open: [ehr.issuer] });
    const form = await formOf({ subject_token: 'x', subject_token_type: ACCESS_TOKEN, iss: ehr.issuer });
    const from = (remoteAddress: string) =>
      world.app.http.inject({
        method: 'POST',
        url: '/o/token-exchange',
        remoteAddress,
        headers: { 'content-type': 'application/x-www-form-urlencoded' },
        payload: new URLSearchParams(form).toString(),
      });
    world.setClock(new Date());
    for (let call = 0; call < 60; call++) expect((await from('198.51.100.1')).statusCode).toBe(401);
    const limited = await from('198.51.100.1');
    expect([limited.statusCode, limited.json().error]).toEqual([429, 'temporarily_unavailable']);
    expect(Number(limited.headers['retry-after'])).toBeGreaterThan(0);
    expect((await from('192.0.2.1')).statusCode).toBe(401);
    await trust();
  });

  it('takes an access token, and asks the issuer whose it is', async () => {
    await trust({ open: [ehr.issuer] });
    ehr.people.set('known', { sub: 'dr-r', fhirUser: 'Practitioner/fhir-111' });
    ehr.people.set('patient', { sub: 'p', fhirUser: 'Patient/1' });
    ehr.people.set('bare', { sub: 'own-name' });
    ehr.people.set('empty', {});
    const first = await withAccessToken('known');
    expect([first.status, decodeJwt(first.body.access_token).sub]).toEqual([200, '10001']);
    expect((await withAccessToken('known', `${ehr.issuer}/`)).status).toBe(200);
    expect(await withAccessToken('unknown')).toEqual(
      refused(401, 'invalid_request', 'access_token failed validation'),
    );
    expect((await withAccessToken('patient')).status).toBe(403);
    expect((await withAccessToken('empty')).status).toBe(400);
    // The issuer's own name for somebody is nobody's identifier here; it counts once it is linked.
    expect((await withAccessToken('bare')).status).toBe(404);
    await world.database.owner.query(
      "insert into external_identity (user_id, kind, issuer, subject) values (10001, 'ehr', $1, 'own-name')",
      [ehr.issuer],
    );
    expect((await withAccessToken('bare')).status).toBe(200);
    // With a client's secret the contract knows ID tokens only.
    expect(
      (await ask({ subject_token: 'known', subject_token_type: ACCESS_TOKEN, iss: ehr.issuer })).status,
    ).toBe(400);
    await trust();
  });

  it('takes no access token that was made for another application', async () => {
    await trust({ open: [ehr.issuer] });
    for (const [claims, status] of [
      [{ azp: 'another-app' }, 401],
      [{ client_id: 'another-app' }, 401],
      [{ azp: AUDIENCE }, 200],
    ] as const) {
      const token = await ehr.idToken(claims);
      ehr.people.set(token, { sub: 'dr-r', fhirUser: 'Practitioner/fhir-111' });
      expect((await withAccessToken(token)).status).toBe(status);
    }
    await trust();
  });

  it('takes a token that says nothing of its application only where the issuer tells, and only for ours', async () => {
    await trust({ open: [ehr.issuer] });
    ehr.people.set('opaque', { sub: 'dr-r', fhirUser: 'Practitioner/fhir-111' });
    expect((await withAccessToken('opaque')).status).toBe(200);
    // Another application's token, that its server or a thief brings here.
    ehr.madeFor.set('opaque', 'another-app');
    expect(await withAccessToken('opaque')).toEqual(
      refused(401, 'invalid_request', 'access_token failed validation'),
    );
    const configuration = '/fhir/.well-known/smart-configuration';
    const before = ehr.served.get(configuration);
    ehr.served.set(configuration, { jwks_uri: `${ehr.issuer}/jwks` });
    world.setClock(new Date(Date.now() + 11 * 60_000));
    expect(await withAccessToken('opaque')).toEqual(
      refused(
        401,
        'invalid_request',
        'access_token does not say which application it was made for, and its issuer does not either',
      ),
    );
    ehr.served.set(configuration, before);
    await trust();
  });
});
