import { mkdirSync, mkdtempSync, rmSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { basename, dirname, join } from 'node:path';

// The address of a unix socket holds 104 bytes on macOS and 108 on Linux, its end mark included.
const MAX_SOCKET_PATH_BYTES = 100;
const TEMPORARY = 'jhe-pg-';

/**
 * Makes the directory (mode 0700) for the socket of a data directory: inside it, or, where that path would be too
 * long for a socket address, a short temporary one. To be called with the data directory locked and no server running.
 */
export function makeSocketDirectory(dataDir: string, port: number): string {
  const inside = join(dataDir, 'socket');
  if (fits(inside, port)) {
    // A server that crashed leaves `.s.PGSQL.<port>.lock` with a process id that may be another program's by now.
    rmSync(inside, { recursive: true, force: true });
    mkdirSync(inside, { mode: 0o700 });
    return inside;
  }
  const base = fits(join(tmpdir(), `${TEMPORARY}XXXXXX`), port) ? tmpdir() : '/tmp';
  return mkdtempSync(join(base, TEMPORARY));
}

/** Removes a temporary socket directory, also one that a killed process left behind; leaves any other path alone. */
export function removeSocketDirectory(path: string): void {
  const inTemp = dirname(path) === tmpdir() || dirname(path) === '/tmp';
  if (inTemp && basename(path).startsWith(TEMPORARY)) rmSync(path, { recursive: true, force: true });
}

function fits(directory: string, port: number): boolean {
  return Buffer.byteLength(join(directory, `.s.PGSQL.${port}`)) <= MAX_SOCKET_PATH_BYTES;
}
