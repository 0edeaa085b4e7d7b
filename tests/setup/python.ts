/** Python programs from PyPI, unmodified, each in an environment of its own that is made once and kept between runs. */
import { execFile } from 'node:child_process';
import { existsSync, mkdirSync, renameSync, rmSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { promisify } from 'node:util';

const execute = promisify(execFile);

export type Installed = Readonly<{ python: string; bin: string }>;

/** A Python with these packages (`name==version`); a sentence when it cannot be made. */
export async function installPython(
  name: string,
  packages: readonly string[],
): Promise<Installed | { missing: string }> {
  const home = join(tmpdir(), `jhe-python-${name}-${process.getuid?.() ?? 0}`);
  const bin = join(home, 'bin');
  const installed = { python: join(bin, 'python'), bin };
  const complete = join(home, `.complete-${packages.join('-').replace(/[^A-Za-z0-9.=-]/g, '_')}`);
  if (existsSync(complete)) return installed;
  rmSync(home, { recursive: true, force: true });
  try {
    mkdirSync(home, { recursive: true });
    await execute('python3', ['-m', 'venv', home]);
    await execute(installed.python, ['-m', 'pip', 'install', '--quiet', ...packages]);
    writeFileSync(`${complete}.new`, '');
    renameSync(`${complete}.new`, complete);
    return installed;
  } catch (error) {
    rmSync(home, { recursive: true, force: true });
    const { stderr = '', message } = error as Error & { stderr?: string };
    return { missing: (stderr || message).trim().split('\n').at(-1) ?? message };
  }
}

/**
 * What was installed; otherwise skips the test and says why, or fails it with CI=true, where nothing is skipped.
 */
export function requireInstalled(
  what: string,
  installed: Installed | { missing: string },
  skip: (note: string) => never,
): Installed {
  if (!('missing' in installed)) return installed;
  const sentence = `${what} cannot be installed here: ${installed.missing}`;
  if (process.env.CI === 'true') throw new Error(sentence);
  console.error(`Skipped: ${sentence}`);
  return skip(sentence);
}
