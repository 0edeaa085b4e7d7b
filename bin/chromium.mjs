// Finds the browser for the browser tests.
import { spawnSync } from 'node:child_process';
import { accessSync, constants, existsSync } from 'node:fs';
import { delimiter, join } from 'node:path';
import { fail } from './bootstrap.mjs';

const NAMES = [
  'chromium',
  'chromium-browser',
  'google-chrome',
  'google-chrome-stable',
  'chrome',
  'microsoft-edge',
];
const MAC_APPS = ['Chromium', 'Google Chrome', 'Microsoft Edge'];

/**
 * The path of a Chromium (CHROMIUM_PATH first, then the usual names), or undefined. With CI=true it is never
 * undefined: as root on Debian it is installed with apt-get, elsewhere the process ends with a sentence.
 */
export function findChromium() {
  const given = process.env.CHROMIUM_PATH;
  if (given) return isProgram(given) ? given : fail(`CHROMIUM_PATH names ${given}, which is not a program.`);
  const found = search();
  if (found !== undefined || process.env.CI !== 'true') return found;
  if (process.getuid?.() !== 0 || !existsSync('/usr/bin/apt-get')) {
    return fail('CI=true needs a Chromium for the browser tests: install one, or set CHROMIUM_PATH.');
  }
  console.error('Installing Chromium with apt-get ...');
  const apt = (...args) =>
    spawnSync('apt-get', args, {
      env: { ...process.env, DEBIAN_FRONTEND: 'noninteractive' },
      stdio: ['ignore', 2, 2],
    });
  apt('update', '-qq');
  apt('install', '-y', '-qq', '--no-install-recommends', 'chromium');
  return search() ?? fail('apt-get could not install Chromium; its messages are above. CI=true needs one.');
}

function search() {
  const onPath = (process.env.PATH ?? '')
    .split(delimiter)
    .flatMap((dir) => NAMES.map((name) => join(dir, name)));
  const usual = ['/usr/bin', '/usr/local/bin', '/snap/bin'].flatMap((dir) =>
    NAMES.map((name) => join(dir, name)),
  );
  const apps = MAC_APPS.map((name) => `/Applications/${name}.app/Contents/MacOS/${name}`);
  return [...onPath, ...usual, ...apps].find(isProgram);
}

function isProgram(path) {
  try {
    accessSync(path, constants.X_OK);
    return true;
  } catch {
    return false;
  }
}
