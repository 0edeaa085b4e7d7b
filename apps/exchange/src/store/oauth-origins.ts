/** Sites whose scripts may call the APIs, for the authorization server (system role). */
import type { Sight } from '../access/sight.ts';
import { sql } from '../database/sql.ts';

/**
 * Whether an approved client is registered with this origin (`https://app.example.org`): as an allowed origin, or by a
 * redirect URI there. Clients are few: their rows are read through.
 */
export async function isRegisteredOrigin(sight: Pick<Sight, 'query'>, origin: string): Promise<boolean> {
  const rows = await sight.query(sql`
    select from client
    where approved_at is not null
      and (${origin} = any (allowed_origins)
        or exists (select from unnest(redirect_uris) uri where uri = ${origin} or starts_with(uri, ${`${origin}/`})))
    limit 1`);
  return rows.length > 0;
}
