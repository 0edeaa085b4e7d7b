/**
 * The whole server put together from a database connection: used by main.ts, by the command line and by tests.
 */
import { setTimeout as sleep } from 'node:timers/promises';
import type { FastifyInstance } from 'fastify';
import { loadCursorKey } from './access/cursor-key.ts';
import { createGate, type Gate } from './access/gate.ts';
import { createSealing, type SealingKeys } from './access/sealing.ts';
import { createSystem, type System } from './access/system.ts';
import { adminFace } from './admin/face.ts';
import { type App, type AppDeps, createApp } from './app.ts';
import { ensureOwnClients } from './authorization/portal-client.ts';
import { ensureEhrLaunchClient } from './authorization/token-exchange/ehr-launch-client.ts';
import type { Config } from './config.ts';
import { migrate } from './database/migrate.ts';
import { openPool, type Pool } from './database/pool.ts';
import { createReadiness, type Readiness } from './database/readiness.ts';
import { openServerPool } from './database/server-login.ts';
import { fhirFace } from './fhir/face.ts';
import { allowReadingMetadata } from './fhir/preflight.ts';
import { createJobs, type Jobs } from './jobs/jobs.ts';
import { openSecrets } from './operations/seal-secrets.ts';
import { openSignIn } from './sign-in.ts';
import { healthFace } from './web/health.ts';
import { servePortal } from './web/portal.ts';

export type Exchange = Readonly<{
  app: App;
  gate: Gate;
  system: System;
  /** Not started yet: whoever opens a server for a while may not want to send its mail. */
  jobs: Jobs;
  /** Waits for what is under way, for as long as the settings say; then breaks it off. */
  close(): Promise<void>;
}>;

export type ExchangeOptions = Readonly<{
  config: Config;
  /** An owner connection string. */
  databaseUrl: string;
  /** What seals the secrets in the database. */
  sealingKeys: SealingKeys;
  clock?: () => Date;
  log: AppDeps['log'];
  intake?: AppDeps['intake'];
}>;

/** Migrates, opens the walls and builds the app. Does not listen. */
export async function openExchange({
  config,
  databaseUrl,
  sealingKeys,
  clock = () => new Date(),
  log,
  intake,
}: ExchangeOptions): Promise<Exchange> {
  const pools = await openPools(databaseUrl, config);
  try {
    return await assemble(pools, { config, sealingKeys, clock, log, intake });
  } catch (error) {
    await pools.close(0);
    throw error;
  }
}

type Pools = Readonly<{
  pool: Pool;
  readiness: Readiness;
  close(graceMs: number): Promise<void>;
}>;

/** Migrates as the owner; then everything is the server's, which may do nothing by itself. */
async function openPools(databaseUrl: string, { poolSize, statementMs }: Config): Promise<Pools> {
  const owner = openPool(databaseUrl, 1);
  try {
    await migrate(owner);
    const pool = await openServerPool(owner, databaseUrl, { size: poolSize, statementMs });
    const probe = await openServerPool(owner, databaseUrl, { size: 1, statementMs: 10_000 });
    return {
      pool,
      readiness: createReadiness(probe),
      async close(graceMs) {
        await Promise.all([pool.close(graceMs), probe.close(Math.min(graceMs, 1_000))]);
      },
    };
  } finally {
    await owner.end();
  }
}

async function assemble(
  { pool, readiness, close: closePools }: Pools,
  {
    config,
    sealingKeys,
    clock,
    log,
    intake,
  }: Required<Pick<ExchangeOptions, 'config' | 'sealingKeys' | 'clock' | 'log'>> & {
    intake: AppDeps['intake'];
  },
): Promise<Exchange> {
  await refuseBrokenWalls(readiness);
  const gate = createGate(pool);
  const sealing = createSealing(sealingKeys);
  const system = createSystem(pool, sealing);
  if (!(await system('signing-key', openSecrets))) {
    log.error({ setting: 'JHE_SEALING_KEY' }, 'no key is set: secrets in the database are not sealed');
  }
  await ensureOwnClients(system, config.siteUrl);
  await ensureEhrLaunchClient(system, config);
  const deps = { config, gate, clock };
  const signIn = await openSignIn({ config, system, gate, clock, log });
  const app = await createApp({
    config,
    gate,
    log,
    ...(intake === undefined ? {} : { intake }),
    verifyToken: signIn.verifyToken,
    provesKey: signIn.provesKey,
    faces: [
      healthFace({ faults: watch(readiness, log) }),
      fhirFace(deps, await loadCursorKey(system)),
      adminFace({ ...deps, sealing }),
      ...signIn.faces,
    ],
    mounts: [allowReadingMetadata, signIn.mount, (server: FastifyInstance) => servePortal(server, config)],
  });
  const jobs = createJobs({ config, system, clock, log });
  return {
    app,
    gate,
    system,
    jobs,
    async close() {
      const end = Date.now() + config.drainMs;
      // A connection whose last request ends only now would be kept open for its next one, for over a minute.
      const hangUp = setInterval(() => {
        if (Date.now() < end) app.http.server.closeIdleConnections();
        else app.http.server.closeAllConnections();
      }, 100);
      const served = app.http.close().finally(() => clearInterval(hangUp));
      const drained = Promise.all([served, jobs.stop()]);
      // What waits for a database that does not answer ends when its connection does.
      await Promise.race([drained, sleep(config.drainMs, undefined, { ref: false })]);
      await closePools(Math.max(0, end - Date.now()));
      await drained;
    },
  };
}

/** Without its second wall the server does not start. */
async function refuseBrokenWalls(readiness: Readiness): Promise<void> {
  const faults = await readiness(15_000);
  if (faults.length > 0) throw new Error(faults.map(({ detail }) => detail).join('; '));
}

/** The parts that are not as they should be; the log is told of each change, with the details. */
function watch(readiness: Readiness, log: AppDeps['log']): () => Promise<readonly string[]> {
  let known = '';
  return async () => {
    const faults = await readiness();
    const details = faults.map(({ detail }) => detail).join('; ');
    if (details !== known) {
      if (faults.length > 0) log.error({ faults: details }, 'not ready');
      else log.info({}, 'ready again');
      known = details;
    }
    return [...new Set(faults.map(({ part }) => part))];
  };
}
