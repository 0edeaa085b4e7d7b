import type { Sight } from '../access/sight.ts';
import { type Sql, sql } from '../database/sql.ts';

/**
 * The first of these ids, of Patients, Groups (studies), Organizations or Devices (data sources), that is not in sight;
 * null when all are. An id that is no integer is the id of nothing.
 */
export async function firstHidden(
  sight: Sight,
  type: string,
  ids: readonly string[],
): Promise<string | null> {
  const relation = relationOf(sight, type);
  if (!relation) return ids[0] ?? null;
  const integers = ids.filter((id) => /^\d{1,15}$/.test(id)).map(Number);
  const rows = await sight.query<{ id: number }>(
    sql`select t.id from ${relation} t where t.id = any(${integers}::bigint[])`,
  );
  const seen = new Set(rows.map((row) => String(row.id)));
  return ids.find((id) => !seen.has(String(Number(id)))) ?? null;
}

function relationOf(sight: Sight, type: string): Sql | null {
  switch (type) {
    case 'Patient':
      return sight.nameablePatients;
    case 'Group':
      return sight.studies;
    case 'Organization':
      return sight.organizations;
    case 'Device':
      return sight.dataSources;
    default:
      return null;
  }
}
