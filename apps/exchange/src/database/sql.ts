/**
 * SQL as values: a tagged template whose fragments nest and whose values are always bound parameters.
 * `empty`, `join` and `raw` come with it; `raw` takes trusted constants only (names of our own columns).
 */

/** A text as it stands in a statement that cannot take values (`set local`). */
export { escapeLiteral as literal } from 'pg';
export { default as sql, empty, join, raw, Sql } from 'sql-template-tag';
