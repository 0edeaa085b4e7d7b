/**
 * kill -9 of the server, of PostgreSQL, and of both, while readings arrive: nothing that was acknowledged is lost,
 * nothing is there twice, and the exchange is back by itself. `npm run nightly` does it a thousand times.
 */
import { readFileSync, rmSync, writeFileSync } from 'node:fs';
import { join } from 'node:path';
import { setTimeout as sleep } from 'node:timers/promises';
import { afterAll, beforeAll, describe, expect, it } from 'vitest';
import { openPool, type Pool } from '../../apps/exchange/src/database/pool.ts';
import { glucose } from '../../apps/exchange/src/fhir/reading.test-data.ts';
import { TEST_SEALING_KEY } from '../setup/database.ts';
import { type ExternalPostgres, openExternalPostgres } from '../setup/external-postgres.ts';
import { rounds, timeLimit } from '../setup/nightly.ts';
import { type ServerProcess, startServer, temporaryDataDir } from '../setup/server-process.ts';
import { mintToken } from '../setup/tokens.ts';
import { fillTwoOrganizations, patients, users } from '../worlds/two-organizations.ts';

/** Where tokens of tests are at home, whatever the port is. */
const SITE_URL = 'http://localhost:8000';
const SYSTEM = 'urn:example:kills';
const AT_ONCE = 4;
const BACK_WITHIN_MS = 10_000;

/** Programs that send readings again and again until each is acknowledged, as a device's cloud would. */
function sendReadings(site: string, token: string) {
  const acknowledged = new Set<string>();
  let next = 0;
  let stopped = false;
  const send = async () => {
    while (!stopped) {
      const number = next++;
      const value = `reading-${number}`;
      const at = new Date(Date.UTC(2026, 0, 1) + number * 1000).toISOString();
      const body = JSON.stringify(
        glucose({ patientId: patients.ada, at, identifier: { system: SYSTEM, value } }),
      );
      while (!stopped) {
        const status = await fetch(`${site}/FHIR/R5/Observation`, {
          method: 'POST',
          headers: { authorization: `Bearer ${token}`, 'content-type': 'application/fhir+json' },
          body,
          signal: AbortSignal.timeout(60_000),
        }).then(
          async (response) => {
            await response.text();
            return response.status;
          },
          () => 0,
        );
        // 200: it was stored, and the answer was lost.
        if ([200, 201].includes(status)) {
          acknowledged.add(value);
          break;
        }
        expect([0, 503]).toContain(status);
        await sleep(20);
      }
    }
  };
  const senders = Array.from({ length: AT_ONCE }, send);
  return {
    acknowledged,
    async stop() {
      stopped = true;
      await Promise.all(senders);
    },
  };
}

/** Waits until the server has stored something again; returns how long that took, in milliseconds since `began`. */
async function untilBack(
  { acknowledged }: { acknowledged: ReadonlySet<string> },
  site: string,
  began = performance.now(),
): Promise<number> {
  for (;;) {
    const isReady = await fetch(`${site}/ready`).then(
      ({ status }) => status === 200,
      () => false,
    );
    if (isReady) break;
    await sleep(20);
  }
  const { size } = acknowledged;
  while (acknowledged.size === size) await sleep(5);
  return performance.now() - began;
}

/** What the owner of the database finds: nothing lost, nothing twice, and what is counted is what is there. */
async function expectWhole(ownerUrl: string, acknowledged: ReadonlySet<string>): Promise<void> {
  const owner = openPool(ownerUrl, 1);
  try {
    // Readings go on being sent: both questions are about the same moment.
    await owner.query('begin isolation level repeatable read');
    const { rows } = await owner.query<{ value: string; rows: number }>(
      `select i.value, count(*)::int as rows from observation_identifier i
       join observation o on o.patient_id = i.patient_id and o.id = i.observation_id
       where i.system = $1 group by i.value`,
      [SYSTEM],
    );
    const stored = new Set(rows.map(({ value }) => value));
    expect([...acknowledged].filter((value) => !stored.has(value))).toEqual([]);
    expect(rows.filter((row) => row.rows !== 1)).toEqual([]);
    const { rows: counts } = await owner.query(
      `select (select count(*)::int from observation) as there, (select sum(observations)::int from series) as counted,
         (select count(distinct effective_start)::int from observation) as distinct_times`,
    );
    expect(counts).toEqual([{ there: rows.length, counted: rows.length, distinct_times: rows.length }]);
  } finally {
    await owner.end();
  }
}

async function fill(ownerUrl: string): Promise<string> {
  const owner: Pool = openPool(ownerUrl, 1);
  try {
    await fillTwoOrganizations(owner);
    return await mintToken({ database: { owner } } as Parameters<typeof mintToken>[0], {
      userId: users.ada,
      expiresInSeconds: 86_000,
    });
  } finally {
    await owner.end();
  }
}

/** Says how it went, and by night that it was never longer than is promised. */
function report(
  what: string,
  kills: number,
  times: readonly Readonly<{ kind: string; ms: number }>[],
  acknowledged: ReadonlySet<string>,
) {
  const longest = Math.max(...times.map(({ ms }) => ms));
  const kinds = [...new Set(times.map(({ kind }) => kind))].map((kind) => {
    const sorted = times.flatMap((time) => (time.kind === kind ? [time.ms] : [])).sort((a, b) => a - b);
    return `${kind} ${Math.round(sorted[sorted.length >> 1] ?? 0)} to ${Math.round(sorted.at(-1) ?? 0)} ms`;
  });
  console.log(
    `${what}: ${kills} kills, ${acknowledged.size} readings acknowledged, none lost, none twice; back after (median to longest) ${kinds.join(', ')}`,
  );
  if (process.env.JHE_NIGHTLY === '1') expect(longest).toBeLessThan(BACK_WITHIN_MS);
}

describe('kill -9 with the embedded PostgreSQL', () => {
  const env = { SITE_URL, JHE_SEED: 'none', JHE_SEALING_KEY: TEST_SEALING_KEY };
  const dataDir = temporaryDataDir();
  let server: ServerProcess;
  const ownerUrl = `postgresql://postgres@localhost/postgres?host=${encodeURIComponent(join(dataDir, 'socket'))}&port=5432`;
  /** The process of PostgreSQL; undefined while there is none. */
  const postmaster = () => {
    try {
      return Number(readFileSync(join(dataDir, 'postgres', 'postmaster.pid'), 'utf8').split('\n')[0]);
    } catch {
      return undefined;
    }
  };
  /** Kills PostgreSQL; what is waited for afterwards is another one, and not an answer that was still on its way. */
  const killPostgres = () => {
    const killed = postmaster();
    if (killed === undefined) throw new Error('there is no PostgreSQL to kill');
    process.kill(killed, 'SIGKILL');
    return async () => {
      while ([killed, undefined].includes(postmaster())) await sleep(5);
    };
  };
  let token: string;
  beforeAll(async () => {
    server = await startServer({ dataDir, env });
    token = await fill(ownerUrl);
  });
  afterAll(async () => {
    await server?.stop();
    rmSync(dataDir, { recursive: true, force: true });
  });

  it(
    'loses nothing and doubles nothing',
    async () => {
      const kills = rounds(3, 750);
      const times: { kind: string; ms: number }[] = [];
      const { site, port } = server;
      const sending = sendReadings(site, token);
      await untilBack(sending, site);
      for (let round = 0; round < kills; round++) {
        await sleep(Math.random() * 300);
        const began = performance.now();
        const kind = (['database', 'server', 'both'] as const)[round % 3]!;
        const untilReplaced = kind === 'server' ? undefined : killPostgres();
        if (kind !== 'database') {
          server.child.kill('SIGKILL');
          await server.ended;
          // What starts services again starts this one.
          server = await startServer({ dataDir, port, env });
        }
        await untilReplaced?.();
        times.push({ kind, ms: await untilBack(sending, site, began) });
        if (round % 25 === 0) await expectWhole(ownerUrl, new Set(sending.acknowledged));
      }
      await sending.stop();
      await expectWhole(ownerUrl, sending.acknowledged);
      report('embedded', kills, times, sending.acknowledged);
    },
    timeLimit(180_000),
  );

  it(
    'ends with a sentence when its PostgreSQL cannot be started again',
    async () => {
      const conf = join(dataDir, 'postgres', 'postgresql.conf');
      const good = readFileSync(conf, 'utf8');
      writeFileSync(conf, `${good}\nno_such_setting = 1\n`);
      killPostgres();
      expect(await server.ended).toBe(1);
      expect(server.stderr()).toContain(
        'JupyterHealth Exchange ends: PostgreSQL ended and cannot be started again.',
      );
      writeFileSync(conf, good);
    },
    timeLimit(60_000),
  );
});

describe('kill -9 with a PostgreSQL of its own', () => {
  let postgres: ExternalPostgres;
  let server: ServerProcess;
  let token: string;
  let env: Record<string, string>;
  const dataDir = temporaryDataDir();
  beforeAll(async () => {
    postgres = await openExternalPostgres();
    env = { SITE_URL, DATABASE_URL: postgres.url, JHE_SEALING_KEY: TEST_SEALING_KEY };
    server = await startServer({ dataDir, env });
    token = await fill(postgres.url);
  });
  afterAll(async () => {
    await server?.stop();
    await postgres?.close();
    rmSync(dataDir, { recursive: true, force: true });
  });

  it(
    'loses nothing and doubles nothing',
    async () => {
      const kills = rounds(2, 250);
      const times: { kind: string; ms: number }[] = [];
      const { site, port } = server;
      const sending = sendReadings(site, token);
      await untilBack(sending, site);
      for (let round = 0; round < kills; round++) {
        await sleep(Math.random() * 300);
        const began = performance.now();
        const isBoth = round % 2 === 1;
        await postgres.kill();
        if (isBoth) {
          server.child.kill('SIGKILL');
          await server.ended;
        }
        await postgres.start();
        if (isBoth) server = await startServer({ dataDir, port, env });
        times.push({ kind: isBoth ? 'both' : 'database', ms: await untilBack(sending, site, began) });
        if (round % 25 === 0) await expectWhole(postgres.url, new Set(sending.acknowledged));
      }
      await sending.stop();
      await expectWhole(postgres.url, sending.acknowledged);
      report(`PostgreSQL ${postgres.version}`, kills, times, sending.acknowledged);
    },
    timeLimit(180_000),
  );
});
