/**
 * The world of two organizations as those see it who attack it: what they can read, what they are told, and the links
 * that they hold. Nobody has answered anything in it yet.
 */
import type { LightMyRequestResponse } from 'fastify';
import { type ConsentWorld, openConsentWorld } from '../proofs/consent-world.ts';
import { clients, codes, dataSources } from '../worlds/two-organizations.ts';

export { answers } from '../proofs/consent-world.ts';

export type Reply = LightMyRequestResponse;
type Call = (method: string, url: string, body?: unknown) => Promise<Reply>;

/** Tokens of whoever redeemed a link, and calls with them. */
export type LinkHolder = Readonly<{ call: Call; accessToken: string; refreshToken: string; idToken: string }>;

export type AttackWorld = ConsentWorld &
  Readonly<{
    /** How many readings of a patient a person finds, by whichever way shows the most. */
    readingsSeen(who: Parameters<ConsentWorld['call']>[0], patientId: number): Promise<number>;
    /** The same through any calls. */
    readingsSeenBy(call: Call, patientId: number): Promise<number>;
    /** Makes a patient of Lakeside as Mo does, and enrols them there; the patient's number. */
    addPatient(draft: { telecomEmail: string; studyIds?: readonly number[] }): Promise<number>;
    /** Invites as somebody; the token of the link, or undefined where they were refused. */
    invite(
      who: Parameters<ConsentWorld['call']>[0],
      patientId: number,
    ): Promise<{ reply: Reply; token?: string }>;
    /** Opens a link and gets the app's tokens; undefined where no tokens are given. */
    redeem(token: string): Promise<LinkHolder | undefined>;
  }>;

const CALLBACK = 'http://localhost:8000/auth/callback';

export async function openAttackWorld(): Promise<AttackWorld> {
  const world = await openConsentWorld();
  const { exchange } = world;
  // The apps are the exchange's own: whoever opens a link is asked nothing more.
  await world.sql('update client set redirect_uris = $1, skip_authorization = true where id = any($2)', [
    [CALLBACK],
    [clients.glucoseApp, clients.sleepApp],
  ]);
  let address = 0;

  const readingsSeenBy: AttackWorld['readingsSeenBy'] = async (call, patientId) => {
    const found = await call('GET', '/FHIR/R5/Observation?_count=200');
    const entries: { resource: { subject?: { reference: string } } }[] =
      found.statusCode === 200 ? (found.json().entry ?? []) : [];
    const counted = await call('GET', `/FHIR/R5/Observation?patient=${patientId}&_summary=count`);
    const listed = await call('GET', `/api/v1/observations?patientId=${patientId}`);
    const series = await call('GET', `/api/v1/patients/${patientId}/series`);
    const lines: { count: number }[] = series.statusCode === 200 ? series.json() : [];
    return Math.max(
      entries.filter(({ resource }) => resource.subject?.reference === `Patient/${patientId}`).length,
      counted.statusCode === 200 ? counted.json().total : 0,
      listed.statusCode === 200 ? listed.json().count : 0,
      lines.reduce((sum, { count }) => sum + count, 0),
    );
  };

  return {
    ...world,
    readingsSeenBy,
    readingsSeen: (who, patientId) =>
      readingsSeenBy(
        (method, url, body) => world.call(who, method, url, body === undefined ? {} : { body }),
        patientId,
      ),
    async addPatient({ telecomEmail, studyIds = [] }) {
      const added = await world.call('mo', 'POST', '/api/v1/patients', {
        body: { organizationId: 20001, nameFamily: 'Moss', nameGiven: 'Zoe', telecomEmail },
      });
      if (added.statusCode !== 201) throw new Error(`${added.statusCode} ${added.body}`);
      const { id } = added.json();
      for (const studyId of studyIds)
        await world.deed('mo', 'POST', `/api/v1/studies/${studyId}/patients`, { patientIds: [id] });
      return id;
    },
    async invite(who, patientId) {
      const clientId = who === 'hana' ? clients.sleepApp : clients.glucoseApp;
      const body = { patientId, clientId };
      const reply = await world.call(who, 'POST', '/api/v1/invitation', { body });
      return reply.statusCode === 201 ? { reply, token: reply.json().token } : { reply };
    },
    async redeem(token) {
      // Each from an address of its own, so that limits by address do not stand in the way.
      const redeemed = await exchange.app.http.inject({
        method: 'POST',
        url: `/api/v1/invitation/${token}`,
        remoteAddress: `10.0.${address >> 8}.${address++ & 255}`,
      });
      if (redeemed.statusCode !== 200) return undefined;
      const form = { ...redeemed.json().grant, code_verifier: Buffer.from(token).toString('base64url') };
      const tokens = await exchange.request('POST', '/o/token/', { form });
      if (tokens.statusCode !== 200) return undefined;
      const { access_token, refresh_token, id_token } = tokens.json();
      return {
        accessToken: access_token,
        refreshToken: refresh_token,
        idToken: id_token,
        call: (method, url, body) =>
          exchange.request(method, url, { token: access_token, ...(body === undefined ? {} : { body }) }),
      };
    },
  };
}

/**
 * What a reply tells, without what differs between any two calls: numbers of rows, moments, and addresses that the
 * caller sent. Two replies that tell the same are equal here.
 */
export function told({ statusCode, body }: Reply): { status: number; body: string } {
  const text = body
    .replace(/\d{4}-\d\d-\d\dT[\d:.]+Z/g, '<moment>')
    .replace(/[\w.+-]+@[\w-]+(\.[\w-]+)+/g, '<address>')
    .replace(/\d{4,}|(?<="id":)\d+/g, '<number>');
  return { status: statusCode, body: text };
}

/**
 * Stores `count` readings in each series, as the owner of the database: recorded while the record was kept as it is kept
 * now. Numbered from `firstId`, a hundred for each series.
 */
export async function storeReadings(
  { sql }: Pick<AttackWorld, 'sql'>,
  series: readonly (readonly [patientId: number, codeId: number])[],
  count: number,
  firstId = 61_000,
): Promise<void> {
  for (const [i, [patientId, codeId]] of series.entries()) {
    const dataSourceId = codeId === codes.glucose ? dataSources.meter : dataSources.band;
    await sql(
      `insert into observation (patient_id, id, code_id, data_source_id, data_point_uuid, data_point, value, unit,
         effective_start, keeper_organization_id)
       select p.id, $3::bigint + n, $2, $5, gen_random_uuid(), '{}', 60 + n, 'u',
         timestamptz '2026-01-01' + n * interval '1 h', p.keeper_organization_id
       from patient p, generate_series(0, $4::int - 1) n where p.id = $1`,
      [patientId, codeId, firstId + i * 100, count, dataSourceId],
    );
    await sql(
      `insert into series (patient_id, code_id, observations, first_effective, last_effective, last_arrival, mixed)
       select o.patient_id, o.code_id, count(*), min(o.effective_start), max(o.effective_start), now(),
         bool_or(o.keeper_organization_id is null)
       from observation o where o.patient_id = $1 and o.code_id = $2 group by 1, 2`,
      [patientId, codeId],
    );
  }
}
