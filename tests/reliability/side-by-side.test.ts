/** Several processes on one database at the same moment: each does its work, or says in a sentence why not. */
import { mkdtempSync, rmSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { afterAll, beforeAll, describe, expect, inject, it } from 'vitest';
import { alone } from '../../apps/exchange/src/database/alone.ts';
import { openPool, type Pool } from '../../apps/exchange/src/database/pool.ts';
import { caller, signIn } from '../setup/clients.ts';
import { TEST_SEALING_KEY } from '../setup/database.ts';
import { rounds, timeLimit } from '../setup/nightly.ts';
import { freePort, runProgram, type ServerProcess, startServer } from '../setup/server-process.ts';

const adminUrl = inject('testCluster').adminUrl.replace('@/', '@localhost/');
const directory = mkdtempSync(join(tmpdir(), 'jhe-side-'));
let admin: Pool;
beforeAll(() => {
  admin = openPool(adminUrl, 1);
});
afterAll(async () => {
  await admin?.end();
  rmSync(directory, { recursive: true, force: true });
});

/** An empty database, not even migrated. */
async function withEmptyDatabase(body: (url: string) => Promise<void>): Promise<void> {
  const name = `jhe_test_side_${process.pid}_${Math.random().toString(36).slice(2)}`;
  await admin.query(`create database ${name}`);
  const url = new URL(adminUrl);
  url.pathname = `/${name}`;
  try {
    await body(url.toString());
  } finally {
    await admin.query(`drop database ${name} with (force)`);
  }
}

describe('several servers', { timeout: timeLimit(180_000) }, () => {
  it('start on one empty database, which has the demo world once', async () => {
    for (let round = 1; round <= rounds(1, 20); round++) {
      await withEmptyDatabase(async (url) => {
        const port = await freePort();
        const env = {
          DATABASE_URL: url,
          JHE_SEALING_KEY: TEST_SEALING_KEY,
          JHE_SEED: 'demo',
          SITE_URL: `http://localhost:${port}`,
        };
        const servers: ServerProcess[] = await Promise.all([
          startServer({ dataDir: directory, port, env }),
          startServer({ dataDir: directory, env }),
        ]);
        const { token } = await signIn(env.SITE_URL, 'rivera@example.com');
        const totals: number[] = [];
        for (const { site } of servers) {
          const path = '/FHIR/R5/Observation?patient=40006&_summary=count';
          totals.push((await caller(site, token).get<{ total: number }>(path)).body.total);
        }
        expect(totals[0]).toBeGreaterThan(1000);
        expect(new Set(totals).size).toBe(1);
        const making = servers.filter((server) => server.stdout().includes('Making the demo world'));
        expect(making).toHaveLength(1);
        for (const server of servers) {
          expect(server.stderr()).toBe('');
          expect(await server.stop()).toBe(0);
        }
      });
    }
  });
});

describe('two imports into one study', { timeout: 180_000 }, () => {
  it('run one after the other: the second says that the first is running', async () => {
    await withEmptyDatabase(async (url) => {
      const env = { DATABASE_URL: url, JHE_SEALING_KEY: TEST_SEALING_KEY };
      const seed = runProgram('apps/exchange/src/cli/main.ts', ['seed'], env);
      expect(await seed.ended, seed.stderr()).toBe(0);
      const file = join(directory, 'two.csv');
      writeFileSync(file, 'id,time,gl\nP1,2026-01-31 07:05:00,101\nP1,2026-01-31 07:10:00,102\n');
      const args = [
        'import',
        'cgm',
        file,
        '--study',
        '30003',
        '--time-zone',
        'Europe/Berlin',
        '--consent-basis',
        'signed form',
      ];
      const run = () => runProgram('apps/exchange/src/cli/main.ts', args, env);

      await alone(url, 'import 30003', async () => {
        const refused = run();
        expect(await refused.ended).toBe(1);
        expect(refused.stderr().trim().split('\n').at(-1)).toBe(
          'jhe import cgm: Another import into study 30003 is running; once it has ended, run this one again.',
        );
        expect(refused.stdout()).toBe('');
      });
      const both = [run(), run()];
      const codes = await Promise.all(both.map(({ ended }) => ended));
      for (const [index, { stderr }] of both.entries())
        if (codes[index] !== 0) expect(stderr()).toContain('Another import into study 30003 is running');
      expect(codes).toContain(0);
      const again = run();
      expect(await again.ended, again.stderr()).toBe(0);
      expect(again.stdout()).toMatch(/accepted +0\n.*already present +2/);
    });
  });
});
