import { type ChildProcess, execFileSync, spawn } from 'node:child_process';
import { once } from 'node:events';
import { existsSync, mkdirSync, mkdtempSync, readFileSync, rmSync, statSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import pg from 'pg';
import { afterAll, describe, expect, it } from 'vitest';
import { isPostmasterOf } from './leftover.ts';
import { DataDirectoryInUse, holderOf, lockFile } from './lock.ts';
import { type EmbeddedPostgres, startEmbeddedPostgres } from './supervisor.ts';

const temporary = mkdtempSync(join(tmpdir(), 'jhe-embedded-'));
const children = new Set<ChildProcess>();
afterAll(async () => {
  for (const child of children) {
    child.kill('SIGTERM');
    if (child.exitCode === null && child.signalCode === null) await once(child, 'exit');
  }
  rmSync(temporary, { recursive: true, force: true });
});

/** Runs statements on one connection and returns the first column of the last one's rows. */
async function query(at: { host: string; port: number }, ...statements: string[]): Promise<unknown[]> {
  const client = new pg.Client({ host: at.host, port: at.port, user: 'postgres', database: 'postgres' });
  client.on('error', () => {}); // tests kill servers under open connections
  await client.connect();
  try {
    let values: unknown[] = [];
    for (const text of statements) {
      const result = await client.query<unknown[]>({ text, rowMode: 'array' });
      values = result.rows.map((row) => row[0]);
    }
    return values;
  } finally {
    await client.end();
  }
}

/** Starts the server in a process of its own; resolves with where it listens once it is up. */
async function startElsewhere(dataDir: string, env: NodeJS.ProcessEnv = process.env) {
  const script = `
    const { startEmbeddedPostgres } = await import(${JSON.stringify(new URL('./supervisor.ts', import.meta.url).href)});
    const server = await startEmbeddedPostgres({ dataDir: ${JSON.stringify(dataDir)}, durable: true });
    console.log(JSON.stringify({ host: server.host, port: server.port, serverPid: server.pid }));
    process.on('SIGTERM', () => server.stop().then(() => process.exit(0)));
    process.stdin.resume().once('end', () => process.exit());`; // ends with us, whatever happens to us
  const child = spawn(process.execPath, ['--input-type=module', '-e', script], {
    stdio: ['pipe', 'pipe', 'inherit'],
    env,
  });
  children.add(child);
  const [line] = (await once(child.stdout, 'data')) as [Buffer];
  const where = JSON.parse(line.toString()) as { host: string; port: number; serverPid: number };
  return { child, ...where };
}

async function kill(child: ChildProcess): Promise<void> {
  child.kill('SIGKILL');
  await once(child, 'exit');
}

async function eventually(condition: () => boolean, withinMs: number): Promise<boolean> {
  const deadline = Date.now() + withinMs;
  while (!condition() && Date.now() < deadline) await new Promise((resolve) => setTimeout(resolve, 20));
  return condition();
}

describe('startEmbeddedPostgres', { timeout: 120_000 }, () => {
  it('makes a cluster on first start and keeps the data over a warm start', async () => {
    const dataDir = join(temporary, 'warm');
    const first = await startEmbeddedPostgres({ dataDir, durable: true });
    await query(first, 'create table kept (value text)', "insert into kept values ('gänseblümchen')");
    expect(await query(first, 'show fsync')).toEqual(['on']);
    expect(await query(first, 'show listen_addresses')).toEqual(['']);
    expect(
      await query(
        first,
        "select datlocprovider::text || ' ' || datlocale from pg_database where datname = 'postgres'",
      ),
    ).toEqual(['b C.UTF-8']);
    expect(statSync(dataDir).mode & 0o777).toBe(0o700);
    expect(statSync(first.host).mode & 0o777).toBe(0o700);
    await Promise.all([first.stop(), first.stop()]);
    expect(existsSync(join(dataDir, 'postgres', 'postmaster.pid'))).toBe(false);

    const second = await startEmbeddedPostgres({ dataDir, durable: false });
    expect(await query(second, 'select value from kept')).toEqual(['gänseblümchen']);
    expect(await query(second, 'show fsync')).toEqual(['off']);
    await second.stop();
  });

  it('refuses a second opener in this or another process, naming directory and holder, within 2 s', async () => {
    const dataDir = join(temporary, 'two');
    const { child } = await startElsewhere(dataDir);
    const began = Date.now();
    const refused = startEmbeddedPostgres({ dataDir: `${dataDir}/../two`, durable: true });
    await expect(refused).rejects.toThrow(DataDirectoryInUse);
    await expect(refused).rejects.toThrow(`The data directory ${dataDir} is in use by process ${child.pid}.`);
    expect(Date.now() - began).toBeLessThan(2_000);
    expect(holderOf(dataDir)).toMatchObject({ pid: child.pid, host: join(dataDir, 'socket'), port: 5432 });

    child.kill('SIGTERM');
    await once(child, 'exit');
    expect(holderOf(dataDir)).toBeUndefined();
    const here = await startEmbeddedPostgres({ dataDir, durable: true });
    await expect(startEmbeddedPostgres({ dataDir, durable: true })).rejects.toThrow(`process ${process.pid}`);
    await here.stop();
  });

  it('lets exactly one of several simultaneous openers in, on a directory not made yet', async () => {
    const dataDir = join(temporary, 'race');
    const openers = [1, 2, 3, 4].map(() => startEmbeddedPostgres({ dataDir, durable: false }));
    const results = await Promise.allSettled(openers);
    const servers = results.filter(
      (r): r is PromiseFulfilledResult<EmbeddedPostgres> => r.status === 'fulfilled',
    );
    expect(servers).toHaveLength(1);
    await servers[0]?.value.stop();
  });

  it('starts again at once with all committed data after kill -9 of the process that started it', async () => {
    const dataDir = join(temporary, 'killed');
    for (let round = 1; round <= 3; round++) {
      const { child, serverPid, ...at } = await startElsewhere(dataDir);
      await query(at, 'create table if not exists kept (round int)', `insert into kept values (${round})`);
      await kill(child);
      const next = await startEmbeddedPostgres({ dataDir, durable: true });
      expect(isPostmasterOf(serverPid, join(dataDir, 'postgres'))).toBe(false);
      expect(await query(next, 'select count(*)::int from kept')).toEqual([round]);
      await next.stop();
    }
  });

  it('recovers after kill -9 of both the process and the server', async () => {
    const dataDir = join(temporary, 'crashed');
    const { child, serverPid, ...at } = await startElsewhere(dataDir);
    await query(at, 'create table kept as select generate_series(1, 1000) as n');
    process.kill(serverPid, 'SIGKILL');
    await kill(child);
    const next = await startEmbeddedPostgres({ dataDir, durable: true });
    expect(await query(next, 'select count(*)::int from kept')).toEqual([1000]);
    await next.stop();
  });

  it('does not leave a server running when its process is killed and nobody starts another', async () => {
    const dataDir = join(temporary, 'orphan');
    const { child, serverPid } = await startElsewhere(dataDir);
    await kill(child);
    expect(await eventually(() => !isPostmasterOf(serverPid, join(dataDir, 'postgres')), 5_000)).toBe(true);
  });

  it('ignores a postmaster.pid whose number now belongs to another program', async () => {
    const dataDir = join(temporary, 'reused');
    await (await startEmbeddedPostgres({ dataDir, durable: false })).stop();
    const other = spawn('sleep', ['60'], { stdio: 'ignore' });
    children.add(other);
    writeFileSync(
      join(dataDir, 'postgres', 'postmaster.pid'),
      `${other.pid}\n${dataDir}/postgres\n0\n5432\n\n\n`,
    );
    const server = await startEmbeddedPostgres({ dataDir, durable: false });
    expect(await query(server, 'select 1')).toEqual([1]);
    await server.stop();
    expect(other.exitCode).toBeNull();
  });

  it('removes what a kill in the middle of the first start left', async () => {
    const dataDir = join(temporary, 'unfinished');
    const half = join(dataDir, 'postgres.unfinished-abc');
    mkdirSync(half, { recursive: true });
    writeFileSync(join(half, 'PG_VERSION'), '18\n');
    writeFileSync(lockFile(dataDir), '{"pi'); // and a half-written lock file
    const server = await startEmbeddedPostgres({ dataDir, durable: false });
    expect(await query(server, 'select 1')).toEqual([1]);
    await server.stop();
    expect(existsSync(half)).toBe(false);
  });

  it('puts the socket into a short private directory when the data directory has a long path', async () => {
    const dataDir = join(temporary, 'long'.repeat(30));
    const server = await startEmbeddedPostgres({ dataDir, durable: false });
    expect(await query(server, 'select 1')).toEqual([1]);
    expect(server.host.startsWith(dataDir)).toBe(false);
    expect(statSync(server.host).mode & 0o777).toBe(0o700);
    await server.stop();
    expect(existsSync(server.host)).toBe(false);
  });

  it('tells why a start failed with the end of the log, and frees the directory', async () => {
    const dataDir = join(temporary, 'broken');
    await (await startEmbeddedPostgres({ dataDir, durable: false })).stop();
    const conf = join(dataDir, 'postgres', 'postgresql.conf');
    const good = readFileSync(conf, 'utf8');
    writeFileSync(conf, `${good}\nno_such_setting = 1\n`);
    await expect(startEmbeddedPostgres({ dataDir, durable: false })).rejects.toThrow(/no_such_setting/);
    writeFileSync(conf, good);
    await (await startEmbeddedPostgres({ dataDir, durable: false })).stop();
  });

  it('refuses a cluster of another major version', async () => {
    const dataDir = join(temporary, 'old');
    mkdirSync(join(dataDir, 'postgres'), { recursive: true });
    writeFileSync(join(dataDir, 'postgres', 'PG_VERSION'), '15\n');
    await expect(startEmbeddedPostgres({ dataDir, durable: false })).rejects.toThrow('made by PostgreSQL 15');
  });

  it('is started again where it was, with everything in it, when it ends by itself', async () => {
    const lines: string[] = [];
    const dataDir = join(temporary, 'ended');
    const server = await startEmbeddedPostgres({ dataDir, durable: true, log: (line) => lines.push(line) });
    await query(server, 'create table kept (round int)');
    for (let round = 1; round <= 3; round++) {
      await query(server, `insert into kept values (${round})`);
      const { pid } = server;
      process.kill(pid, 'SIGKILL');
      await eventually(() => lines.length === 2 * round, 30_000);
      expect(server.pid).not.toBe(pid);
      expect(await query(server, 'select count(*)::int from kept')).toEqual([round]);
    }
    expect(lines.slice(0, 2)).toEqual([
      'PostgreSQL ended unexpectedly; it is started again.',
      'PostgreSQL is running again.',
    ]);
    await server.stop();
    expect(isPostmasterOf(server.pid, join(dataDir, 'postgres'))).toBe(false);
    expect(holderOf(dataDir)).toBeUndefined();
  });

  it('says why when it cannot be started again, and frees the directory', async () => {
    const dataDir = join(temporary, 'given-up');
    const server = await startEmbeddedPostgres({ dataDir, durable: false });
    const conf = join(dataDir, 'postgres', 'postgresql.conf');
    const good = readFileSync(conf, 'utf8');
    writeFileSync(conf, `${good}\nno_such_setting = 1\n`);
    process.kill(server.pid, 'SIGKILL');
    const { message } = await server.failed;
    expect(message).toMatch(/^PostgreSQL ended and cannot be started again\. /);
    expect(message).toContain('no_such_setting');
    await server.stop();
    expect(holderOf(dataDir)).toBeUndefined();
  });

  it('stops while it is being started again', async () => {
    const dataDir = join(temporary, 'stopped');
    const server = await startEmbeddedPostgres({ dataDir, durable: false });
    process.kill(server.pid, 'SIGKILL');
    await server.stop();
    expect(isPostmasterOf(server.pid, join(dataDir, 'postgres'))).toBe(false);
    expect(holderOf(dataDir)).toBeUndefined();
    await (await startEmbeddedPostgres({ dataDir, durable: false })).stop();
  });

  it('leaves a running server alone when a copy of its directory is started', async () => {
    const dataDir = join(temporary, 'original'.repeat(15));
    const server = await startEmbeddedPostgres({ dataDir, durable: true });
    await query(server, 'create table kept as select 1 as value', 'checkpoint');
    expect(server.host.startsWith(dataDir)).toBe(false);
    const copyDir = join(temporary, 'copy'.repeat(30));
    execFileSync('cp', ['-a', dataDir, copyDir]);
    const copy = await startEmbeddedPostgres({ dataDir: copyDir, durable: true });
    expect(await query(copy, 'select value from kept')).toEqual([1]);
    expect(copy.host).not.toBe(server.host);
    expect(await query(server, 'select value from kept')).toEqual([1]);
    await copy.stop();
    expect(await query(server, 'select value from kept')).toEqual([1]);
    await server.stop();
    expect(existsSync(server.host)).toBe(false);
  });

  it('keeps statements and values out of the log', async () => {
    const dataDir = join(temporary, 'private');
    const server = await startEmbeddedPostgres({ dataDir, durable: false });
    const failing = query(
      server,
      'create table t (v text unique)',
      "insert into t values ('marker'), ('marker')",
    );
    await expect(failing).rejects.toThrow(/duplicate key/);
    await server.stop();
    const text = readFileSync(join(dataDir, 'postgres.log'), 'utf8');
    expect(text).toContain('duplicate key');
    expect(text).not.toContain('marker');
  });
});
