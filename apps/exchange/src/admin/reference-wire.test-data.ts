/** What the reference answered: recorded calls, kept beside the checkout and not part of it. */
import { existsSync, readFileSync } from 'node:fs';
import { fileURLToPath } from 'node:url';

export type RecordedCall = Readonly<{
  seq: number;
  method: string;
  url: string;
  sent: unknown;
  status: number;
  body: unknown;
}>;

const FILE = fileURLToPath(new URL('../../../../../shared/data/reference-wire/wire.jsonl', import.meta.url));

/** The recorded calls by their number; undefined, with a word about it, where they are absent. */
export function readRecordedCalls(): ReadonlyMap<number, RecordedCall> | undefined {
  if (!existsSync(FILE)) {
    console.error(
      'Skipped: the comparison with recorded replies, because shared/data/reference-wire is not beside the checkout.',
    );
    return undefined;
  }
  const calls = readFileSync(FILE, 'utf8')
    .split('\n')
    .filter((line) => line !== '')
    .map((line) => JSON.parse(line) as RecordedCall);
  return new Map(calls.map((call) => [call.seq, call]));
}
