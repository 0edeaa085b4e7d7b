import { spawnSync } from 'node:child_process';
import {
  chmodSync,
  cpSync,
  lchownSync,
  lstatSync,
  mkdtempSync,
  readdirSync,
  readFileSync,
  renameSync,
  rmSync,
  statSync,
} from 'node:fs';
import { tmpdir } from 'node:os';
import { basename, dirname, join } from 'node:path';
import { binariesIn, type PostgresBinaries } from './platform.ts';

/**
 * As whom PostgreSQL runs. It refuses to run as root, so root either enters a user namespace of its own (`prefix`
 * goes before the command) or becomes another user (`uid`, `gid`). Anybody else runs it as himself.
 */
export interface Identity {
  readonly prefix: readonly string[];
  readonly uid?: number;
  readonly gid?: number;
}

/** An identity together with PostgreSQL programs that it can read. */
export interface Runner {
  readonly identity: Identity;
  readonly binaries: PostgresBinaries;
}

/**
 * Chooses the identity for a data directory and the cluster directory in it (which need not exist yet). For root: the
 * owner of what is there if that is not root; else a user namespace, in which files stay root's; else the user
 * `postgres` or `nobody`. Throws one sentence that names DATABASE_URL when none of these works.
 */
export function chooseRunner(binaries: PostgresBinaries, dataDir: string, clusterDir: string): Runner {
  if (process.getuid?.() !== 0) return { identity: { prefix: [] }, binaries };

  const owner = statSync(clusterDir, { throwIfNoEntry: false }) ?? statSync(dataDir);
  if (owner.uid !== 0) {
    return asUser(binaries, { prefix: [], uid: owner.uid, gid: owner.gid });
  }
  const namespace: Identity = { prefix: ['unshare', '-U'] };
  if (canRun(binaries, namespace)) return { identity: namespace, binaries };

  const user = findUser(['postgres', 'nobody']);
  if (user === undefined) {
    throw new Error(
      'PostgreSQL cannot run as root here (no user namespaces, and neither a user "postgres" nor "nobody"): ' +
        'start as another user, or set DATABASE_URL to a PostgreSQL 15 or newer.',
    );
  }
  return asUser(binaries, user);
}

/** Gives a file or a whole directory to the identity; does nothing unless it is another user than ours. */
export function giveTo(identity: Identity, path: string): void {
  const { uid, gid } = identity;
  if (uid === undefined || gid === undefined) return;
  const stat = lstatSync(path, { throwIfNoEntry: false });
  if (stat === undefined) return;
  if (stat.isDirectory()) for (const name of readdirSync(path)) giveTo(identity, join(path, name));
  if (stat.uid !== uid || stat.gid !== gid) lchownSync(path, uid, gid);
}

/** Throws one sentence if the identity cannot enter the directory (a parent directory may be closed to it). */
export function requireReachable(identity: Identity, directory: string): void {
  if (identity.uid === undefined) return;
  const child = spawnSync('/bin/sh', ['-c', 'cd "$1"', 'sh', directory], {
    ...credentials(identity),
    stdio: 'ignore',
  });
  if (child.status === 0) return;
  throw new Error(
    `PostgreSQL has to run as user id ${identity.uid} because it refuses root, and that user cannot enter ` +
      `${directory}: choose a data directory that it can reach, start as another user, or set DATABASE_URL.`,
  );
}

/** The spawn options that make a child process this user. */
export function credentials(identity: Identity): { uid?: number; gid?: number } {
  return identity.uid === undefined || identity.gid === undefined
    ? {}
    : { uid: identity.uid, gid: identity.gid };
}

function asUser(binaries: PostgresBinaries, identity: Identity): Runner {
  if (canRun(binaries, identity)) return { identity, binaries };
  const copy = readableCopy(binaries);
  if (canRun(copy, identity)) return { identity, binaries: copy };
  throw new Error(
    `PostgreSQL refuses to run as root and cannot be run as user id ${identity.uid} either: ` +
      'start as another user, or set DATABASE_URL to a PostgreSQL 15 or newer.',
  );
}

function canRun(binaries: PostgresBinaries, identity: Identity): boolean {
  const [command = '', ...args] = [...identity.prefix, binaries.postgres, '--version'];
  return spawnSync(command, args, { ...credentials(identity), cwd: '/', stdio: 'ignore' }).status === 0;
}

/** The programs copied to where every user can read them: the checkout may lie below root's own directory. */
function readableCopy(binaries: PostgresBinaries): PostgresBinaries {
  const version = statSync(binaries.postgres);
  const wanted = join(tmpdir(), `jhe-postgres-${version.size}-${Math.trunc(version.mtimeMs)}`);
  if (isOurs(wanted)) return binariesIn(join(wanted, basename(binaries.root)));
  const fresh = mkdtempSync(join(tmpdir(), 'jhe-postgres-'));
  cpSync(binaries.root, join(fresh, basename(binaries.root)), { recursive: true, verbatimSymlinks: true });
  chmodSync(fresh, 0o755);
  try {
    renameSync(fresh, wanted);
    return binariesIn(join(wanted, basename(binaries.root)));
  } catch {
    // Somebody else was faster, or sits on the name: his copy if it is root's, otherwise our own under its odd name.
    if (!isOurs(wanted)) return binariesIn(join(fresh, basename(binaries.root)));
    rmSync(fresh, { recursive: true, force: true });
    return binariesIn(join(wanted, basename(binaries.root)));
  }
}

/** Whether a directory is root's and nobody else can put programs into it. */
function isOurs(directory: string): boolean {
  const stat = lstatSync(directory, { throwIfNoEntry: false });
  return (
    stat?.isDirectory() === true && stat.uid === 0 && (stat.mode & 0o022) === 0 && dirname(directory) !== '/'
  );
}

function findUser(names: readonly string[]): Identity | undefined {
  const lines = readFileSync('/etc/passwd', 'utf8').split('\n');
  for (const name of names) {
    const fields = lines.find((line) => line.startsWith(`${name}:`))?.split(':');
    const uid = Number(fields?.[2]);
    const gid = Number(fields?.[3]);
    if (uid > 0 && gid > 0) return { prefix: [], uid, gid };
  }
  return undefined;
}
