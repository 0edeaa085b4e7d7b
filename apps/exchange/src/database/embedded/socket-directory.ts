import { mkdirSync, mkdtempSync, readdirSync, readFileSync, rmSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { basename, dirname, join } from 'node:path';

// The address of a unix socket holds 104 bytes on macOS and 108 on Linux, its end mark included.
const MAX_SOCKET_PATH_BYTES = 100;
const TEMPORARY = 'jhe-pg-';
/** In a temporary directory: of which data directory it is. */
const MARK = 'of';

/**
 * Makes the directory (mode 0700) for the socket of a data directory: inside it, or, where that path would be too
 * long for a socket address, a short temporary one that bears `id`, the data directory's own. To be called with the data
 * directory locked and no server running.
 */
export function makeSocketDirectory(dataDir: string, id: string, port: number): string {
  const inside = join(dataDir, 'socket');
  if (fits(inside, port)) {
    rmSync(inside, { recursive: true, force: true });
    mkdirSync(inside, { mode: 0o700 });
    return inside;
  }
  const base = fits(join(tmpdir(), `${TEMPORARY}XXXXXX`), port) ? tmpdir() : '/tmp';
  const made = mkdtempSync(join(base, TEMPORARY));
  writeFileSync(join(made, MARK), id, { mode: 0o600 });
  return made;
}

/**
 * Removes a temporary socket directory of the data directory `id`, also one that a killed process left behind; leaves any
 * other path alone. A copy of a data directory names the socket directory of the original, which is still in use there.
 */
export function removeSocketDirectory(path: string, id: string): void {
  const inTemp = dirname(path) === tmpdir() || dirname(path) === '/tmp';
  if (!(inTemp && basename(path).startsWith(TEMPORARY))) return;
  try {
    if (readFileSync(join(path, MARK), 'utf8') !== id) return;
  } catch {
    return; // gone, or nobody knows whose
  }
  rmSync(path, { recursive: true, force: true });
}

/**
 * Empties a socket directory for the next server. One that crashed leaves its socket and `.s.PGSQL.<port>.lock`, with a
 * process id that may be another program's by now.
 */
export function clearSocketDirectory(path: string): void {
  for (const name of readdirSync(path))
    if (name.startsWith('.s.PGSQL.')) rmSync(join(path, name), { force: true });
}

function fits(directory: string, port: number): boolean {
  return Buffer.byteLength(join(directory, `.s.PGSQL.${port}`)) <= MAX_SOCKET_PATH_BYTES;
}
