import { escapeValue, splitEscaped, unescapeValue } from './escape.ts';
import type { ValueResult } from './search.ts';

/**
 * One token. `code` matches in any system; `system-and-code` both; `no-system` is what `|v` says, which by
 * the specification means "no system" and which released clients use for "any system": the store decides;
 * `system` any code of a system.
 */
export type TokenValue =
  | { match: 'code'; code: string }
  | { match: 'system-and-code'; system: string; code: string }
  | { match: 'no-system'; code: string }
  | { match: 'system'; system: string };

/** A condition on codes or identifiers; with `not`, no value may match. */
export type TokenFilter = { type: 'token'; name: string; not: boolean; values: TokenValue[] };

/**
 * One alternative of a token parameter: `v`, `s|v`, `|v` or `s|`, with backslash escapes. Refuses `|` and
 * more than one separator. https://hl7.org/fhir/R5/search.html#token
 */
export function parseToken(text: string): ValueResult<TokenValue> {
  const parts = splitEscaped(text, '|').map(unescapeValue);
  const [first = '', second] = parts;
  if (parts.length > 2) return { ok: false, message: 'must hold at most one unescaped | per value' };
  if (text === '') return { ok: false, message: 'must not have an empty value' };
  if (second === undefined) return { ok: true, value: { match: 'code', code: first } };
  if (first === '' && second === '') return { ok: false, message: 'must hold a system or a code' };
  if (second === '') return { ok: true, value: { match: 'system', system: first } };
  if (first === '') return { ok: true, value: { match: 'no-system', code: second } };
  return { ok: true, value: { match: 'system-and-code', system: first, code: second } };
}

/** The text `parseToken` reads as this value. */
export function renderToken(value: TokenValue): string {
  switch (value.match) {
    case 'code':
      return escapeValue(value.code);
    case 'system-and-code':
      return `${escapeValue(value.system)}|${escapeValue(value.code)}`;
    case 'no-system':
      return `|${escapeValue(value.code)}`;
    case 'system':
      return `${escapeValue(value.system)}|`;
  }
}
