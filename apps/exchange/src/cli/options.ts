import { type ParseArgsOptionsConfig, parseArgs } from 'node:util';
import { UsageError } from './usage.ts';

/**
 * The options of a command and the words beside them, of which there must be `words`. Refuses what is not known, by
 * its name, followed by `help`.
 */
export function readOptions<T extends ParseArgsOptionsConfig>(
  args: readonly string[],
  { options, words, help }: { options: T; words: number; help: string },
) {
  try {
    const { values, positionals } = parseArgs({ args: [...args], allowPositionals: true, options });
    if (positionals.length !== words) {
      const wanted = ['nothing', 'one word', 'two words'][words] ?? `${words} words`;
      throw new Error(`${wanted} beside the options, please.`);
    }
    return { values, positionals };
  } catch (error) {
    throw new UsageError(`${(error as Error).message}\n\n${help}`);
  }
}

/** Columns as wide as what stands in them. */
export function toTable(rows: readonly (readonly string[])[]): string {
  const widths = (rows[0] ?? []).map((_, i) => Math.max(...rows.map((row) => row[i]?.length ?? 0)));
  return rows
    .map(
      (row) =>
        `${row
          .map((cell, i) => cell.padEnd(widths[i] ?? 0))
          .join('  ')
          .trimEnd()}\n`,
    )
    .join('');
}
