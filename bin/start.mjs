#!/usr/bin/env node
// npm start: installs what is missing, builds the portal if needed, and runs the server until Ctrl-C.
import { ensureInstalled, run } from './bootstrap.mjs';
import { ensurePortalBuilt } from './portal.mjs';

ensureInstalled();
ensurePortalBuilt();
process.exitCode = await run('apps/exchange/src/main.ts', process.argv.slice(2));
