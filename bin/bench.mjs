#!/usr/bin/env node
// npm run bench: the measurements; arguments are passed on.
import { ensureInstalled, run } from './bootstrap.mjs';

ensureInstalled();
process.exitCode = await run('tests/bench/main.ts', process.argv.slice(2));
