import { mkdirSync, realpathSync } from 'node:fs';
import { dirname, join, resolve } from 'node:path';
import { ensureCluster, serverSettings } from './cluster.ts';
import { chooseRunner, giveTo, requireReachable } from './identity.ts';
import { keepRunning } from './keep-running.ts';
import { stopLeftover } from './leftover.ts';
import { lockDataDirectory } from './lock.ts';
import { findBinaries } from './platform.ts';
import { launchServer } from './server.ts';
import { openServerLog } from './server-log.ts';
import { clearSocketDirectory, makeSocketDirectory, removeSocketDirectory } from './socket-directory.ts';

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
  /** The process id of the server; another one after it was started again. */
  readonly pid: number;
  /** Settles, with the reason, when the server has ended by itself and cannot be started again. */
  readonly failed: Promise<Error>;
  /** Ends all connections, writes everything to disk, waits for the server's end, frees the directory. Idempotent. */
  stop(): Promise<void>;
}

/**
 * Starts PostgreSQL 18 from the npm binaries on a data directory, making the directory the first time, and waits
 * until it accepts connections (about 0.6 s the first time, 0.1 s later; longer after a crash, which it recovers from).
 * The server listens on a unix socket only, ends when this process ends in whatever way, and is not hit by Ctrl-C in
 * the terminal, so that requests in flight can finish. One that ends by itself is started again, where it was. Throws `DataDirectoryInUse` if another process has the
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
    if (lock.previous?.host !== undefined) removeSocketDirectory(lock.previous.host, lock.id);

    const runner = chooseRunner(findBinaries(), dataDir, clusterDir);
    requireReachable(runner.identity, dirname(dataDir));
    giveTo(runner.identity, dataDir);
    await ensureCluster(runner, clusterDir, durable);

    const socketDir = makeSocketDirectory(dataDir, lock.id, PORT);
    giveTo(runner.identity, socketDir);
    const settings = serverSettings({ socketDir, port: PORT, durable });
    const ending = new AbortController();
    const launch = () => {
      const serverLog = openServerLog(join(dataDir, 'postgres.log'));
      giveTo(runner.identity, serverLog.path);
      return launchServer({ runner, clusterDir, settings, serverLog, log, signal: ending.signal });
    };
    let server = await launch().catch((error: unknown) => {
      removeSocketDirectory(socketDir, lock.id);
      throw error;
    });
    lock.record({ pid: process.pid, host: socketDir, port: PORT });

    let fail: (reason: Error) => void;
    const failed = new Promise<Error>((resolve) => {
      fail = resolve;
    });
    const kept = keepRunning({
      server,
      isEnding: () => ending.signal.aborted,
      log,
      async again() {
        await stopLeftover(clusterDir, log);
        clearSocketDirectory(socketDir);
        server = await launch();
        return server;
      },
    }).catch((reason: Error) => fail(reason));

    let stopping: Promise<void> | undefined;
    const stop = async () => {
      ending.abort();
      await server.shutDown();
      await kept;
      await server.shutDown(); // the one that was being started meanwhile
      removeSocketDirectory(socketDir, lock.id);
      lock.release();
    };
    return {
      host: socketDir,
      port: PORT,
      user: 'postgres',
      database: 'postgres',
      get pid() {
        return server.pid;
      },
      failed,
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
