/**
 * The attack: sign in as the superuser of the demo world, whose password stands in the README. A server with a
 * DATABASE_URL and an https address made that world too, unless somebody had thought of JHE_SEED=none.
 */
import { rmSync } from 'node:fs';
import { afterAll, beforeAll, expect, it } from 'vitest';
import { parseConfig } from '../../apps/exchange/src/config.ts';
import { openTestDatabase, type TestDatabase } from '../setup/database.ts';
import { freePort, runProgram, startServer, temporaryDataDir } from '../setup/server-process.ts';

let database: TestDatabase;
const dataDir = temporaryDataDir();
beforeAll(async () => {
  database = await openTestDatabase();
});
afterAll(async () => {
  await database?.close();
  rmSync(dataDir, { recursive: true, force: true });
});

const people = async () =>
  (await database.owner.query<{ email: string }>('select email from app_user')).rows.map(
    ({ email }) => email,
  );

it("leaves a database of one's own empty, on this computer and elsewhere", async () => {
  for (const SITE_URL of [undefined, 'https://exchange.example.org']) {
    const server = await startServer({
      dataDir,
      env: { DATABASE_URL: database.ownerUrl, ...(SITE_URL === undefined ? {} : { SITE_URL }) },
    });
    expect(await server.stop()).toBe(0);
    expect(server.stdout()).not.toContain('Jhe1234!');
    expect(await people()).toEqual([]);
  }
});

const open = { HOST: '0.0.0.0', SITE_URL: 'http://exchange.example.org' };

it.each<[string, Record<string, string>, 'demo' | 'none']>([
  ['tried out on this computer', {}, 'demo'],
  [
    'tried out on this computer by its address',
    { HOST: '127.0.0.1', SITE_URL: 'http://127.0.0.1:8000' },
    'demo',
  ],
  ['heard by other computers', open, 'none'],
  ['behind a proxy', { SITE_URL: 'https://exchange.example.org' }, 'none'],
  ["on a database of one's own", { DATABASE_URL: 'postgresql://localhost/x' }, 'none'],
  ['asked for', { ...open, DATABASE_URL: 'postgresql://localhost/x', JHE_SEED: 'demo' }, 'demo'],
  ['refused', { JHE_SEED: 'none' }, 'none'],
])('makes the demo world where nobody else is, or when asked to: %s', (_name, settings, seed) => {
  expect(parseConfig(settings).seed).toBe(seed);
});

it('does not open to others what was made while trying it out', async () => {
  const trial = await startServer({ dataDir });
  // Said after the address, which `startServer` waits for.
  await expect.poll(trial.stdout, { timeout: 10_000 }).toContain('Jhe1234!');
  await trial.stop();

  const run = runProgram('apps/exchange/src/main.ts', [], {
    JHE_DATA_DIR: dataDir,
    PORT: String(await freePort()),
    SITE_URL: 'https://exchange.example.org',
  });
  expect(await run.ended).toBe(1);
  expect(run.stderr()).toMatch(/^JupyterHealth Exchange could not start: the database holds the demo world/);
  expect(run.stderr().trim().split('\n')).toHaveLength(1);
});
