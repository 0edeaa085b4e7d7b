#!/usr/bin/env node
// npm run check: types, lint and formatting, without tests.
import { spawn } from 'node:child_process';
import { existsSync } from 'node:fs';
import { join } from 'node:path';
import { ensureInstalled, environment, isCommand, root, runtime } from './bootstrap.mjs';

const bin = (name) => join(root, 'node_modules', name);

/** Type-checks every project and lints; prints what fails to stderr; resolves with the number of failed checks. */
export async function check() {
  const tsc = bin('typescript/bin/tsc');
  const checks = [
    ['types', tsc, '-p', 'tsconfig.json'],
    ['types of the portal', tsc, '-p', 'apps/portal/tsconfig.json'],
    ['lint and formatting', bin('@biomejs/biome/bin/biome'), 'check', '.'],
  ].filter(([, , , project]) => project === undefined || existsSync(join(root, project)));
  const failed = await Promise.all(checks.map(([name, ...command]) => passes(name, command)));
  return failed.filter((ok) => !ok).length;
}

function passes(name, args) {
  return new Promise((resolve) => {
    const child = spawn(runtime(), args, {
      cwd: root,
      env: environment(),
      stdio: ['ignore', 'pipe', 'pipe'],
    });
    let output = '';
    const collect = (chunk) => {
      output += chunk;
    };
    child.stdout.on('data', collect);
    child.stderr.on('data', collect);
    child.once('error', (error) => collect(error.message));
    child.once('close', (code) => {
      console.error(code === 0 ? `${name}: ok` : `${name}: FAILED\n${output.trimEnd()}\n`);
      resolve(code === 0);
    });
  });
}

if (isCommand(import.meta.url)) {
  ensureInstalled();
  process.exitCode = (await check()) === 0 ? 0 : 1;
}
