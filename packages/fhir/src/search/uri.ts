import { unescapeValue } from './escape.ts';
import type { ValueResult } from './search.ts';

/** A condition on a URI: equal, or with `below` any URI under one of the values. */
export type UriFilter = { type: 'uri'; name: string; below: boolean; values: string[] };

/** One alternative of a uri parameter; compared as text. https://hl7.org/fhir/R5/search.html#uri */
export function parseUri(text: string): ValueResult<string> {
  return { ok: true, value: unescapeValue(text) };
}
