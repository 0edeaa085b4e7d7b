import { type ChildProcess, spawn } from 'node:child_process';
import type { Readable, Writable } from 'node:stream';
import { setTimeout as sleep } from 'node:timers/promises';
import { postgresEnvironment } from './cluster.ts';
import { credentials, type Runner } from './identity.ts';
import { readPostmaster, signalProcess } from './leftover.ts';
import type { ServerLog } from './server-log.ts';

// Recovery after a crash replays about max_wal_size of log; a start that takes longer than this is stuck.
const START_TIMEOUT_MS = 10 * 60_000;

// PostgreSQL's fast, then immediate shutdown, then the hard end; a fast shutdown writes out all shared buffers.
const SHUTDOWN_STEPS = [
  ['SIGINT', 30_000],
  ['SIGQUIT', 5_000],
  ['SIGKILL', 5_000],
] as const;

/** The server process of one cluster. */
export interface Server {
  readonly pid: number;
  /** Settles when the process has ended. */
  readonly exited: Promise<void>;
  /** Ends it, escalating from fast to immediate to hard; returns once it has ended. */
  shutDown(): Promise<void>;
}

/**
 * Starts the server process and waits until it accepts connections. `settings` are `name=value` pairs.
 * Throws with the last lines of the server's log when it ends before that.
 */
export async function launchServer(options: {
  runner: Runner;
  clusterDir: string;
  settings: readonly string[];
  serverLog: ServerLog;
  log: (line: string) => void;
  /** Gives up starting. */
  signal?: AbortSignal;
}): Promise<Server> {
  const { runner, clusterDir, settings, serverLog, log, signal } = options;
  const [command = '', ...args] = [
    ...runner.identity.prefix,
    runner.binaries.postgres,
    '-D',
    clusterDir,
    ...settings.flatMap((setting) => ['-c', setting]),
  ];
  const child = spawn(command, args, {
    ...credentials(runner.identity),
    cwd: '/',
    env: postgresEnvironment(),
    stdio: ['ignore', serverLog.fd, serverLog.fd],
    // A process group of its own: Ctrl-C in the terminal must not end the database under requests in flight.
    detached: true,
  });
  let ended = false;
  let problem = '';
  const exited = new Promise<void>((resolve) => {
    child.once('error', (error) => {
      problem = `${error.message}\n`;
      ended = true;
      resolve();
    });
    child.once('exit', () => {
      ended = true;
      resolve();
    });
  });
  const watchdog = child.pid === undefined ? undefined : watchOver(child.pid);
  void exited.then(() => watchdog?.kill('SIGKILL'));
  serverLog.close();

  const pid = child.pid ?? 0;
  const began = Date.now();
  let patienceMs = 5_000;
  while (!ended) {
    const postmaster = readPostmaster(clusterDir);
    if (postmaster?.pid === pid && postmaster.ready) break;
    if (Date.now() - began > patienceMs) {
      log(
        `PostgreSQL is still starting after ${Math.round(patienceMs / 1000)} s (recovery after a crash takes time).`,
      );
      patienceMs *= 2;
    }
    if (signal?.aborted) child.kill('SIGINT');
    if (Date.now() - began > START_TIMEOUT_MS) child.kill('SIGQUIT');
    await sleep(10);
  }
  if (ended) {
    throw new Error(
      `PostgreSQL did not start; the end of ${serverLog.path}:\n${problem}${serverLog.tail(20)}`,
    );
  }
  // Neither process keeps ours alive: a script that forgets stop() ends, and the watchdog stops the server.
  child.unref();

  return {
    pid,
    exited,
    shutDown: async () => {
      child.ref();
      for (const [signal, patience] of SHUTDOWN_STEPS) {
        if (ended) return;
        signalProcess(pid, signal);
        if (await endsWithin(exited, patience)) return;
        log(`PostgreSQL did not end within ${patience / 1000} s of ${signal}.`);
      }
      throw new Error(`PostgreSQL (process ${pid}) cannot be stopped.`);
    },
  };
}

/**
 * A shell that waits for the end of a pipe only we hold open: when we die, even by kill -9, it asks the server to
 * shut down. It sits in its own process group, so that what kills us together with our group leaves it alive.
 */
function watchOver(pid: number): ChildProcess {
  const watchdog = spawn('/bin/sh', ['-c', 'read -r _; kill -INT "$1"', 'watchdog', String(pid)], {
    stdio: ['pipe', 'ignore', 'ignore'],
    cwd: '/',
    detached: true,
  });
  watchdog.on('error', () => {}); // without a shell there is no watchdog; the next start clears up instead
  watchdog.stdin.on('error', () => {});
  watchdog.unref();
  unref(watchdog.stdin);
  return watchdog;
}

/** Lets the process end although this pipe is open. */
function unref(stream: Readable | Writable): void {
  if ('unref' in stream && typeof stream.unref === 'function') stream.unref();
}

async function endsWithin(exited: Promise<void>, patienceMs: number): Promise<boolean> {
  const timer = new AbortController();
  const ended = exited.then(() => true);
  const late = sleep(patienceMs, false, { signal: timer.signal }).catch(() => false);
  const result = await Promise.race([ended, late]);
  timer.abort();
  return result;
}
