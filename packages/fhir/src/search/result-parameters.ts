import type { Issue } from '../operation-outcome.ts';
import { normalizeName, type SearchDefinition } from './definition.ts';
import { parseElements } from './elements.ts';
import type { Search, SortKey } from './search.ts';

/** Matches per page when `_count` is absent, 0 or no number. */
export const DEFAULT_COUNT = 20;
/** Most matches per page; a larger `_count` is taken as this. */
export const MAX_COUNT = 1000;

/**
 * What a result parameter did: changed the search (`applied` is what it counts as, when not what it says), is not
 * supported and changed nothing, or has an unusable value.
 */
export type ResultParameterEffect =
  | { ok: true; applied?: string }
  | { ok: false; code: Issue['code']; message: string };

type Apply = (search: Search, value: string, definition: SearchDefinition) => ResultParameterEffect;

const ok: ResultParameterEffect = { ok: true };
const invalid = (message: string): ResultParameterEffect => ({ ok: false, code: 'value', message });
const unsupported = (message: string): ResultParameterEffect => ({
  ok: false,
  code: 'not-supported',
  message,
});

/** Result parameters by normalized name: they say how to answer, not what matches. */
const RESULT_PARAMETERS = new Map<string, Apply>([
  ['_count', applyCount],
  ['_page', applyPage],
  ['_cursor', applyCursor],
  ['_sort', applySort],
  ['_summary', applySummary],
  ['_total', applyTotal],
  ['_totalmethod', applyTotalMethod],
  ['_elements', applyElements],
  ['_format', () => ok],
  ['_pretty', () => ok],
]);

/** The result parameter of this name, if it is one. https://hl7.org/fhir/R5/search.html#modifyingresults */
export function findResultParameter(name: string): { key: string; apply: Apply } | undefined {
  const key = normalizeName(name);
  const apply = RESULT_PARAMETERS.get(key);
  return apply && { key, apply };
}

/** Contract of released clients: no `_count` is an error. 0 asks for the number alone, as `_summary=count` does. */
function applyCount(search: Search, value: string): ResultParameterEffect {
  if (/^0{1,9}$/.test(value)) {
    search.summary = 'count';
    return ok;
  }
  search.count = /^\d{1,9}$/.test(value) ? Math.min(Number(value), MAX_COUNT) : DEFAULT_COUNT;
  return { ok: true, applied: String(search.count) };
}

function applyPage(search: Search, value: string): ResultParameterEffect {
  if (!/^[1-9]\d{0,8}$/.test(value)) return invalid('must be a page number from 1');
  search.page = Number(value);
  return ok;
}

function applyCursor(search: Search, value: string): ResultParameterEffect {
  if (!/^[A-Za-z0-9._~-]{1,2048}$/.test(value)) return invalid('must be taken from a link of a result');
  search.cursor = value;
  return ok;
}

function applySummary(search: Search, value: string): ResultParameterEffect {
  const summary = value.toLowerCase();
  if (summary === 'count') search.summary = 'count';
  else if (summary !== 'false') return unsupported('is supported with the value count only');
  return ok;
}

function applyTotal(search: Search, value: string): ResultParameterEffect {
  if (value !== 'none' && value !== 'estimate' && value !== 'accurate') {
    return invalid('must be none, estimate or accurate');
  }
  search.total = value;
  return ok;
}

/** How fhirpy asks for a number; totals are always counted. */
function applyTotalMethod(search: Search, value: string): ResultParameterEffect {
  if (value !== 'count' && value !== 'exact') return unsupported('is supported with the value count only');
  search.total = 'accurate';
  return ok;
}

function applyElements(
  search: Search,
  value: string,
  { resourceType }: SearchDefinition,
): ResultParameterEffect {
  const elements = parseElements(value, resourceType);
  if (elements === undefined) return invalid('must be a list of names of elements, not of parts of them');
  search.elements = elements;
  return ok;
}

function applySort(search: Search, value: string, { sort }: SearchDefinition): ResultParameterEffect {
  const keys: SortKey[] = [];
  for (const text of value.split(',')) {
    const descending = text.startsWith('-');
    const name = normalizeName(text.replace(/^[-+ ]/, ''));
    const key = sort.find((candidate) => normalizeName(candidate) === name);
    if (key === undefined) return unsupported(`is supported with the keys ${sort.join(', ')} only`);
    if (keys.every((other) => other.key !== key)) keys.push({ key, descending });
  }
  search.sort = keys;
  return ok;
}
