import { isOmhSystem } from '@jhe/omh';
import type { Sight, WritableSight } from '../access/sight.ts';
import { sql } from '../database/sql.ts';

/** A kind of data that can be asked for: an Open mHealth or IEEE 1752 schema by coding system and code. */
export type CodeRow = Readonly<{ id: number; system: string; code: string; text: string }>;

/** Every code by text. */
export function list(sight: Sight): Promise<CodeRow[]> {
  return sight.query<CodeRow>(
    sql`select c.id, c.system, c.code, c.text from ${sight.codes} c order by c.text, c.id`,
  );
}

export async function get(sight: Sight, id: number): Promise<CodeRow | undefined> {
  const [row] = await sight.query<CodeRow>(
    sql`select c.id, c.system, c.code, c.text from ${sight.codes} c where c.id = ${id}`,
  );
  return row;
}

/** The codes with one of these code values, of any system; the caller picks by system. */
export function findByCode(sight: Sight, codes: readonly string[]): Promise<CodeRow[]> {
  return sight.query<CodeRow>(
    sql`select c.id, c.system, c.code, c.text from ${sight.codes} c where c.code = any(${codes}::text[]) order by c.id`,
  );
}

/**
 * The row that (system, code) means, among `rows`: the one of just that name, or else, since both systems of the Open
 * mHealth family mean the same codes, the one of the other system. Answers and readings are told their codes by this.
 */
export function named<Row extends Pick<CodeRow, 'system' | 'code'>>(
  rows: readonly Row[],
  { system, code }: Pick<CodeRow, 'system' | 'code'>,
): Row | undefined {
  const alike = rows.filter((row) => row.code === code);
  return (
    alike.find((row) => row.system === system) ??
    (isOmhSystem(system) ? alike.find((row) => isOmhSystem(row.system)) : undefined)
  );
}

/** Adds a code; undefined when (system, code) exists already. The database refuses all but superusers. */
export async function insert(
  sight: WritableSight,
  { system, code, text }: Omit<CodeRow, 'id'>,
): Promise<CodeRow | undefined> {
  const [row] = await sight.query<CodeRow>(sql`
    insert into code (system, code, text) values (${system}, ${code}, ${text})
    on conflict (system, code) do nothing
    returning id, system, code, text`);
  return row;
}

/** Renames a code for people; system and code are its identity and stay. */
export async function rename(sight: WritableSight, id: number, text: string): Promise<CodeRow | undefined> {
  const [row] = await sight.query<CodeRow>(
    sql`update code set text = ${text} where id = ${id} returning id, system, code, text`,
  );
  return row;
}
