import { spawnSync } from 'node:child_process';
import { closeSync, constants, fstatSync, ftruncateSync, openSync, readFileSync, writeSync } from 'node:fs';
import { join } from 'node:path';
import { setTimeout as sleep } from 'node:timers/promises';

/** Who holds a data directory: the process id, and once PostgreSQL is up, where its socket is. */
export interface Holder {
  readonly pid: number;
  readonly host?: string;
  readonly port?: number;
}

/** The lock on one data directory, held by the operating system until `release()` or the death of the process. */
export interface DataDirectoryLock {
  /** Tells this directory from every copy of it. */
  readonly id: string;
  /** What the last holder left in the lock file, if anything could be read. */
  readonly previous: Holder | undefined;
  /** Publishes who holds the directory, for the message that others see and for `holderOf`. */
  record(holder: Holder): void;
  release(): void;
}

/** The refusal a second opener gets: one sentence with the directory and the holder's process id. */
export class DataDirectoryInUse extends Error {
  override readonly name = 'DataDirectoryInUse';
  readonly holder: Holder | undefined;

  constructor(dataDir: string, holder: Holder | undefined) {
    super(`The data directory ${dataDir} is in use by process ${holder?.pid ?? '(unknown)'}.`);
    this.holder = holder;
  }
}

// A process that is just shutting down gets this long to let go; a second opener is refused after it.
const PATIENCE_MS = 1_000;

// open(2) on macOS and the BSDs takes the lock itself; Node has no names for these flags.
const O_EXLOCK = 0x20;
const O_NONBLOCK = 0x04;

/**
 * Takes the exclusive lock of a data directory, or throws `DataDirectoryInUse` after about a second.
 * It is an flock(2) on the file `lock` inside, so it follows the file and not the spelling of the path, cannot go
 * stale, and has no race: the kernel drops it with the last descriptor, also after kill -9.
 */
export async function lockDataDirectory(dataDir: string): Promise<DataDirectoryLock> {
  const path = lockFile(dataDir);
  const deadline = Date.now() + PATIENCE_MS;
  let fd = tryLock(path);
  while (fd === undefined) {
    if (Date.now() >= deadline) throw new DataDirectoryInUse(dataDir, readHolder(path));
    await sleep(50);
    fd = tryLock(path);
  }
  const held = fd;
  const { dev, ino } = fstatSync(held);
  let open = true;
  return {
    id: `${dev}:${ino}`,
    previous: readHolder(path),
    record: (holder) => {
      ftruncateSync(held, 0);
      writeSync(held, JSON.stringify(holder), 0);
    },
    release: () => {
      if (open) closeSync(held);
      open = false;
    },
  };
}

/** The live process that holds a data directory, or undefined when nobody does. Does not wait. */
export function holderOf(dataDir: string): Holder | undefined {
  const path = lockFile(dataDir);
  let fd: number | undefined;
  try {
    fd = tryLock(path);
  } catch (error) {
    if (isErrno(error, 'ENOENT')) return undefined;
    throw error;
  }
  if (fd === undefined) return readHolder(path);
  closeSync(fd);
  return undefined;
}

/** The lock file of a data directory. It is never removed: removing it would let two holders lock two files. */
export function lockFile(dataDir: string): string {
  return join(dataDir, 'lock');
}

/** A descriptor that carries the lock, or undefined when somebody else has it. */
function tryLock(path: string): number | undefined {
  const flags = constants.O_RDWR | constants.O_CREAT;
  if (process.platform !== 'linux') {
    try {
      return openSync(path, flags | O_EXLOCK | O_NONBLOCK, 0o600);
    } catch (error) {
      if (isErrno(error, 'EAGAIN')) return undefined;
      throw error;
    }
  }
  const fd = openSync(path, flags, 0o600);
  // flock(1) locks the open file it inherits as descriptor 3, which is ours too, and exits: the lock stays with us.
  const child = spawnSync('flock', ['-n', '-x', '3'], { stdio: ['ignore', 'ignore', 'pipe', fd] });
  if (child.status === 0) return fd;
  closeSync(fd);
  if (child.status === 1) return undefined;
  const reason = child.error?.message ?? child.stderr.toString().trim();
  throw new Error(
    `Cannot lock ${path} with the program flock (Linux package util-linux): ${reason}; ` +
      'install it, or set DATABASE_URL to a PostgreSQL 15 or newer.',
  );
}

function readHolder(path: string): Holder | undefined {
  try {
    const value: unknown = JSON.parse(readFileSync(path, 'utf8'));
    if (typeof value !== 'object' || value === null || !('pid' in value)) return undefined;
    return typeof value.pid === 'number' ? (value as Holder) : undefined;
  } catch {
    return undefined; // being written this moment, or never written
  }
}

function isErrno(error: unknown, code: string): boolean {
  return error instanceof Error && 'code' in error && error.code === code;
}
