/** The exchange as its users run it: a process of its own on a free port, on a data directory of its own. */
import { type ChildProcess, spawn } from 'node:child_process';
import { once } from 'node:events';
import { mkdtempSync, rmSync } from 'node:fs';
import { type AddressInfo, createServer } from 'node:net';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { fileURLToPath } from 'node:url';

const root = fileURLToPath(new URL('../..', import.meta.url));

/** A port of localhost that was free a moment ago: the exchange must know its public address before it listens. */
export async function freePort(): Promise<number> {
  const probe = createServer().listen(0, 'localhost');
  await once(probe, 'listening');
  const { port } = probe.address() as AddressInfo;
  probe.close();
  await once(probe, 'close');
  return port;
}

/** An empty directory for an embedded database. A short path: sockets live below it. */
export function temporaryDataDir(): string {
  return mkdtempSync(join(tmpdir(), 'jhe-journey-'));
}

export type Run = Readonly<{
  child: ChildProcess;
  /** Everything printed so far. */
  stdout(): string;
  stderr(): string;
  /** The exit code, or the signal that ended it. */
  ended: Promise<number | string>;
}>;

/** Runs a program of the checkout, given by its path from the root, with nothing of the caller's own settings. */
export function runProgram(path: string, args: readonly string[], env: Record<string, string> = {}): Run {
  const { DATABASE_URL, JHE_DATA_DIR, JHE_SEED, PORT, SITE_URL, HOST, LOG_LEVEL, ...inherited } = process.env;
  const child = spawn(
    process.execPath,
    ['--disable-warning=ExperimentalWarning', join(root, path), ...args],
    { env: { ...inherited, ...env }, stdio: ['ignore', 'pipe', 'pipe'] },
  );
  let out = '';
  let err = '';
  child.stdout.setEncoding('utf8').on('data', (text: string) => {
    out += text;
  });
  child.stderr.setEncoding('utf8').on('data', (text: string) => {
    err += text;
  });
  const ended = new Promise<number | string>((resolve) => {
    child.once('close', (code, signal) => resolve(code ?? signal ?? 'unknown'));
  });
  return { child, stdout: () => out, stderr: () => err, ended };
}

export type ServerProcess = Run &
  Readonly<{
    site: string;
    port: number;
    dataDir: string;
    /** Asks it to stop (SIGINT) and waits; the data directory stays. */
    stop(): Promise<number | string>;
    /** Stops it and removes the data directory. */
    close(): Promise<void>;
  }>;

/** Starts the server and waits until it says where it is. Without `dataDir` it gets a new one. */
export async function startServer(
  options: { dataDir?: string; port?: number; env?: Record<string, string> } = {},
): Promise<ServerProcess> {
  const dataDir = options.dataDir ?? temporaryDataDir();
  const port = options.port ?? (await freePort());
  const run = runProgram('apps/exchange/src/main.ts', [], {
    JHE_DATA_DIR: dataDir,
    PORT: String(port),
    ...options.env,
  });
  const stop = () => {
    if (run.child.exitCode === null && run.child.signalCode === null) run.child.kill('SIGINT');
    return run.ended;
  };
  await new Promise<void>((resolve, reject) => {
    run.child.stdout!.on('data', () => {
      if (run.stdout().includes('JupyterHealth Exchange is at ')) resolve();
    });
    run.ended.then((code) => reject(new Error(`The server ended with ${code}: ${run.stderr()}`)));
  });
  run.ended.then((code) => {
    if (!run.child.killed)
      console.error(`The server on port ${port} ended by itself (${code}): ${run.stderr()}`);
  });
  return {
    ...run,
    site: `http://localhost:${port}`,
    port,
    dataDir,
    stop,
    async close() {
      await stop();
      rmSync(dataDir, { recursive: true, force: true });
    },
  };
}
