import { createGate, type Gate } from '../access/gate.ts';
import { createSystem, type System } from '../access/system.ts';
import type { Config } from '../config.ts';
import { migrate } from '../database/migrate.ts';
import { joinDatabase } from '../database/open-database.ts';
import { openPool } from '../database/pool.ts';
import { enableServerLogin } from '../database/server-login.ts';

export type Opened = Readonly<{ gate: Gate; system: System; applied: string[]; close(): Promise<void> }>;

/** The database behind the same walls as the server's, beside a running server or alone. */
export async function openBehindGate(config: Config): Promise<Opened> {
  const database = await joinDatabase(config, (line) => process.stderr.write(`${line}\n`));
  try {
    const owner = openPool(database.url, 1);
    let applied: string[];
    let serverUrl: string;
    try {
      applied = await migrate(owner);
      serverUrl = await enableServerLogin(owner, database.url);
    } finally {
      await owner.end();
    }
    const pool = openPool(serverUrl, 2);
    return {
      gate: createGate(pool),
      system: createSystem(pool),
      applied,
      async close() {
        await pool.end();
        await database.close();
      },
    };
  } catch (error) {
    await database.close();
    throw error;
  }
}
