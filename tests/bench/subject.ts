/** The server under measurement: the product's own process on a temporary data directory. */
import { spawn } from 'node:child_process';
import { mkdtemp, rm } from 'node:fs/promises';
import { createServer } from 'node:net';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { setTimeout as sleep } from 'node:timers/promises';
import { fileURLToPath } from 'node:url';
import { joinDatabase } from '../../apps/exchange/src/database/open-database.ts';
import { openPool, type Pool } from '../../apps/exchange/src/database/pool.ts';
import { TEST_SEALING_KEY } from '../setup/database.ts';
import { mintToken } from '../setup/tokens.ts';

const MAIN = fileURLToPath(new URL('../../apps/exchange/src/main.ts', import.meta.url));

export type Subject = Readonly<{
  origin: string;
  /** The server's process. */
  pid: number;
  version: string;
  /** The owner's connection: the raw floor. */
  owner: Pool;
  token(userId: number): Promise<string>;
  stop(): Promise<void>;
}>;

export async function startSubject(): Promise<Subject> {
  const dataDir = await mkdtemp(join(tmpdir(), 'jhe-bench-'));
  const port = await freePort();
  // Tokens of the test kit are made out by http://localhost:8000.
  const server = spawn(process.execPath, [MAIN], {
    env: {
      ...process.env,
      JHE_DATA_DIR: dataDir,
      PORT: String(port),
      SITE_URL: 'http://localhost:8000',
      JHE_SEED: 'none',
      JHE_SEALING_KEY: TEST_SEALING_KEY,
    },
    stdio: ['ignore', 'ignore', 'inherit'],
  });
  const origin = `http://localhost:${port}`;
  for (let tries = 0; ; tries++) {
    const ok = await fetch(`${origin}/health`).then(
      (response) => response.ok,
      () => false,
    );
    if (ok) break;
    if (tries > 300 || server.exitCode !== null) throw new Error('the server did not start');
    await sleep(100);
  }
  const database = await joinDatabase({ databaseUrl: null, dataDir }, () => {});
  const owner = openPool(database.url, 2);
  const { rows } = await owner.query<{ server_version: string }>('show server_version');
  return {
    origin,
    pid: server.pid!,
    version: rows[0]!.server_version,
    owner,
    token: (userId) => mintToken({ database: { owner } as never }, { userId }),
    async stop() {
      await owner.end();
      const exited = new Promise((resolve) => server.once('exit', resolve));
      server.kill('SIGTERM');
      await exited;
      await rm(dataDir, { recursive: true, force: true });
    },
  };
}

function freePort(): Promise<number> {
  return new Promise((resolve, reject) => {
    const probe = createServer().once('error', reject);
    probe.listen(0, () => {
      const address = probe.address();
      probe.close(() =>
        typeof address === 'object' && address ? resolve(address.port) : reject(new Error('no port')),
      );
    });
  });
}
