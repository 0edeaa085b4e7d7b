import { unescapeValue } from './escape.ts';
import type { ValueResult } from './search.ts';

/** A condition on the resource's own id. There is at least one id; one that cannot exist matches nothing. */
export type IdFilter = { type: 'id'; name: '_id'; ids: string[] };

/**
 * One alternative of `_id`. Any text is taken: an id of the wrong form is an id that nothing has, which
 * clients see as an empty result and not as an error. https://hl7.org/fhir/R5/search.html#_id
 */
export function parseIdValue(text: string): ValueResult<string> {
  return { ok: true, value: unescapeValue(text) };
}
