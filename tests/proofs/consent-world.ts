/** The world of two organizations with readings of Ada's, and the deeds of its people as requests. */
import { measures } from '@jhe/omh';
import type { LightMyRequestResponse } from 'fastify';
import { openTestExchange, type RequestOptions, type TestExchange } from '../setup/exchange.ts';
import { openLinkSession } from '../setup/link-session.ts';
import { mintToken } from '../setup/tokens.ts';
import {
  codeNames,
  codes,
  dataSources,
  fillTwoOrganizations,
  OMH,
  organizations,
  patients,
  users,
} from '../worlds/two-organizations.ts';

export type Person = keyof typeof users;
const PATIENTS: readonly Person[] = ['ada', 'ben', 'cleo'];

export type ConsentWorld = Readonly<{
  exchange: TestExchange;
  call(who: Person, method: string, url: string, options?: RequestOptions): Promise<LightMyRequestResponse>;
  /** Calls and refuses any answer but a success. */
  deed(who: Person, method: string, url: string, body?: unknown): Promise<void>;
  sql(text: string, values?: unknown[]): Promise<Record<string, unknown>[]>;
  close(): Promise<void>;
}>;

/**
 * Ben's record is in the keeping of Lakeside Health: what he does, he does in a session of a link that it gave, into the
 * app of its study of glucose.
 */
export const LINK = { grantId: 'link-ben', clientId: 'glucose-app' } as const;

export async function openConsentWorld(): Promise<ConsentWorld> {
  const exchange = await openTestExchange();
  const { owner } = exchange.database;
  await fillTwoOrganizations(owner);
  await owner.query(`delete from consent; delete from consent_event; delete from declined_measure`);
  await openLinkSession(exchange, {
    ...LINK,
    userId: users.ben,
    patientId: patients.ben,
    organizationId: organizations.lakeside,
  });
  const tokens = new Map<string, string>();
  for (const [who, userId] of Object.entries(users)) {
    const isPatient = PATIENTS.includes(who as Person);
    tokens.set(
      who,
      await mintToken(exchange, {
        userId,
        scope: isPatient ? 'patient/*.cruds' : 'user/*.cruds',
        ...(who === 'ben' ? { grantId: LINK.grantId, clientId: LINK.clientId } : {}),
      }),
    );
  }
  const call: ConsentWorld['call'] = (who, method, url, options = {}) =>
    exchange.request(method, url, { token: tokens.get(who)!, ...options });
  return {
    exchange,
    call,
    async deed(who, method, url, body) {
      const reply = await call(who, method, url, body === undefined ? {} : { body });
      if (reply.statusCode >= 300)
        throw new Error(`${method} ${url} by ${who}: ${reply.statusCode} ${reply.body}`);
    },
    sql: async (text, values = []) => (await owner.query(text, values)).rows,
    close: () => exchange.close(),
  };
}

/** What a patient answers to one study about some codes. */
export const answers = (studyId: number, codes: readonly string[], consented: boolean) => ({
  studyScopeConsents: [
    { studyId, scopeConsents: codes.map((codingCode) => ({ codingSystem: OMH, codingCode, consented })) },
  ],
});

/** Stores readings as the owner of the database, as the records are kept now; `count` of each series, numbered from `firstId`. */
export async function storeReadings(
  { sql }: Pick<ConsentWorld, 'sql'>,
  series: readonly (readonly [patientId: number, codeId: number])[],
  count: number,
  firstId = 61_000,
): Promise<void> {
  for (const [i, [patientId, codeId]] of series.entries()) {
    await sql(
      `insert into observation (patient_id, id, code_id, data_source_id, data_point_uuid, data_point, value, unit,
         effective_start, keeper_organization_id)
       select $1, $3::bigint + n, $2, $5, gen_random_uuid(), '{}', 60 + n, 'u', timestamptz '2026-01-01' + n * interval '1 h',
         p.keeper_organization_id
       from generate_series(0, $4::int - 1) n, patient p where p.id = $1`,
      [
        patientId,
        codeId,
        firstId + i * 100,
        count,
        codeId === codes.glucose ? dataSources.meter : dataSources.band,
      ],
    );
    await sql(
      `insert into series (patient_id, code_id, observations, first_effective, last_effective, last_arrival, mixed)
       select patient_id, code_id, count(*), min(effective_start), max(effective_start), now(),
         bool_or(keeper_organization_id is null)
       from observation where patient_id = $1 and code_id = $2 group by 1, 2`,
      [patientId, codeId],
    );
  }
}

const measure = measures.get(codeNames.heartRate)!;

/** One upload of a heart rate. */
export function heartRate(uuid: string, patientId: number = patients.ada) {
  const dataPoint = {
    header: { uuid, schema_id: measure.schemaId, source_creation_date_time: '2026-03-01T08:00:00Z' },
    body: {
      heart_rate: { value: 61, unit: 'beats/min' },
      effective_time_frame: { date_time: '2026-03-01T08:00:00-05:00' },
    },
  };
  return {
    resourceType: 'Observation',
    status: 'final',
    subject: { reference: `Patient/${patientId}` },
    device: { reference: `Device/${dataSources.band}` },
    code: { coding: [{ system: OMH, code: codeNames.heartRate }] },
    valueAttachment: {
      contentType: 'application/json',
      data: Buffer.from(JSON.stringify(dataPoint)).toString('base64'),
    },
  };
}

export const batchOf = (...resources: readonly object[]) => ({
  resourceType: 'Bundle',
  type: 'batch',
  entry: resources.map((resource) => ({ resource, request: { method: 'POST', url: 'Observation' } })),
});
