import { parseReference } from '../reference.ts';
import { unescapeValue } from './escape.ts';
import type { ValueResult } from './search.ts';

/** A condition on a reference to resources of one type on this server, by their ids. */
export type ReferenceFilter = { type: 'reference'; name: string; target: string; ids: string[] };

/**
 * One alternative of a reference parameter: a bare id, `Type/id`, or an absolute URL of this server.
 * https://hl7.org/fhir/R5/search.html#reference
 */
export function parseReferenceValue(text: string, base: string, target: string): ValueResult<string> {
  const reference = parseReference(unescapeValue(text), { base, type: target });
  return reference.ok ? { ok: true, value: reference.id } : reference;
}
