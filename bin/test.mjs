#!/usr/bin/env node
// npm test [-- vitest arguments]: installs what is missing, checks types and lint, runs all tests, and ends with one
// line "N passed, N failed" (", N skipped" when some were). Exit code 1 if anything failed or no test ran.
// --nightly (npm run nightly) runs the full counts of races, walks, kills and fuzzing, with seeds drawn anew and printed.
// --database runs only what talks to the database, without the checks; TEST_DATABASE_URL names the server to use.
import { spawn } from 'node:child_process';
import { mkdtempSync, readFileSync, rmSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { ensureInstalled, environment, root, runtime } from './bootstrap.mjs';
import { check } from './check.mjs';
import { findChromium } from './chromium.mjs';
import { ensurePortalBuilt } from './portal.mjs';

const databaseOnly = process.argv.includes('--database');
const nightly = process.argv.includes('--nightly');
const forwarded = process.argv
  .slice(2)
  .filter((argument) => argument !== '--database' && argument !== '--nightly');

ensureInstalled();
const args = [...forwarded];
const env = environment();
if (nightly) env.JHE_NIGHTLY = '1';
let failedChecks = 0;
if (databaseOnly) {
  if (forwarded.every((argument) => argument.startsWith('-'))) args.push('apps/exchange/src/', 'tests/');
  // Browsers and public clients see HTTP alone; the same server answers tests/conformance on this database.
  args.push('--exclude', 'tests/browser/**', '--exclude', 'tests/clients/**');
  // What runs on the embedded server, whatever is set, has nothing to say about another one.
  if (env.TEST_DATABASE_URL)
    args.push('--exclude', 'apps/exchange/src/database/embedded/**', '--exclude', 'tests/journey/**');
  // Whether every clause of the rule is missed by some test is the same on every server. What signs people in asks
  // another server the same in tests/conformance, holes and attacks as in the tests beside each page.
  if (env.TEST_DATABASE_URL)
    for (const same of [
      'tests/access/mutation.test.ts',
      'apps/exchange/src/{pages,authorization,identity}/**',
    ])
      args.push('--exclude', same);
} else {
  ensurePortalBuilt();
  const chromium = findChromium();
  if (chromium === undefined) {
    console.error('No Chromium found (set CHROMIUM_PATH to one): the browser tests are skipped.');
    args.push('--exclude', 'tests/browser/**', '--exclude', 'tests/clients/browser/**');
  } else {
    env.CHROMIUM_PATH = chromium;
  }
  failedChecks = await check();
}

const counts = await runVitest();
counts.failed += failedChecks;
for (const { file, name, why } of counts.failures ?? []) console.log(`FAILED ${file} > ${name}: ${why}`);
const skipped = counts.skipped > 0 ? `, ${counts.skipped} skipped` : '';
process.exitCode = counts.failed > 0 || counts.passed === 0 ? 1 : 0;
console.log(`${counts.passed} passed, ${counts.failed} failed${skipped}`);

/** Runs vitest to its end, and counts a crash, a signal or a missing report as one failure. */
async function runVitest() {
  const directory = mkdtempSync(join(tmpdir(), 'jhe-test-counts-'));
  const file = join(directory, 'counts.json');
  const code = await new Promise((resolve) => {
    const vitest = spawn(runtime(), [join(root, 'node_modules/vitest/vitest.mjs'), 'run', ...args], {
      cwd: root,
      env: { ...env, TEST_COUNTS_FILE: file },
      stdio: ['ignore', 'inherit', 'inherit'],
    });
    // Ctrl-C reaches vitest by itself; we stay to print the closing line.
    process.on('SIGINT', () => {});
    process.on('SIGTERM', () => vitest.kill('SIGTERM'));
    vitest.once('error', (error) => {
      console.error(`vitest could not be run: ${error.message}`);
      resolve(1);
    });
    vitest.once('close', (status, signal) => resolve(status ?? signal));
  });
  let counts = { passed: 0, failed: 0, skipped: 0 };
  try {
    counts = JSON.parse(readFileSync(file, 'utf8'));
  } catch {
    console.error('vitest ended without a report: counted as one failure.');
    counts.failed = 1;
  }
  rmSync(directory, { recursive: true, force: true });
  if (code !== 0 && counts.failed === 0) {
    console.error(`vitest ended with ${code} although no test failed: counted as one failure.`);
    counts.failed = 1;
  }
  return counts;
}
