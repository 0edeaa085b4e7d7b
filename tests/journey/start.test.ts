/** The server as a process: how it starts, refuses to start, stops, and keeps its data. */
import { rmSync } from 'node:fs';
import { afterAll, expect, inject, it } from 'vitest';
import { openPool } from '../../apps/exchange/src/database/pool.ts';
import { signIn } from '../setup/clients.ts';
import { freePort, runProgram, startServer, temporaryDataDir } from '../setup/server-process.ts';

const SERVER = 'apps/exchange/src/main.ts';
const directories: string[] = [];
const newDirectory = () => {
  const directory = temporaryDataDir();
  directories.push(directory);
  return directory;
};
afterAll(() => {
  for (const directory of directories) rmSync(directory, { recursive: true, force: true });
});

it('keeps its data over a stop with SIGINT and with SIGTERM, and a second one is refused meanwhile', async () => {
  const dataDir = newDirectory();
  const first = await startServer({ dataDir });
  const mark = await signIn(first.site, 'manager_mark@example.com');
  const made = await mark.post<{ id: number }>('/api/v1/organizations', {
    name: 'Kept over night',
    type: 'laboratory',
    partOf: 20004,
  });
  expect(made.status).toBe(201);

  const second = runProgram(SERVER, [], { JHE_DATA_DIR: dataDir, PORT: String(await freePort()) });
  expect(await second.ended).toBe(1);
  expect(second.stderr().trim()).toMatch(
    new RegExp(
      `^JupyterHealth Exchange could not start: The data directory .* is in use by process ${first.child.pid}\\.$`,
    ),
  );
  expect((await mark.get('/api/v1/users/profile')).status).toBe(200);

  expect(await first.stop()).toBe(0);
  expect(first.stdout()).toMatch(/SIGINT: finishing what is under way \.\.\.\nStopped\.\n$/);
  expect(first.stderr()).toBe('');

  const again = await startServer({ dataDir, port: first.port });
  // Same place, same keys: who was signed in still is.
  const kept = await mark.get<{ name: string }>(`/api/v1/organizations/${made.body.id}`);
  expect(kept.body.name).toBe('Kept over night');
  expect(again.stdout()).not.toContain('Making the demo world');
  again.child.kill('SIGTERM');
  expect(await again.ended).toBe(0);
});

it('lets a request that is under way finish', async () => {
  const server = await startServer({ dataDir: newDirectory() });
  const rivera = await signIn(server.site, 'rivera@example.com');
  const answer = rivera.get<{ entry: unknown[] }>('/FHIR/R5/Observation?_count=1000&patient=40006');
  await new Promise((resolve) => setTimeout(resolve, 30));
  const [reply, code] = await Promise.all([answer, server.stop()]);
  expect(reply.status).toBe(200);
  expect(reply.body.entry).toHaveLength(1000);
  expect(code).toBe(0);
});

it('reports all settings that cannot be used together, and starts nothing', async () => {
  const run = runProgram(SERVER, [], {
    JHE_DATA_DIR: newDirectory(),
    PORT: 'abc',
    JHE_SEED: 'x',
    SITE_URL: 'exchange.example.org',
    DATABASE_URL: 'mysql://localhost/x',
  });
  expect(await run.ended).toBe(1);
  expect(run.stdout()).toBe('');
  const said = run.stderr();
  for (const name of ['PORT', 'JHE_SEED', 'SITE_URL', 'DATABASE_URL'])
    expect(said).toMatch(new RegExp(`^ {2}${name}: `, 'm'));
  expect(said).not.toMatch(/\.ts:\d+/);
});

it('says in a sentence that its port is taken, and lets go of the database', async () => {
  const holder = await startServer({ dataDir: newDirectory(), env: { JHE_SEED: 'none' } });
  const dataDir = newDirectory();
  const run = runProgram(SERVER, [], { JHE_DATA_DIR: dataDir, JHE_SEED: 'none', PORT: String(holder.port) });
  expect(await run.ended).toBe(1);
  expect(run.stderr().trim()).toMatch(
    new RegExp(`^JupyterHealth Exchange could not start: .*${holder.port}`),
  );
  expect(run.stderr().trim().split('\n')).toHaveLength(1);
  const next = await startServer({ dataDir, env: { JHE_SEED: 'none' } });
  expect(await next.stop()).toBe(0);
  await holder.stop();
});

it('says in a sentence that its database cannot be reached', async () => {
  const run = runProgram(SERVER, [], {
    DATABASE_URL: `postgresql://nobody:secret-word@localhost:${await freePort()}/none`,
    PORT: String(await freePort()),
  });
  expect(await run.ended).toBe(1);
  expect(run.stderr().trim()).toMatch(/^JupyterHealth Exchange could not start: .{10,}/);
  expect(run.stderr().trim().split('\n')).toHaveLength(1);
  expect(run.stderr()).not.toContain('secret-word');
});

it('works on a PostgreSQL of its own that DATABASE_URL names', async () => {
  const adminUrl = inject('testCluster').adminUrl.replace('@/', '@localhost/');
  const name = `jhe_start_${process.pid}_${Date.now()}`;
  const admin = openPool(adminUrl, 1);
  await admin.query(`create database ${name}`);
  const url = new URL(adminUrl);
  url.pathname = `/${name}`;
  const dataDir = newDirectory();
  rmSync(dataDir, { recursive: true });
  try {
    for (const round of ['first', 'second']) {
      const server = await startServer({
        dataDir,
        env: { DATABASE_URL: url.toString(), JHE_SEED: 'demo' },
      });
      const rivera = await signIn(server.site, 'rivera@example.com');
      const { body } = await rivera.get<{ total: number }>(
        '/FHIR/R5/Observation?patient=40006&_summary=count',
      );
      expect(body.total, round).toBeGreaterThan(1000);
      expect(await server.stop(), round).toBe(0);
    }
  } finally {
    await admin.query(`drop database ${name} with (force)`);
    await admin.end();
  }
});
