/** A PostgreSQL of a test's own: for whatever changes roles, which belong to the whole server, or ends it. */
import { mkdtempSync, readFileSync, rmSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import {
  type EmbeddedPostgres,
  startEmbeddedPostgres,
} from '../../apps/exchange/src/database/embedded/supervisor.ts';
import { openPool } from '../../apps/exchange/src/database/pool.ts';

export type OwnCluster = Readonly<{
  postgres: EmbeddedPostgres;
  dataDir: string;
  /** The owner's connection string to the database `postgres`; without a password, as over any trusted socket. */
  ownerUrl: string;
  close(): Promise<void>;
}>;

/** `passwordFor`: a role that has to give its password; everybody else is trusted. */
export async function openOwnCluster(
  options: { passwordFor?: string; durable?: boolean } = {},
): Promise<OwnCluster> {
  const dataDir = mkdtempSync(join(tmpdir(), 'jhe-own-'));
  const postgres = await startEmbeddedPostgres({ dataDir, durable: options.durable ?? false });
  const ownerUrl = `postgresql://postgres@localhost/postgres?host=${encodeURIComponent(postgres.host)}&port=${postgres.port}`;
  if (options.passwordFor !== undefined) {
    const rules = join(dataDir, 'postgres', 'pg_hba.conf');
    writeFileSync(rules, `local all ${options.passwordFor} scram-sha-256\n${readFileSync(rules, 'utf8')}`);
    const owner = openPool(ownerUrl, 1);
    await owner.query('select pg_reload_conf()');
    await owner.end();
  }
  return {
    postgres,
    dataDir,
    ownerUrl,
    async close() {
      await postgres.stop();
      rmSync(dataDir, { recursive: true, force: true });
    },
  };
}
