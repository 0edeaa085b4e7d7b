/** What the checks of an upload need to know, each read once for a whole bundle. */
import type { Sight } from '../access/sight.ts';
import { sql } from '../database/sql.ts';

/** Codes of any system that have one of these texts. Index: code (system, code). */
export function codesNamed(
  sight: Sight,
  codes: readonly string[],
): Promise<{ id: number; system: string; code: string }[]> {
  return sight.query(
    sql`select k.id, k.system, k.code from ${sight.codes} k where k.code = any(${codes}::text[])`,
  );
}

/** Which of these data sources exist, with the codes each supports. */
export function sourcesSupporting(
  sight: Sight,
  dataSourceIds: readonly number[],
): Promise<{ dataSourceId: number; codeIds: number[] }[]> {
  return sight.query(sql`
    select d.id as data_source_id,
      coalesce(array_agg(c.code_id) filter (where c.code_id is not null), '{}')::bigint[] as code_ids
    from ${sight.dataSources} d left join ${sight.dataSourceCodes} c on c.data_source_id = d.id
    where d.id = any(${dataSourceIds}::bigint[])
    group by d.id`);
}

/** Which of these patients the principal can see at all. */
export async function patientsInSight(sight: Sight, patientIds: readonly number[]): Promise<number[]> {
  const rows = await sight.query<{ id: number }>(
    sql`select p.id from ${sight.patients} p where p.id = any(${patientIds}::bigint[])`,
  );
  return rows.map((row) => row.id);
}
