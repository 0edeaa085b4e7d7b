import { mkdtempSync, readdirSync, rmSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import type { TestProject } from 'vitest/node';
import { holderOf } from '../../apps/exchange/src/database/embedded/lock.ts';
import { startEmbeddedPostgres } from '../../apps/exchange/src/database/embedded/supervisor.ts';

declare module 'vitest' {
  interface ProvidedContext {
    /** The PostgreSQL server of this run. `adminUrl` connects as a superuser; tests make databases of their own. */
    testCluster: { adminUrl: string };
  }
}

const PREFIX = 'jhe-test-cluster-';

/**
 * Gives the run one PostgreSQL server, `inject('testCluster')` in a test: the one TEST_DATABASE_URL names, otherwise
 * an embedded one without durability in a temporary directory that goes with the run.
 */
export default async function setup(project: TestProject): Promise<(() => Promise<void>) | undefined> {
  const external = process.env.TEST_DATABASE_URL;
  if (external !== undefined && external !== '') {
    project.provide('testCluster', { adminUrl: external });
    return undefined;
  }
  removeAbandoned();
  const dataDir = mkdtempSync(join(tmpdir(), PREFIX));
  const server = await startEmbeddedPostgres({ dataDir, durable: false, log: (line) => console.error(line) });
  project.provide('testCluster', {
    adminUrl: `postgresql://postgres@/postgres?host=${encodeURIComponent(server.host)}&port=${server.port}`,
  });
  return async () => {
    await server.stop();
    rmSync(dataDir, { recursive: true, force: true });
  };
}

/** Removes the directories of runs that were killed; those of runs still going are locked, others' are not ours. */
function removeAbandoned(): void {
  for (const name of readdirSync(tmpdir())) {
    if (!name.startsWith(PREFIX)) continue;
    const dataDir = join(tmpdir(), name);
    try {
      const empty = readdirSync(dataDir).length === 0; // another run is at this moment making it
      if (!empty && holderOf(dataDir) === undefined) rmSync(dataDir, { recursive: true, force: true });
    } catch {
      // another user's, or just being removed
    }
  }
}
