/**
 * The attack: somebody starts a server on a copy of the database, to sign in as people and institutions know it. What
 * seals its secrets is not in the database: without it no server starts, and says why; with it one does.
 */
import { randomBytes } from 'node:crypto';
import { readFileSync, renameSync, statSync } from 'node:fs';
import { join } from 'node:path';
import { afterAll, beforeAll, describe, expect, it } from 'vitest';
import { openTestDatabase, type TestDatabase } from '../setup/database.ts';
import { freePort, runProgram, startServer, temporaryDataDir } from '../setup/server-process.ts';

const MAIN = 'apps/exchange/src/main.ts';
const CLI = 'apps/exchange/src/cli/main.ts';
const key = () => randomBytes(32).toString('base64');

describe('a database of its own', () => {
  const [first, second] = [key(), key()];
  let database: TestDatabase;
  beforeAll(async () => {
    database = await openTestDatabase();
  });
  afterAll(() => database?.close());

  const env = (keys: Record<string, string>) => ({
    DATABASE_URL: database.ownerUrl,
    JHE_SEED: 'none',
    ...keys,
  });
  const start = async (keys: Record<string, string>) => {
    const run = runProgram(MAIN, [], { ...env(keys), PORT: String(await freePort()) });
    run.child.stdout?.on('data', () => {
      if (run.stdout().includes('is at ') && !run.child.killed) run.child.kill('SIGINT');
    });
    return { code: await run.ended, stderr: run.stderr(), stdout: run.stdout() };
  };
  const kept = async (): Promise<string> =>
    (await database.owner.query('select key::text as key from signing_key')).rows
      .map((row) => row.key)
      .join('\n');

  it('keeps its secrets as they are without a key, and says so', async () => {
    const { code, stderr } = await start({});
    expect(code).toBe(0);
    expect(stderr).toContain('JHE_SEALING_KEY');
    expect(await kept()).toContain('"d":');
  });

  it('seals what was there with the first key that it is given', async () => {
    const { code, stderr } = await start({ JHE_SEALING_KEY: first });
    expect([code, stderr]).toEqual([0, '']);
    expect(await kept()).not.toMatch(/"d":|"secret":|"k":/);
  });

  it.each([
    ['no key', {}],
    ['another key', { JHE_SEALING_KEY: second }],
  ])('does not start with %s', async (_name, keys) => {
    const { code, stderr, stdout } = await start(keys);
    expect(code).toBe(1);
    expect(stderr).toContain(
      'could not start: the database holds secrets that are sealed with a key which is not given',
    );
    expect(stderr).toContain('JHE_SEALING_KEY');
    expect(stdout).not.toContain('is at ');
  });

  it('does not start with something that is no key', async () => {
    const { code, stderr } = await start({ JHE_SEALING_KEY: 'secret' });
    expect(code).toBe(1);
    expect(stderr).toContain('JHE_SEALING_KEY: must be 32 bytes in base64');
    expect(stderr).not.toContain('secret\n');
  });

  it('passes to another key while the old one still opens, and then does without it', async () => {
    const keys = env({ JHE_SEALING_KEY: `${second},${first}` });
    const rotated = runProgram(CLI, ['keys', 'rotate'], keys);
    expect(await rotated.ended).toBe(0);
    expect(rotated.stdout()).toMatch(/^\d+ secrets in the database were sealed anew\.$/m);
    expect((await start({ JHE_SEALING_KEY: first })).code).toBe(1);
    expect((await start({ JHE_SEALING_KEY: second })).code).toBe(0);
  });
});

describe('the embedded database', () => {
  it('makes its key beside it, for its owner alone, and does not start without it', {
    timeout: 120_000,
  }, async () => {
    const dataDir = temporaryDataDir();
    const running = await startServer({ dataDir, env: { JHE_SEED: 'none' } });
    const file = join(dataDir, 'sealing-key');
    expect(statSync(file).mode & 0o777).toBe(0o600);
    const keysIn = () =>
      readFileSync(file, 'utf8')
        .split('\n')
        .filter((line) => line !== '' && !line.startsWith('#'));
    const [before = ''] = keysIn();
    expect(Buffer.from(before, 'base64')).toHaveLength(32);
    // A running server takes the new one up: what is sealed with it opens.
    const rotated = runProgram(CLI, ['keys', 'rotate', '--now'], { JHE_DATA_DIR: dataDir });
    expect(await rotated.ended).toBe(0);
    expect(keysIn()).toHaveLength(2);
    expect(keysIn()[1]).toBe(before);
    await running.stop();

    renameSync(file, `${file}.away`);
    const without = runProgram(MAIN, [], { JHE_DATA_DIR: dataDir, JHE_SEED: 'none', PORT: '0' });
    expect(await without.ended).toBe(1);
    expect(without.stderr()).toContain(`sealed with a key which is not in ${file}: put that file back`);
    renameSync(`${file}.away`, file);
    const again = await startServer({ dataDir, env: { JHE_SEED: 'none' } });
    await again.close();
  });
});
