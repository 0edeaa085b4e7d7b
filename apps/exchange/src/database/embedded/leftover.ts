import { execFileSync } from 'node:child_process';
import { readFileSync, rmSync } from 'node:fs';
import { join } from 'node:path';
import { setTimeout as sleep } from 'node:timers/promises';

/** What `postmaster.pid` says: the process id on its first line, and whether its eighth line reads "ready". */
export interface Postmaster {
  readonly pid: number;
  readonly ready: boolean;
}

/** Reads `postmaster.pid` of a cluster; undefined when there is none or it is not complete yet. */
export function readPostmaster(clusterDir: string): Postmaster | undefined {
  try {
    const lines = readFileSync(join(clusterDir, 'postmaster.pid'), 'utf8').split('\n');
    const pid = Number(lines[0]);
    return pid > 0 ? { pid, ready: lines[7]?.trim() === 'ready' } : undefined;
  } catch {
    return undefined;
  }
}

/**
 * Clears the way for a start: stops a server that outlived its supervisor (killed with -9 a moment ago), and removes
 * a `postmaster.pid` whose process id now belongs to another program, which PostgreSQL would take for a live server
 * (common after a container restart, where ids repeat). To be called while holding the lock of the data directory.
 */
export async function stopLeftover(clusterDir: string, log: (line: string) => void): Promise<void> {
  const found = readPostmaster(clusterDir);
  if (found === undefined) return;
  if (!isPostmasterOf(found.pid, clusterDir)) {
    rmSync(join(clusterDir, 'postmaster.pid'), { force: true });
    return;
  }
  log(`Stopping PostgreSQL ${found.pid}, left over from a process that was killed.`);
  // SIGINT is PostgreSQL's fast shutdown, SIGQUIT its immediate one (followed by recovery at the next start).
  for (const [signal, patienceMs] of [
    ['SIGINT', 15_000],
    ['SIGQUIT', 5_000],
    ['SIGKILL', 5_000],
  ] as const) {
    signalProcess(found.pid, signal);
    const deadline = Date.now() + patienceMs;
    while (Date.now() < deadline) {
      if (!isPostmasterOf(found.pid, clusterDir)) return;
      await sleep(20);
    }
  }
  throw new Error(`PostgreSQL ${found.pid} in ${clusterDir} does not stop; end it by hand.`);
}

/** Sends a signal, and does not mind if the process is gone. */
export function signalProcess(pid: number, signal: NodeJS.Signals): void {
  try {
    process.kill(pid, signal);
  } catch (error) {
    if (!(error instanceof Error && 'code' in error && error.code === 'ESRCH')) throw error;
  }
}

/** Whether a live process (not a zombie, not a reused id) is the PostgreSQL server of this cluster directory. */
export function isPostmasterOf(pid: number, clusterDir: string): boolean {
  if (process.platform === 'linux') {
    // We start it as `postgres -D <cluster>`; a zombie has no arguments any more.
    const args = attempt(() => readFileSync(`/proc/${pid}/cmdline`, 'utf8'))?.split('\0') ?? [];
    return args[1] === '-D' && args[2] === clusterDir;
  }
  const command = attempt(() => execFileSync('ps', ['-o', 'args=', '-p', String(pid)], { encoding: 'utf8' }));
  return command?.includes(`-D ${clusterDir}`) === true;
}

function attempt<T>(read: () => T): T | undefined {
  try {
    return read();
  } catch {
    return undefined;
  }
}
