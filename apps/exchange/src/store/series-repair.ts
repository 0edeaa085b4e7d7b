/**
 * Series compared with the readings that they count (system role). Recording keeps both in one transaction; what an older
 * version left wrong (an upload that overlapped a withdrawal) is found and mended here.
 */
import type { Sight } from '../access/sight.ts';
import { type Sql, sql } from '../database/sql.ts';

type Queryable = Pick<Sight, 'query'>;

/** How many patients one statement compares: a transaction of moderate length, whatever there is. */
const PATIENTS_AT_ONCE = 200;

/** The next patients by id, after this one. */
export async function nextPatients(sight: Queryable, after: number): Promise<number[]> {
  const rows = await sight.query<{ id: number }>(sql`
    select id from patient where id > ${after} order by id limit ${PATIENTS_AT_ONCE}`);
  return rows.map((row) => row.id);
}

/** The series of these patients as their readings say they are, beside what is kept of them, where the two differ. */
const differing = (patientIds: readonly number[]): Sql => sql`
  select coalesce(c.patient_id, s.patient_id) as patient_id, coalesce(c.code_id, s.code_id) as code_id,
    coalesce(c.observations, 0) as observations, c.first_effective, c.last_effective, c.last_arrival,
    coalesce(c.mixed, false) or coalesce(s.mixed, false) as mixed
  from (
    select o.patient_id, o.code_id, count(*) as observations, min(o.effective_start) as first_effective,
      max(coalesce(o.effective_end, o.effective_start)) as last_effective, max(o.last_updated) as last_arrival,
      bool_or(o.keeper_organization_id is null) as mixed
    from observation o
    where o.patient_id = any(${patientIds}::bigint[])
    group by o.patient_id, o.code_id
  ) c
  full join (select * from series where patient_id = any(${patientIds}::bigint[])) s
    on s.patient_id = c.patient_id and s.code_id = c.code_id
  where coalesce(c.observations, 0) <> coalesce(s.observations, 0)
    or c.first_effective is distinct from s.first_effective and c.observations > 0
    or c.last_effective is distinct from s.last_effective and c.observations > 0
    or coalesce(c.mixed, false) and not coalesce(s.mixed, false)`;

/** How many series of these patients do not say what there is. */
export async function countWrong(sight: Queryable, patientIds: readonly number[]): Promise<number> {
  const [row] = await sight.query<{ wrong: number }>(
    sql`select count(*) as wrong from (${differing(patientIds)}) d`,
  );
  return row?.wrong ?? 0;
}

/**
 * Makes the series of these patients say what there is, and closes what others attested to a series that turns out to be
 * mixed. Returns how many were wrong. Whoever calls holds the patients, so that nothing is recorded meanwhile.
 */
export async function repair(sight: Queryable, patientIds: readonly number[]): Promise<number> {
  const rows = await sight.query<{ mixed: boolean }>(sql`
    insert into series (patient_id, code_id, observations, first_effective, last_effective, last_arrival, mixed)
    select d.patient_id, d.code_id, d.observations, d.first_effective, d.last_effective, d.last_arrival, d.mixed
    from (${differing(patientIds)}) d
    on conflict (patient_id, code_id) do update set observations = excluded.observations,
      first_effective = excluded.first_effective, last_effective = excluded.last_effective,
      last_arrival = excluded.last_arrival, mixed = series.mixed or excluded.mixed
    returning mixed`);
  await sight.query(sql`
    with closed as (
      update consent c set opens = false
      from series s
      where s.patient_id = any(${patientIds}::bigint[]) and s.mixed
        and c.patient_id = s.patient_id and c.code_id = s.code_id and c.opens and not c.own
      returning c.patient_id, c.study_id, c.code_id
    )
    insert into consent_event (patient_id, study_id, code_id, decision, actor_user_id, actor_role)
    select patient_id, study_id, code_id, 'close', 0, 'superuser' from closed`);
  return rows.length;
}
