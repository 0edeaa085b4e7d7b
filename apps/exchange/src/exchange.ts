/**
 * The whole server put together from a database connection: used by main.ts, by the command line and by tests.
 */
import type { FastifyInstance } from 'fastify';
import { loadCursorKey } from './access/cursor-key.ts';
import { createGate, type Gate } from './access/gate.ts';
import { createSystem, type System } from './access/system.ts';
import { adminFace } from './admin/face.ts';
import { type App, type AppDeps, createApp } from './app.ts';
import type { Config } from './config.ts';
import { migrate } from './database/migrate.ts';
import { openPool } from './database/pool.ts';
import { enableServerLogin } from './database/server-login.ts';
import { fhirFace } from './fhir/face.ts';
import { createJobs, type Jobs } from './jobs/jobs.ts';
import { openAuthorizationServer } from './oauth/authorization-server.ts';
import { ensureOwnClients } from './oauth/portal-client.ts';
import { ensureEhrLaunchClient } from './oauth/token-exchange/ehr-launch-client.ts';
import { healthFace } from './web/health.ts';
import { servePortal } from './web/portal.ts';

export type Exchange = Readonly<{
  app: App;
  gate: Gate;
  system: System;
  /** Not started yet: whoever opens a server for a while may not want to send its mail. */
  jobs: Jobs;
  close(): Promise<void>;
}>;

export type ExchangeOptions = Readonly<{
  config: Config;
  /** An owner connection string. */
  databaseUrl: string;
  clock?: () => Date;
  log: AppDeps['log'];
}>;

/** Migrates, opens the walls and builds the app. Does not listen. */
export async function openExchange({
  config,
  databaseUrl,
  clock = () => new Date(),
  log,
}: ExchangeOptions): Promise<Exchange> {
  const owner = openPool(databaseUrl, 1);
  let serverUrl: string;
  try {
    await migrate(owner);
    serverUrl = await enableServerLogin(owner, databaseUrl);
  } finally {
    await owner.end();
  }
  const pool = openPool(serverUrl, config.poolSize);
  const gate = createGate(pool);
  const system = createSystem(pool);
  await ensureOwnClients(system, config.siteUrl);
  await ensureEhrLaunchClient(system, config);
  const deps = { config, gate, clock };
  const authorization = await openAuthorizationServer({ config, system, gate, clock, log });
  const app = await createApp({
    config,
    gate,
    log,
    verifyToken: authorization.verifyToken,
    provesKey: authorization.provesKey,
    faces: [
      healthFace(),
      fhirFace(deps, await loadCursorKey(system)),
      adminFace(deps),
      authorization.face,
      authorization.apiKeys,
    ],
    mounts: [authorization.mount, (server: FastifyInstance) => servePortal(server, config)],
  });
  const jobs = createJobs({ config, system, clock, log });
  return {
    app,
    gate,
    system,
    jobs,
    async close() {
      // A connection whose last request ends only now would be kept open for its next one, for over a minute.
      const hangUp = setInterval(() => app.http.server.closeIdleConnections(), 100);
      const served = app.http.close().finally(() => clearInterval(hangUp));
      await Promise.all([served, jobs.stop()]);
      await pool.end();
    },
  };
}
