// Builds the web portal when it is missing or older than its sources.
import { spawnSync } from 'node:child_process';
import { createHash } from 'node:crypto';
import {
  chmodSync,
  existsSync,
  mkdtempSync,
  readdirSync,
  readFileSync,
  renameSync,
  rmSync,
  writeFileSync,
} from 'node:fs';
import { join, relative } from 'node:path';
import { environment, fail, root, runtime } from './bootstrap.mjs';

const portal = join(root, 'apps', 'portal');
const dist = join(portal, 'dist');
const marker = join(dist, '.built');

/**
 * Builds apps/portal into its dist directory unless that was built from the same sources (a hash in dist/.built of the
 * files of apps/portal, packages/* and the lock file). Does nothing while there is no portal. The new build replaces
 * the old one at its end, so a running server never serves half of one. Ends the process if the build fails.
 */
export function ensurePortalBuilt() {
  if (!existsSync(join(portal, 'index.html'))) return;
  const wanted = sourceHash();
  if (existsSync(marker) && readFileSync(marker, 'utf8') === wanted) return;
  console.error('Building the portal ...');
  const fresh = mkdtempSync(join(root, 'node_modules', '.portal-'));
  const vite = join(root, 'node_modules', 'vite', 'bin', 'vite.js');
  const result = spawnSync(
    runtime(),
    [vite, 'build', '--outDir', fresh, '--emptyOutDir', '--logLevel', 'warn'],
    {
      cwd: portal,
      env: { ...environment(), NODE_ENV: 'production' },
      stdio: ['ignore', 2, 2],
    },
  );
  if (result.status !== 0) {
    rmSync(fresh, { recursive: true, force: true });
    fail('The portal could not be built; the messages of vite are above.');
  }
  writeFileSync(join(fresh, '.built'), wanted);
  chmodSync(fresh, 0o755); // a server of another user may serve it
  const old = `${fresh}-old`;
  if (existsSync(dist)) renameSync(dist, old);
  renameSync(fresh, dist);
  rmSync(old, { recursive: true, force: true });
}

function sourceHash() {
  const hash = createHash('sha256');
  for (const path of [
    ...filesBelow(portal),
    ...filesBelow(join(root, 'packages')),
    join(root, 'package-lock.json'),
  ]) {
    hash
      .update(`${relative(root, path)}\0`)
      .update(readFileSync(path))
      .update('\0');
  }
  return hash.digest('hex');
}

function filesBelow(directory) {
  return readdirSync(directory, { withFileTypes: true })
    .sort((a, b) => (a.name < b.name ? -1 : 1))
    .flatMap((entry) => {
      if (entry.name === 'node_modules' || entry.name === 'dist' || entry.name.endsWith('.test.ts'))
        return [];
      const path = join(directory, entry.name);
      return entry.isDirectory() ? filesBelow(path) : entry.isFile() ? [path] : [];
    });
}
