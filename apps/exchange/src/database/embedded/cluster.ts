import { spawn } from 'node:child_process';
import {
  chmodSync,
  closeSync,
  fsyncSync,
  mkdtempSync,
  openSync,
  readdirSync,
  readFileSync,
  renameSync,
  rmSync,
  statSync,
} from 'node:fs';
import { dirname, join } from 'node:path';
import { credentials, giveTo, type Runner } from './identity.ts';

/** The PostgreSQL major version whose data directories we make and open. */
const MAJOR_VERSION = '18';

// A kill in the middle of initdb leaves a directory of this name, never a half-made cluster.
const UNFINISHED = 'postgres.unfinished-';

/**
 * Makes the cluster directory unless it exists: UTF-8, the built-in C.UTF-8 locale (the bundled ICU is old), one
 * superuser `postgres`, trusted on the socket, which lies in a directory that only its owner may enter.
 * Refuses a cluster of another major version. `durable: false` skips flushing to disk.
 */
export async function ensureCluster(runner: Runner, clusterDir: string, durable: boolean): Promise<void> {
  const parent = dirname(clusterDir);
  for (const name of readdirSync(parent)) {
    if (name.startsWith(UNFINISHED)) rmSync(join(parent, name), { recursive: true, force: true });
  }
  if (statSync(clusterDir, { throwIfNoEntry: false }) !== undefined) {
    requireVersion(clusterDir);
    return;
  }
  const unfinished = mkdtempSync(join(parent, UNFINISHED));
  giveTo(runner.identity, unfinished);
  // macOS has no locale C.UTF-8 in its C library; the one that sorts is built into PostgreSQL either way.
  const libcLocale = process.platform === 'linux' ? 'C.UTF-8' : 'C';
  await runInitdb(runner, [
    '-D',
    unfinished,
    '--username=postgres',
    '--auth=trust',
    '--encoding=UTF8',
    '--locale-provider=builtin',
    `--locale=${libcLocale}`,
    '--builtin-locale=C.UTF-8',
    '--no-instructions',
    ...(durable ? [] : ['--no-sync']),
  ]);
  chmodSync(unfinished, 0o700);
  renameSync(unfinished, clusterDir);
  if (durable) syncDirectory(parent);
}

/** The environment PostgreSQL runs in: none of ours, so that a stray PGPORT or LC_ALL changes nothing. */
export function postgresEnvironment(): NodeJS.ProcessEnv {
  return { PATH: process.env.PATH, LC_ALL: 'C', TZ: 'UTC' };
}

/** Settings given on the server's command line: `name=value`. Only the socket is listened on; nothing is on TCP. */
export function serverSettings(options: { socketDir: string; port: number; durable: boolean }): string[] {
  return [
    'listen_addresses=',
    `port=${options.port}`,
    `unix_socket_directories=${options.socketDir}`,
    'unix_socket_permissions=0700',
    'max_connections=200',
    'timezone=UTC',
    'log_timezone=UTC',
    // Statements and error details carry health data: they stay out of the log.
    'log_statement=none',
    'log_min_error_statement=panic',
    'log_error_verbosity=terse',
    ...(options.durable
      ? ['fsync=on', 'shared_buffers=256MB', 'max_wal_size=2GB']
      : [
          'fsync=off',
          'synchronous_commit=off',
          'full_page_writes=off',
          'shared_buffers=64MB',
          'max_wal_size=1GB',
        ]),
  ];
}

function requireVersion(clusterDir: string): void {
  const version = readFileSync(join(clusterDir, 'PG_VERSION'), 'utf8').trim();
  if (version !== MAJOR_VERSION) {
    throw new Error(
      `${clusterDir} was made by PostgreSQL ${version}, this is PostgreSQL ${MAJOR_VERSION}: ` +
        'export the data with the version that made it and import it into a new data directory.',
    );
  }
}

function runInitdb(runner: Runner, args: readonly string[]): Promise<void> {
  const [command = '', ...prefixed] = [...runner.identity.prefix, runner.binaries.initdb, ...args];
  return new Promise((resolve, reject) => {
    const child = spawn(command, prefixed, {
      ...credentials(runner.identity),
      cwd: '/',
      env: postgresEnvironment(),
      stdio: ['ignore', 'pipe', 'pipe'],
    });
    let output = '';
    child.stdout.on('data', (chunk: Buffer) => {
      output += chunk.toString();
    });
    child.stderr.on('data', (chunk: Buffer) => {
      output += chunk.toString();
    });
    child.on('error', reject);
    child.on('close', (code, signal) => {
      if (code === 0) resolve();
      else reject(new Error(`initdb failed (${signal ?? `exit code ${code}`}):\n${output.trim()}`));
    });
  });
}

/** Makes a rename in this directory survive a power cut. */
function syncDirectory(directory: string): void {
  const fd = openSync(directory, 'r');
  fsyncSync(fd);
  closeSync(fd);
}
