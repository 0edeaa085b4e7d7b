import { createGate, type Gate } from '../access/gate.ts';
import { createSealing } from '../access/sealing.ts';
import { findSealingKeys } from '../access/sealing-keys.ts';
import { createSystem, type System } from '../access/system.ts';
import type { Config } from '../config.ts';
import { alone, aloneOr } from '../database/alone.ts';
import { migrate } from '../database/migrate.ts';
import { joinDatabase } from '../database/open-database.ts';
import { openPool, type Pool } from '../database/pool.ts';
import { openServerPool } from '../database/server-login.ts';
import { openSecrets } from '../operations/seal-secrets.ts';

export type Opened = Readonly<{
  gate: Gate;
  system: System;
  applied: string[];
  /** Does what no other process of this database does at the same time, after whoever is at it. */
  alone<T>(name: string, body: () => Promise<T>): Promise<T>;
  /** The same, but throws `refusal` at once when somebody is at it. */
  aloneOr<T>(name: string, refusal: string, body: () => Promise<T>): Promise<T>;
  close(): Promise<void>;
}>;

/** The database behind the same walls as the server's, beside a running server or alone. */
export async function openBehindGate(config: Config): Promise<Opened> {
  const database = await joinDatabase(config, (line) => process.stderr.write(`${line}\n`));
  try {
    const owner = openPool(database.url, 1);
    let applied: string[];
    let pool: Pool;
    try {
      applied = await migrate(owner);
      pool = await openServerPool(owner, database.url, { size: 2, statementMs: config.statementMs });
    } finally {
      await owner.end();
    }
    const system = createSystem(pool, createSealing(findSealingKeys(config)));
    try {
      await system('signing-key', openSecrets);
    } catch (error) {
      await pool.end();
      throw error;
    }
    return {
      gate: createGate(pool),
      system,
      applied,
      alone: (name, body) => alone(database.url, name, body),
      aloneOr: (name, refusal, body) => aloneOr(database.url, name, refusal, body),
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
