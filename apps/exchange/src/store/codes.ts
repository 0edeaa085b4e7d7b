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
