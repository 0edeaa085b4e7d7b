/**
 * The attack: the name that an institution (SAML or OpenID Connect) has for a person was written as the person's
 * identifier at the EHR, and the token exchange looks people up by it. So an institution that calls one of its people
 * "fhir-777" made them the EHR's practitioner fhir-777: her launches opened as somebody else, and where she was known
 * here already, they opened no more.
 */
import { afterAll, beforeAll, expect, it } from 'vitest';
import {
  AUDIENCE,
  type Ehr,
  openEhr,
} from '../../apps/exchange/src/authorization/token-exchange/ehr.test-data.ts';
import { SITE } from '../../apps/exchange/src/authorization/world.test-data.ts';
import { hashClientSecret } from '../../apps/exchange/src/domain/client-secret.ts';
import {
  openSamlWorld,
  type SamlWorld,
} from '../../apps/exchange/src/pages/institutions/saml-world.test-data.ts';

const SECRET = { client_id: 'ehr-launch', client_secret: 'ehr-launch-secret' };

let saml: SamlWorld;
let ehr: Ehr;
beforeAll(async () => {
  [saml, ehr] = await Promise.all([openSamlWorld(), openEhr()]);
  await saml.reset();
  const { owner } = saml.world.database;
  await owner.query(
    `insert into client (id, client_id, name, client_type, grant_types, client_secret, may_exchange_tokens,
       skip_authorization, default_scopes)
     values (600, $1, 'EHR launch', 'confidential', '{}', $2, true, true, 'user/*.rs')`,
    [SECRET.client_id, hashClientSecret(SECRET.client_secret)],
  );
  // Rivera is fhir-111 at the EHR: the operator linked her.
  await owner.query("update app_user set identifier = 'fhir-111' where id = 10001");
  await owner.query(
    "insert into external_identity (user_id, kind, issuer, subject) values (10001, 'ehr', $1, 'fhir-111')",
    [ehr.issuer],
  );
  await saml.set('auth.sof.trusted_issuers', [ehr.issuer]);
  await saml.set('auth.sof.trusted_audience', AUDIENCE);
});
afterAll(async () => {
  await saml?.world.close();
  ehr?.close();
});

/** A launch from the EHR by its practitioner of this id: who it is here, or the refusal. */
async function launchAs(practitionerId: string) {
  const reply = await saml.world.request({
    method: 'POST',
    url: '/o/token-exchange',
    form: {
      ...SECRET,
      grant_type: 'urn:ietf:params:oauth:grant-type:token-exchange',
      audience: SITE,
      requested_token_type: 'urn:ietf:params:oauth:token-type:access_token',
      subject_token_type: 'urn:ietf:params:oauth:token-type:id_token',
      subject_token: await ehr.idToken({ fhirUser: `${ehr.issuer}/Practitioner/${practitionerId}` }),
    },
  });
  const { access_token: token, error_description: refusal } = reply.json();
  const facts = token === undefined ? null : await saml.world.server.verifyToken(token);
  return { status: reply.statusCode, userId: facts?.userId, refusal };
}

const arriveAs = (nameId: string) =>
  saml.signInThrough({ nameId, attributes: { mail: `${nameId}@example.edu`, givenName: 'M', sn: 'I' } });

it('an institution makes nobody a practitioner of the EHR', async () => {
  const { userId } = await arriveAs('fhir-777');
  expect(userId).toBeDefined();
  expect(await launchAs('fhir-777')).toEqual({
    status: 404,
    userId: undefined,
    refusal: 'Practitioner not found',
  });
});

it('and takes nobody out of the EHR by using her name', async () => {
  expect(await launchAs('fhir-111')).toMatchObject({ status: 200, userId: 10_001 });
  const { userId } = await arriveAs('fhir-111');
  expect(userId).not.toBe(10_001);
  expect(await launchAs('fhir-111')).toMatchObject({ status: 200, userId: 10_001 });
});

it('who was known before is asked about by the same rule when they come through an institution', async () => {
  // Rivera's address is proved, so the institution may link her; it changes nothing of who she is at the EHR.
  await saml.signInThrough({ nameId: 'fhir-778', attributes: { mail: 'rivera@example.org' } });
  expect(await launchAs('fhir-778')).toMatchObject({ status: 404 });
  expect(await launchAs('fhir-111')).toMatchObject({ status: 200, userId: 10_001 });
});
