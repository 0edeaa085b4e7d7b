import { createHash } from 'node:crypto';
import { readdir, readFile } from 'node:fs/promises';

const RULE = new URL('./rule/', import.meta.url);

export type RuleFile = Readonly<{ name: string; text: string }>;

/** The files of the access rule in the order in which they are applied, and the hash that stands for all of them. */
export async function readRule(): Promise<{ files: RuleFile[]; hash: string }> {
  const names = (await readdir(RULE)).filter((name) => name.endsWith('.sql')).sort();
  const files = await Promise.all(
    names.map(async (name) => ({ name, text: await readFile(new URL(name, RULE), 'utf8') })),
  );
  const hash = createHash('sha256');
  for (const { name, text } of files) hash.update(`${name}\n${text}\n`);
  return { files, hash: hash.digest('hex') };
}
