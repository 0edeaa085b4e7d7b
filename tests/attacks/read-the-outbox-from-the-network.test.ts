/**
 * The attack: a server on HOST=0.0.0.0 whose SITE_URL was left at localhost. Anybody on the network asked it with
 * `Host: localhost`, read everybody's mail at /accounts/outbox/, and reset a patient's password with what stood there.
 * What a request says of itself opened the page.
 */

import { rmSync } from 'node:fs';
import { request } from 'node:http';
import { afterAll, expect, it } from 'vitest';
import { freePort, runProgram, startServer, temporaryDataDir } from '../setup/server-process.ts';

const dataDir = temporaryDataDir();
afterAll(() => rmSync(dataDir, { recursive: true, force: true }));

/** A request with headers that `fetch` would not let anybody set. */
function ask(port: number, path: string, headers: Record<string, string>) {
  return new Promise<{ status: number; body: string }>((resolve, reject) => {
    request({ host: '127.0.0.1', port, path, headers }, (response) => {
      let body = '';
      response.setEncoding('utf8').on('data', (text: string) => {
        body += text;
      });
      response.once('end', () => resolve({ status: response.statusCode ?? 0, body }));
    })
      .once('error', reject)
      .end();
  });
}

it('does not start when other computers may ask and nobody said under which address', async () => {
  const run = runProgram('apps/exchange/src/main.ts', [], {
    HOST: '0.0.0.0',
    JHE_DATA_DIR: dataDir,
    PORT: String(await freePort()),
  });
  expect(await run.ended).toBe(1);
  expect(run.stderr()).toMatch(/^JupyterHealth Exchange could not start: .*\n {2}SITE_URL: needed .* HOST/);
});

it('shows the mail to nobody when other computers may ask, whatever the request says', async () => {
  const port = await freePort();
  const env = { HOST: '0.0.0.0', SITE_URL: `http://localhost:${port}`, JHE_SEED: 'none' };
  const server = await startServer({ dataDir, port, env });
  try {
    for (const headers of [
      { host: 'localhost' },
      { host: `localhost:${port}` },
      { host: '127.0.0.1', 'x-forwarded-for': '127.0.0.1' },
      { host: 'localhost', 'x-forwarded-host': 'localhost', forwarded: 'for=127.0.0.1;host=localhost' },
    ]) {
      const { status, body } = await ask(port, '/accounts/outbox/', headers);
      expect([headers, status]).toEqual([headers, 404]);
      expect(body).not.toContain('outbox');
    }
  } finally {
    await server.stop();
  }
});

it('shows it on this computer to this computer, and not to whom a proxy on it serves', async () => {
  const server = await startServer({ dataDir, env: { JHE_SEED: 'none' } });
  try {
    const own = await ask(server.port, '/accounts/outbox/', { host: 'localhost' });
    expect(own.status).toBe(200);
    for (const headers of [
      { host: 'localhost', 'x-forwarded-for': '192.0.2.7' },
      { host: 'localhost', via: '1.1 proxy' },
      { host: 'rebound.example.org' },
    ])
      expect((await ask(server.port, '/accounts/outbox/', headers)).status).toBe(404);
  } finally {
    await server.stop();
  }
});
