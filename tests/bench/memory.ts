/** What memory a process takes while it is watched: resident, as the system counts it. */
import { execFileSync } from 'node:child_process';
import { existsSync, readFileSync } from 'node:fs';

const EVERY_MS = 100;

/** Megabytes. Without /proc the system's own `ps` is asked. */
function residentMb(pid: number): number {
  const file = `/proc/${pid}/status`;
  const kib = existsSync(file)
    ? /VmRSS:\s+(\d+)/.exec(readFileSync(file, 'utf8'))?.[1]
    : execFileSync('ps', ['-o', 'rss=', '-p', String(pid)], { encoding: 'utf8' });
  return Math.round((Number(kib) * 1024) / 1e6);
}

export type Memory = Readonly<{ before: number; most: number; after: number }>;

/** Watches until it is stopped. */
export function watchMemory(pid: number): { stop(): Memory } {
  const before = residentMb(pid);
  let most = before;
  const timer = setInterval(() => {
    most = Math.max(most, residentMb(pid));
  }, EVERY_MS);
  return {
    stop() {
      clearInterval(timer);
      const after = residentMb(pid);
      return { before, most: Math.max(most, after), after };
    },
  };
}
