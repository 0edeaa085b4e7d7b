#!/usr/bin/env node
// npm run docs: writes the generated reference pages.
import { ensureInstalled, run } from './bootstrap.mjs';

ensureInstalled();
process.exitCode = await run('docs/generate.ts', process.argv.slice(2));
