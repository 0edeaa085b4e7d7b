/**
 * A PostgreSQL that is not the exchange's: reached by DATABASE_URL, and started again by somebody else when it was
 * killed. Version 15 where Debian's programs are, the oldest that is supported; else the one from the packages.
 */
import { spawnSync } from 'node:child_process';
import { existsSync, mkdirSync, mkdtempSync, rmSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { ensureCluster, serverSettings } from '../../apps/exchange/src/database/embedded/cluster.ts';
import { chooseRunner, credentials, giveTo } from '../../apps/exchange/src/database/embedded/identity.ts';
import { stopLeftover } from '../../apps/exchange/src/database/embedded/leftover.ts';
import { binariesIn, findBinaries } from '../../apps/exchange/src/database/embedded/platform.ts';
import { launchServer, type Server } from '../../apps/exchange/src/database/embedded/server.ts';
import { openServerLog } from '../../apps/exchange/src/database/embedded/server-log.ts';

const DEBIAN_15 = '/usr/lib/postgresql/15';

export type ExternalPostgres = Readonly<{
  version: '15' | '18';
  /** The owner's connection string. */
  url: string;
  /** kill -9 of its first process. */
  kill(): Promise<void>;
  /** Starts it again where it was. */
  start(): Promise<void>;
  close(): Promise<void>;
}>;

export async function openExternalPostgres(): Promise<ExternalPostgres> {
  const dataDir = mkdtempSync(join(tmpdir(), 'jhe-external-'));
  const clusterDir = join(dataDir, 'postgres');
  const is15 = existsSync(join(DEBIAN_15, 'bin', 'postgres'));
  const runner = chooseRunner(is15 ? binariesIn(DEBIAN_15) : findBinaries(), dataDir, clusterDir);
  giveTo(runner.identity, dataDir);
  const log = () => {};
  if (is15) {
    const [command = '', ...args] = [
      ...runner.identity.prefix,
      runner.binaries.initdb,
      ...['-D', clusterDir, '-U', 'postgres', '-A', 'trust', '-E', 'UTF8', '--locale=C.UTF-8', '--no-sync'],
    ];
    const made = spawnSync(command, args, { ...credentials(runner.identity), cwd: '/', encoding: 'utf8' });
    if (made.status !== 0) throw new Error(`initdb failed: ${made.stderr}`);
  } else await ensureCluster(runner, clusterDir, false);
  const socketDir = join(dataDir, 'socket');
  mkdirSync(socketDir, { mode: 0o700 });
  giveTo(runner.identity, socketDir);

  let server: Server;
  const start = async () => {
    for (;;) {
      await stopLeftover(clusterDir, log);
      rmSync(join(socketDir, '.s.PGSQL.5432.lock'), { force: true });
      const serverLog = openServerLog(join(dataDir, 'postgres.log'));
      giveTo(runner.identity, serverLog.path);
      const settings = serverSettings({ socketDir, port: 5432, durable: true });
      try {
        server = await launchServer({ runner, clusterDir, settings, serverLog, log });
        return;
      } catch (error) {
        // What was killed a moment ago still holds its memory.
        if (!/shared memory block/.test((error as Error).message)) throw error;
        await new Promise((resolve) => setTimeout(resolve, 100));
      }
    }
  };
  await start();
  return {
    version: is15 ? '15' : '18',
    url: `postgresql://postgres@localhost/postgres?host=${encodeURIComponent(socketDir)}&port=5432`,
    async kill() {
      process.kill(server.pid, 'SIGKILL');
      await server.exited;
    },
    start,
    async close() {
      await server.shutDown();
      rmSync(dataDir, { recursive: true, force: true });
    },
  };
}
