#!/usr/bin/env node
// The command line, `npx jhe ...`: file arguments are relative to where it is called from.
import { ensureInstalled, run } from './bootstrap.mjs';

ensureInstalled();
process.exitCode = await run('apps/exchange/src/cli/main.ts', process.argv.slice(2));
