import { unescapeValue } from './escape.ts';
import type { ValueResult } from './search.ts';

/** A condition on text; all but `exact` compare without regard to case. */
export type StringFilter = {
  type: 'string';
  name: string;
  match: 'starts-with' | 'exact' | 'contains';
  values: string[];
};

/** One alternative of a string parameter. https://hl7.org/fhir/R5/search.html#string */
export function parseString(text: string): ValueResult<string> {
  return { ok: true, value: unescapeValue(text) };
}
