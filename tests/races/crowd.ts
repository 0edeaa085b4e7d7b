/** Many people of the world of two organizations, made at once, so that each round of a race has one of its own. */
import type { ConsentWorld } from '../proofs/consent-world.ts';
import { mintToken } from '../setup/tokens.ts';
import { organizations } from '../worlds/two-organizations.ts';

type World = Pick<ConsentWorld, 'exchange' | 'sql'>;
export type Someone = Readonly<{ patientId: number; userId: number; token: string }>;

const FIRST_USER = 200_001;
const FIRST_PATIENT = 400_001;
const FIRST_RECORD = 500_001;

/**
 * People with a proved address who keep their records, members of both organizations, enrolled in these studies. They
 * have answered nothing and sent nothing.
 */
export async function gatherPeople(
  { exchange, sql }: World,
  count: number,
  { studyIds = [] as readonly number[] } = {},
): Promise<Someone[]> {
  await sql(
    `insert into app_user (id, email, first_name, last_name, user_type, email_verified)
     select $1::bigint + n, 'p' || n || '@crowd.example.org', 'P', 'Number ' || n, 'patient', true
     from generate_series(0, $2::int - 1) n`,
    [FIRST_USER, count],
  );
  await sql(
    `insert into patient (id, user_id, name_family, name_given)
     select $1::bigint + n, $2::bigint + n, 'Number ' || n, 'P' from generate_series(0, $3::int - 1) n`,
    [FIRST_PATIENT, FIRST_USER, count],
  );
  await admit(sql, FIRST_PATIENT, count, [organizations.lakeside, organizations.harbor], studyIds);
  return Promise.all(
    Array.from({ length: count }, async (_, n) => ({
      patientId: FIRST_PATIENT + n,
      userId: FIRST_USER + n,
      token: await mintToken(exchange, { userId: FIRST_USER + n, scope: 'patient/*.cruds' }),
    })),
  );
}

/** Records that Lakeside keeps, without logins, enrolled in these studies; their numbers. */
export async function gatherRecords(
  { sql }: World,
  count: number,
  { studyIds = [] as readonly number[] } = {},
): Promise<number[]> {
  await sql(
    `insert into patient (id, name_family, name_given, keeper_organization_id)
     select $1::bigint + n, 'Record ' || n, 'R', $3 from generate_series(0, $2::int - 1) n`,
    [FIRST_RECORD, count, organizations.lakeside],
  );
  await admit(sql, FIRST_RECORD, count, [organizations.lakeside], studyIds);
  return Array.from({ length: count }, (_, n) => FIRST_RECORD + n);
}

async function admit(
  sql: World['sql'],
  first: number,
  count: number,
  organizationIds: readonly number[],
  studyIds: readonly number[],
): Promise<void> {
  await sql(
    `insert into patient_organization (patient_id, organization_id)
     select $1::bigint + n, o from generate_series(0, $2::int - 1) n, unnest($3::bigint[]) o`,
    [first, count, organizationIds],
  );
  await sql(
    `insert into enrollment (patient_id, study_id, organization_id)
     select $1::bigint + n, s.id, s.organization_id
     from generate_series(0, $2::int - 1) n, study s where s.id = any($3::bigint[])`,
    [first, count, studyIds],
  );
}

/**
 * People who keep their records now, whose readings of a code were recorded while Lakeside kept them, and whose yes
 * Lakeside attested then: it opens until they answer or send a reading of their own. `readings` are in each series.
 */
export async function gatherAttested(
  world: World,
  count: number,
  {
    studyId,
    codeId,
    dataSourceId,
    readings,
  }: Record<'studyId' | 'codeId' | 'dataSourceId' | 'readings', number>,
): Promise<Someone[]> {
  const people = await gatherPeople(world, count, { studyIds: [studyId] });
  const { sql } = world;
  await sql(
    `insert into consent (patient_id, study_id, code_id, permitted, decided_at, own, opens, recorded_by, basis, study_version)
     select $1::bigint + n, $3, $4, true, now(), false, true, 10003, 'signed form', 1 from generate_series(0, $2::int - 1) n`,
    [FIRST_PATIENT, count, studyId, codeId],
  );
  await sql(
    `insert into consent_event (patient_id, study_id, code_id, decision, actor_user_id, actor_role, basis)
     select $1::bigint + n, $3, $4, 'permit', 10003, 'manager', 'signed form' from generate_series(0, $2::int - 1) n`,
    [FIRST_PATIENT, count, studyId, codeId],
  );
  await sql(
    `insert into observation (patient_id, id, code_id, data_source_id, data_point_uuid, data_point, value, unit,
       effective_start, keeper_organization_id)
     select $1::bigint + n, 70000000 + n * 100 + r, $3, $4, gen_random_uuid(), '{}', 100, 'u',
       timestamptz '2026-01-01' + r * interval '1 h', $6
     from generate_series(0, $2::int - 1) n, generate_series(1, $5::int) r`,
    [FIRST_PATIENT, count, codeId, dataSourceId, readings, organizations.lakeside],
  );
  await sql(
    `insert into series (patient_id, code_id, observations, first_effective, last_effective, last_arrival)
     select patient_id, code_id, count(*), min(effective_start), max(effective_start), now()
     from observation where patient_id >= $1 and code_id = $2 group by 1, 2`,
    [FIRST_PATIENT, codeId],
  );
  return people;
}
