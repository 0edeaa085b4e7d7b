/** Scopes only narrow: a token never reaches further than what was granted to it. */
import { afterAll, beforeAll, expect, it } from 'vitest';
import { mintToken } from '../../../../tests/setup/tokens.ts';
import { codeNames, OMH, users } from '../../../../tests/worlds/two-organizations.ts';
import { type AdminWorld, openAdminWorld } from './admin-world.test-data.ts';

let world: AdminWorld;
beforeAll(async () => {
  world = await openAdminWorld();
});
afterAll(() => world.close());

const CONSENTS = '/patients/40001/consents';
const ANSWER = {
  studyScopeConsents: [
    { studyId: 30001, scopeConsents: [{ codingSystem: OMH, codingCode: codeNames.sleep, consented: true }] },
  ],
};

const cases: [keyof typeof users, string, string, string, unknown, number][] = [
  ['ada', 'patient/Consent.rs patient/Patient.rs', 'GET', CONSENTS, undefined, 200],
  ['ada', 'patient/Consent.rs patient/Patient.rs', 'POST', CONSENTS, ANSWER, 403],
  ['ada', 'patient/Patient.rs', 'GET', CONSENTS, undefined, 403],
  ['ada', 'patient/Patient.rs', 'GET', '/patients/me', undefined, 200],
  ['ada', 'patient/Observation.cruds', 'GET', '/patients/me', undefined, 403],
  ['rivera', 'user/Patient.rs', 'GET', '/patients/40002', undefined, 200],
  ['rivera', 'user/Patient.rs', 'PATCH', '/patients/40002', { nameGiven: 'X' }, 403],
  ['rivera', 'user/Patient.rs', 'GET', '/studies', undefined, 403],
  ['rivera', 'patient/*.cruds', 'GET', '/patients', undefined, 403],
  ['rivera', 'openid nonsense/*.cruds', 'GET', '/patients', undefined, 403],
];
it.each(cases)('%s with %s: %s %s', async (who, scope, method, path, body, status) => {
  const token = await mintToken(world.exchange, { userId: users[who], scope, defaultScope: '' });
  const reply = await world.exchange.request(method, `/api/v1${path}`, {
    token,
    ...(body === undefined ? {} : { body }),
  });
  expect(reply.statusCode).toBe(status);
});

it('H-12: a deactivated person is refused at once', async () => {
  expect((await world.call('vic', 'GET', '/patients')).status).toBe(200);
  await world.rows('update app_user set active = false where id = 10004');
  expect((await world.call('vic', 'GET', '/patients')).status).toBe(401);
});

it('H-18: an unverified address gives no sight through an organization', async () => {
  await world.rows('update app_user set email_verified = false where id = 10002');
  expect((await world.call('rivera', 'GET', '/patients')).body.results).toEqual([]);
  expect((await world.call('rivera', 'GET', '/studies')).body.results).toEqual([]);
  expect((await world.call('rivera', 'GET', '/organizations/20001/users')).status).toBe(404);
});
