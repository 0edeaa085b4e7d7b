/** Settings as the operator sees and changes them. System role only. */
import type { Sight } from '../access/sight.ts';
import { sql } from '../database/sql.ts';

type Queryable = Pick<Sight, 'query'>;

/** All that are set, by key. */
export function listSettings(sight: Queryable): Promise<{ key: string; value: unknown }[]> {
  return sight.query<{ key: string; value: unknown }>(sql`select key, value from setting order by key`);
}

/** Sets a value, any JSON. It counts with the next request. */
export async function setSetting(sight: Queryable, key: string, value: unknown): Promise<void> {
  await sight.query(sql`
    insert into setting (key, value) values (${key}, ${JSON.stringify(value)}::jsonb)
    on conflict (key) do update set value = excluded.value, last_updated = now()`);
}
