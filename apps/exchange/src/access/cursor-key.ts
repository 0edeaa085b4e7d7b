import { randomBytes } from 'node:crypto';
import { sql } from '../database/sql.ts';
import type { System } from './system.ts';

/**
 * The key that seals the page links of searches: one for all servers of a database, made by the first that starts,
 * so that a link holds across restarts and between servers.
 */
export function loadCursorKey(system: System): Promise<Buffer> {
  return system('signing-key', async (sight) => {
    const made = { k: randomBytes(32).toString('base64url') };
    await sight.query(sql`
      insert into signing_key (kid, purpose, key) values ('cursor-1', 'cursor', ${made}) on conflict (kid) do nothing`);
    const [row] = await sight.query<{ key: { k: string } }>(
      sql`select key from signing_key where kid = 'cursor-1'`,
    );
    return Buffer.from(row!.key.k, 'base64url');
  });
}
