/**
 * Where the keys that seal secrets are: in the setting JHE_SEALING_KEY, or in a file beside the embedded database: in its
 * directory, outside of PostgreSQL's, so that neither a dump nor a copy of PostgreSQL's files holds it.
 */
import { randomBytes } from 'node:crypto';
import { closeSync, fsyncSync, mkdirSync, openSync, readFileSync, renameSync, writeSync } from 'node:fs';
import { join } from 'node:path';
import type { Config } from '../config.ts';
import { givenKeys, SEALING_KEY_BYTES, type SealingKeys } from './sealing.ts';

const FILE = 'sealing-key';
const HEAD = [
  '# Keys that seal secrets in the database, the newest first. Without this file they cannot be opened:',
  '# keep a copy of it, and keep that apart from copies of the database.',
];

/**
 * The keys that are set; else those of the embedded database's file; else, with a database of one's own, none. The file
 * is made when the first key is asked for, and nobody but its owner may read it.
 */
export function findSealingKeys({
  databaseUrl,
  dataDir,
  sealingKeys,
}: Pick<Config, 'databaseUrl' | 'dataDir' | 'sealingKeys'>): SealingKeys {
  if (sealingKeys.length > 0 || databaseUrl !== null) return givenKeys(sealingKeys);
  const file = join(dataDir, FILE);
  return { read: () => readKeys(file), add: () => addKey(dataDir, file), where: file };
}

function readKeys(file: string): Buffer[] {
  let text: string;
  try {
    text = readFileSync(file, 'utf8');
  } catch (error) {
    if ((error as { code?: string }).code === 'ENOENT') return [];
    throw error;
  }
  const lines = text.split('\n').filter((line) => line.trim() !== '' && !line.startsWith('#'));
  const keys = lines.map((line) => Buffer.from(line.trim(), 'base64'));
  if (keys.length === 0 || keys.some((key) => key.length !== SEALING_KEY_BYTES)) {
    throw new Error(`${file} is not a file of sealing keys any more: put it back from a copy.`);
  }
  return keys;
}

/** A file that a crash leaves is either the old one or the new one. */
function addKey(dataDir: string, file: string): void {
  const keys = [randomBytes(SEALING_KEY_BYTES), ...readKeys(file)];
  mkdirSync(dataDir, { recursive: true, mode: 0o700 });
  const unfinished = `${file}.${process.pid}.unfinished`;
  const opened = openSync(unfinished, 'w', 0o600);
  writeSync(opened, `${[...HEAD, ...keys.map((key) => key.toString('base64'))].join('\n')}\n`);
  fsyncSync(opened);
  closeSync(opened);
  renameSync(unfinished, file);
}
