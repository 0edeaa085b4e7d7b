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
import { openAuthorizationServer } from './oauth/authorization-server.ts';
import { ensurePortalClient } from './oauth/portal-client.ts';
import { healthFace } from './web/health.ts';
import { servePortal } from './web/portal.ts';

export type Exchange = Readonly<{
  app: App;
  gate: Gate;
  system: System;
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
  await ensurePortalClient(system, config.siteUrl);
  const deps = { config, gate, clock };
  const authorization = await openAuthorizationServer({ config, system, gate, clock, log });
  const app = await createApp({
    config,
    gate,
    log,
    verifyToken: authorization.verifyToken,
    faces: [healthFace(), fhirFace(deps, await loadCursorKey(system)), adminFace(deps), authorization.face],
    mounts: [authorization.mount, (server: FastifyInstance) => servePortal(server, config)],
  });
  return {
    app,
    gate,
    system,
    async close() {
      // A connection whose last request ends only now would be kept open for its next one, for over a minute.
      const hangUp = setInterval(() => app.http.server.closeIdleConnections(), 100);
      await app.http.close().finally(() => clearInterval(hangUp));
      await pool.end();
    },
  };
}
