import type { DateFilter } from './date.ts';
import type { IdFilter } from './id.ts';
import type { ReferenceFilter } from './reference.ts';
import type { StringFilter } from './string.ts';
import type { TokenFilter } from './token.ts';
import type { UriFilter } from './uri.ts';

/** One condition. The values of a filter are alternatives (OR); the filters of a search all hold (AND). */
export type Filter = IdFilter | DateFilter | ReferenceFilter | StringFilter | TokenFilter | UriFilter;

/** One key of `_sort`, by the name the definition gives it. */
export type SortKey = { key: string; descending: boolean };

/**
 * A search as understood: what is in it is meant, and nothing that narrows was left out but what `ignored`
 * lists. `count` is 1 to 1000 matches per page, `page` counts from 1, `cursor` is an opaque text of the
 * server's own; `page` and `cursor` never come together. https://hl7.org/fhir/R5/search.html
 */
export type Search = {
  resourceType: string;
  filters: Filter[];
  sort: SortKey[];
  count: number;
  page: number;
  cursor?: string;
  summary?: 'count';
  total?: 'none' | 'estimate' | 'accurate';
  /** Elements to show, by name and without their type; the others are left out of each match. */
  elements?: string[];
  /**
   * The parameters that made this search, in order and as they came but for a `_count` that counts otherwise than it says:
   * what a link to this very search holds.
   */
  applied: [name: string, value: string][];
  /** Names of parameters that were not understood and that lenient handling let pass. */
  ignored: string[];
};

/** A parsed value, or what is wrong with it; the message completes "Parameter x ..." and repeats no value. */
export type ValueResult<Value> = { ok: true; value: Value } | { ok: false; message: string };
