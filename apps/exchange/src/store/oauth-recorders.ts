/** Who did something with a person's record, by name, for that person's own page. System role only. */
import type { Sight } from '../access/sight.ts';
import { sql } from '../database/sql.ts';

/** The names of those who recorded answers of these records or did something with them; nobody else's. */
export async function findRecorders(
  sight: Pick<Sight, 'query'>,
  patientIds: readonly number[],
): Promise<Map<number, string>> {
  const rows = await sight.query<{ id: number; name: string }>(sql`
    select u.id, trim(u.first_name || ' ' || u.last_name) as name from app_user u
    where u.id in (
      select recorded_by from consent where patient_id = any(${patientIds}::bigint[])
      union select actor_user_id from consent_event where patient_id = any(${patientIds}::bigint[])
      union select actor_user_id from record_event where patient_id = any(${patientIds}::bigint[]))`);
  return new Map(rows.map(({ id, name }) => [id, name === '' ? `person ${id}` : name]));
}
