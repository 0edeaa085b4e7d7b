import type { DateFilter, DateValue, StringFilter, TokenFilter, TokenValue } from '@jhe/fhir';
import { isOmhSystem } from '@jhe/omh';
import { join, type Sql, sql } from '../database/sql.ts';

/** Alternatives in disjunction; there is always at least one. */
const either = (alternatives: Sql[]): Sql => sql`(${join(alternatives, ' or ')})`;

const instant = (epochMs: number): Sql => sql`to_timestamp(${epochMs}::double precision / 1000)`;

/**
 * A date condition on a period [start, end] held in two columns; an instant has no end. FHIR R5 search.html#prefix:
 * the text of the query is itself an interval, as wide as it is precise.
 */
export function matchesDate(filter: DateFilter, start: Sql, end: Sql): Sql {
  // As CASE and not as COALESCE, of which PostgreSQL does not know that it tells nothing of rows out of sight: what is asked
  // of the date would be asked after what is asked of the person.
  const last = end.text === start.text ? start : sql`case when ${end} is null then ${start} else ${end} end`;
  return either(filter.values.map((value) => dateValue(value, start, last)));
}

function dateValue({ prefix, start: from, end: until }: DateValue, start: Sql, end: Sql): Sql {
  switch (prefix) {
    case 'eq':
      return sql`(${start} >= ${instant(from)} and ${end} < ${instant(until)})`;
    case 'ne':
      return sql`not (${start} >= ${instant(from)} and ${end} < ${instant(until)})`;
    case 'gt':
      return sql`${end} >= ${instant(until)}`;
    case 'ge':
      return sql`${end} >= ${instant(from)}`;
    case 'lt':
      return sql`${start} < ${instant(from)}`;
    case 'le':
      return sql`${start} < ${instant(until)}`;
    case 'sa':
      return sql`${start} >= ${instant(until)}`;
    case 'eb':
      return sql`${end} < ${instant(from)}`;
  }
}

/** A token condition on a column pair. Both systems of the Open mHealth family mean the same codes. */
export function matchesToken(filter: TokenFilter, system: Sql, code: Sql): Sql {
  const matched = either(filter.values.map((value) => tokenValue(value, system, code)));
  return filter.not ? sql`not ${matched}` : matched;
}

function tokenValue(value: TokenValue, system: Sql, code: Sql): Sql {
  switch (value.match) {
    case 'code':
    case 'no-system':
      return sql`${code} = ${value.code}`;
    case 'system':
      return sql`${system} = ${value.system}`;
    case 'system-and-code':
      return isOmhSystem(value.system)
        ? sql`(${system} in ('https://w3id.org/openmhealth', 'https://w3id.org/ieee1752') and ${code} = ${value.code})`
        : sql`(${system} = ${value.system} and ${code} = ${value.code})`;
  }
}

/** A column of text, and the same text in lower case in an index of its own, if there is one. */
export type TextColumn = Readonly<{ column: Sql; folded?: Sql }>;

/** A string condition: any of the columns starts with (or contains, or is) any of the values. */
export function matchesString(filter: StringFilter, columns: readonly TextColumn[]): Sql {
  return either(
    filter.values.flatMap((value) => columns.map((column) => stringValue(filter.match, value, column))),
  );
}

/** Behind every text that begins with another one: the last code point there is. */
const LAST = '\u{10FFFF}';

function stringValue(match: StringFilter['match'], value: string, { column, folded }: TextColumn): Sql {
  const pattern = value.replace(/[\\%_]/g, '\\$&');
  switch (match) {
    case 'exact':
      return sql`${column} = ${value}`;
    case 'contains':
      return sql`${column} ilike ${`%${pattern}%`}`;
    case 'starts-with':
      // Between two texts, as row security lets an index compare; ILIKE, which decides, it does not let.
      return folded === undefined
        ? sql`${column} ilike ${`${pattern}%`}`
        : sql`(${folded} ~>=~ lower(${value}::text) and ${folded} ~<~ (lower(${value}::text) || ${LAST}::text) and ${column} ilike ${`${pattern}%`})`;
  }
}

/** None may match a `:not`, so the negation stands outside; an absent value does not match. */
export function negatable(filter: TokenFilter, positive: (filter: TokenFilter) => Sql): Sql {
  const matched = sql`coalesce(${positive({ ...filter, not: false })}, false)`;
  return filter.not ? sql`not ${matched}` : matched;
}

/** Ids of ours are integers; any other text is the id of nothing. */
export function integers(texts: readonly string[]): number[] {
  return texts.filter((text) => /^\d{1,15}$/.test(text)).map(Number);
}
