/** An exchange that trusts one EHR and knows another, and callers of its token exchange. */
import { hashClientSecret } from '../../domain/client-secret.ts';
import { openWorld, SITE } from '../world.test-data.ts';
import { AUDIENCE, openEhr } from './ehr.test-data.ts';

export const EXCHANGE = 'urn:ietf:params:oauth:grant-type:token-exchange';
export const ID_TOKEN = 'urn:ietf:params:oauth:token-type:id_token';
export const ACCESS_TOKEN = 'urn:ietf:params:oauth:token-type:access_token';
export const SECRET = { client_id: 'ehr-launch', client_secret: 'ehr-launch-secret' };

export type Form = Record<string, string>;
export type ExchangeWorld = Awaited<ReturnType<typeof openExchangeWorld>>;

/** What a refusal looks like: the code of RFC 6749, and the reference's own text. */
export const refused = (status: number, error: string, text: string) => ({
  status,
  body: { error, error_description: text },
});

export async function openExchangeWorld() {
  const world = await openWorld();
  const ehr = await openEhr();
  const other = await openEhr();
  const { owner } = world.database;
  await owner.query(
    `insert into external_identity (user_id, kind, issuer, subject)
     values (10001, 'ehr', $1, 'fhir-111'), (10002, 'ehr', $1, 'fhir-222'), (10003, 'ehr', $1, 'fhir-333')`,
    [ehr.issuer],
  );
  await owner.query('insert into practitioner (id, user_id) values (80002, 10002)');
  await owner.query(`
    insert into app_user (id, email, identifier, user_type) values
      (10011, 'twin1@example.org', 'twin', 'practitioner'), (10012, 'twin2@example.org', 'twin', 'practitioner'),
      (10013, 'linked@example.org', 'known-elsewhere', 'practitioner')`);
  await owner.query(
    'insert into practitioner (id, user_id) values (80011, 10011), (80012, 10012), (80013, 10013)',
  );
  await owner.query(
    `insert into client (id, client_id, name, client_type, grant_types, client_secret, may_exchange_tokens,
       skip_authorization, default_scopes, access_token_seconds) values
     (600, 'ehr-launch', 'SoF EHR Launch', 'confidential', '{}', $1, true, true, 'user/*.rs', null),
     (601, 'short', 'Short', 'confidential', '{}', $1, true, false, 'user/Observation.rs', 120)`,
    [hashClientSecret(SECRET.client_secret)],
  );

  const set = (key: string, value: unknown) =>
    owner.query(
      'insert into setting (key, value) values ($1, $2) on conflict (key) do update set value = excluded.value',
      [key, JSON.stringify(value)],
    );
  async function trust({
    issuers = [ehr.issuer],
    open = [] as string[],
    audience = AUDIENCE as unknown,
  } = {}) {
    await set('auth.sof.trusted_issuers', issuers);
    await set('auth.sof.trusted_audience', audience);
    await set('auth.sof.unauthenticated_issuers', open);
  }
  const formOf = async (changes: Form = {}): Promise<Form> => ({
    grant_type: EXCHANGE,
    audience: SITE,
    requested_token_type: ACCESS_TOKEN,
    subject_token_type: ID_TOKEN,
    ...(changes.subject_token === undefined ? { subject_token: await ehr.idToken() } : {}),
    ...changes,
  });
  const send = (form: Form, headers: Form = {}, url = '/o/token-exchange') =>
    world.request({ method: 'POST', url, form, headers });
  async function ask(changes: Form = {}, headers: Form = {}, url?: string) {
    const response = await send({ ...SECRET, ...(await formOf(changes)) }, headers, url);
    return { status: response.statusCode, body: response.json() };
  }
  await trust();
  return {
    world,
    ehr,
    other,
    trust,
    formOf,
    send,
    ask,
    async close() {
      await world.close();
      ehr.close();
      other.close();
    },
  };
}
