import { mkdirSync, realpathSync } from 'node:fs';
import { dirname, join, resolve } from 'node:path';
import { ensureCluster, serverSettings } from './cluster.ts';
import { chooseRunner, giveTo, requireReachable } from './identity.ts';
import { stopLeftover } from './leftover.ts';
import { lockDataDirectory } from './lock.ts';
import { findBinaries } from './platform.ts';
import { launchServer } from './server.ts';
import { openServerLog } from './server-log.ts';
import { makeSocketDirectory, removeSocketDirectory } from './socket-directory.ts';

// Part of the socket's name only: every data directory has a socket directory of its own.
const PORT = 5432;

/** What `startEmbeddedPostgres` needs. */
export interface EmbeddedPostgresOptions {
  /** Made (mode 0700) when missing. Holds `postgres/` (the cluster), `postgres.log`, `lock` and usually `socket/`. */
  readonly dataDir: string;
  /** false trades the data's survival of a crash for speed: for tests. */
  readonly durable: boolean;
  /** Told, in sentences, what takes long or went wrong. */
  readonly log?: (line: string) => void;
}

/** A running server: connect to the socket directory `host` as superuser `postgres` without a password. */
export interface EmbeddedPostgres {
  readonly host: string;
  readonly port: number;
  readonly user: 'postgres';
  readonly database: 'postgres';
  /** The process id of the server. */
  readonly pid: number;
  /** Settles when the server has ended, by `stop()` or by itself. */
  readonly exited: Promise<void>;
  /** Ends all connections, writes everything to disk, waits for the server's end, frees the directory. Idempotent. */
  stop(): Promise<void>;
}

/**
 * Starts PostgreSQL 18 from the npm binaries on a data directory, making the directory the first time, and waits
 * until it accepts connections (about 0.6 s the first time, 0.1 s later; longer after a crash, which it recovers from).
 * The server listens on a unix socket only, ends when this process ends in whatever way, and is not hit by Ctrl-C in
 * the terminal, so that requests in flight can finish. Throws `DataDirectoryInUse` if another process has the
 * directory open, and otherwise an error with the last lines of `postgres.log`.
 */
export async function startEmbeddedPostgres(options: EmbeddedPostgresOptions): Promise<EmbeddedPostgres> {
  const { durable, log = () => {} } = options;
  if (process.platform === 'win32') {
    throw new Error(
      'The embedded database is not supported on Windows; set DATABASE_URL to a PostgreSQL 15 or newer.',
    );
  }
  mkdirSync(resolve(options.dataDir), { recursive: true, mode: 0o700 });
  const dataDir = realpathSync(options.dataDir);
  const clusterDir = join(dataDir, 'postgres');
  const lock = await lockDataDirectory(dataDir);
  try {
    lock.record({ pid: process.pid });
    await stopLeftover(clusterDir, log);
    if (lock.previous?.host !== undefined) removeSocketDirectory(lock.previous.host);

    const runner = chooseRunner(findBinaries(), dataDir, clusterDir);
    requireReachable(runner.identity, dirname(dataDir));
    giveTo(runner.identity, dataDir);
    await ensureCluster(runner, clusterDir, durable);

    const socketDir = makeSocketDirectory(dataDir, PORT);
    giveTo(runner.identity, socketDir);
    const serverLog = openServerLog(join(dataDir, 'postgres.log'));
    giveTo(runner.identity, serverLog.path);
    const settings = serverSettings({ socketDir, port: PORT, durable });
    const server = await launchServer({ runner, clusterDir, settings, serverLog, log }).catch(
      (error: unknown) => {
        removeSocketDirectory(socketDir);
        throw error;
      },
    );
    lock.record({ pid: process.pid, host: socketDir, port: PORT });

    let stopping: Promise<void> | undefined;
    const stop = async () => {
      await server.shutDown();
      removeSocketDirectory(socketDir);
      lock.release();
    };
    return {
      host: socketDir,
      port: PORT,
      user: 'postgres',
      database: 'postgres',
      pid: server.pid,
      exited: server.exited,
      stop: () => {
        stopping ??= stop();
        return stopping;
      },
    };
  } catch (error) {
    lock.release();
    throw error;
  }
}
