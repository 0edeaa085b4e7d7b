/** Runs the commands of a page of the documentation, as a reader would, and holds what they print against what the page says. */
import { execFile } from 'node:child_process';
import { readFileSync } from 'node:fs';
import { fileURLToPath } from 'node:url';
import { promisify } from 'node:util';

const execute = promisify(execFile);
const DOCS = fileURLToPath(new URL('../../docs/', import.meta.url));
const MARK = '~~~~ next block ~~~~';

/** A block of commands and, where the page shows it, what it prints. */
type Step = { commands: string; prints: string | undefined };

/** The `sh` blocks of a page in order; a `json` or `text` block that comes next is what the one before it prints. */
function stepsOf(page: string): Step[] {
  const steps: Step[] = [];
  for (const [, language, text = ''] of page.matchAll(/^```(\w+)\n(.*?)^```$/gms)) {
    if (language === 'sh') steps.push({ commands: text, prints: undefined });
    const last = steps.at(-1);
    if ((language === 'json' || language === 'text') && last) last.prints = text.trim();
  }
  return steps;
}

export type RunStep = Readonly<{
  commands: string;
  printed: string;
  /** What the page says it prints, with `…` for whatever stands there. */
  expected: RegExp | undefined;
}>;

/** The first blocks of another page, where a page goes on. */
export type Beginning = Readonly<{ path: string; blocks: number }>;

/** Runs all blocks in one bash, against a server that runs at another address than the page's; stops at the first failure. */
export async function runPage(path: string, site: string, after?: Beginning): Promise<RunStep[]> {
  const blocksOf = (name: string) =>
    stepsOf(readFileSync(`${DOCS}${name}`, 'utf8').replaceAll('http://localhost:8000', site)).filter(
      ({ commands }) => commands.trim() !== 'npm start',
    );
  const steps = [...(after ? blocksOf(after.path).slice(0, after.blocks) : []), ...blocksOf(path)];
  const script = steps.map(({ commands }) => `${commands}\necho; echo '${MARK}'\n`).join('');
  const { stdout } = await execute('bash', ['-eu', '-o', 'pipefail', '-c', script], { maxBuffer: 64e6 });
  const printed = stdout.split(`\n${MARK}\n`);
  return steps.map(({ commands, prints }, place) => ({
    commands,
    printed: printed[place]?.trim() ?? '',
    expected: prints === undefined ? undefined : toPattern(prints),
  }));
}

const toPattern = (text: string) =>
  new RegExp(
    `^${text
      .split('…')
      .map((part) => part.replace(/[.*+?^${}()|[\]\\]/g, '\\$&'))
      .join('.*')}$`,
    's',
  );
