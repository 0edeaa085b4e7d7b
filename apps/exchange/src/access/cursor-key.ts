import { randomBytes } from 'node:crypto';
import { sql } from '../database/sql.ts';
import { openJson, SEALED_FOR, sealJson } from './sealing.ts';
import type { System } from './system.ts';

const KID = 'cursor-1';

/**
 * The key that seals the page links of searches: one for all servers of a database, made by the first that starts,
 * so that a link holds across restarts and between servers.
 */
export function loadCursorKey(system: System): Promise<Buffer> {
  return system('signing-key', async (sight) => {
    const about = SEALED_FOR.signingKey(KID);
    const made = sealJson(sight.sealing, { k: randomBytes(32).toString('base64url') }, about);
    await sight.query(sql`
      insert into signing_key (kid, purpose, key) values (${KID}, 'cursor', ${JSON.stringify(made)}::jsonb) on conflict (kid) do nothing`);
    const [row] = await sight.query<{ key: unknown }>(sql`select key from signing_key where kid = ${KID}`);
    const { k } = openJson(sight.sealing, row!.key, about) as { k: string };
    return Buffer.from(k, 'base64url');
  });
}
