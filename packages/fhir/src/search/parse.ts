import type { Issue, Refusal } from '../operation-outcome.ts';
import { parseDate } from './date.ts';
import { findParameter, type SearchDefinition, type SearchParameter } from './definition.ts';
import { splitEscaped } from './escape.ts';
import { parseIdValue } from './id.ts';
import { parseReferenceValue } from './reference.ts';
import { DEFAULT_COUNT, findResultParameter } from './result-parameters.ts';
import type { Filter, Search, ValueResult } from './search.ts';
import { parseString } from './string.ts';
import { parseToken } from './token.ts';
import { parseUri } from './uri.ts';

const MAX_VALUES = 200;
const MAX_PARAMETERS = 200;
const MAX_VALUE_LENGTH = 1000;
const MAX_ISSUES = 20;

/**
 * An unknown name with one of these words may be meant to narrow the search to a person or a group, so it is
 * never passed over: the answer would hold more people's data than was asked for.
 */
const NARROWING =
  /patient|subject|study|group|organi[sz]ation|member|entity|^_?has|^_?(?:filter|query|list|in)\b/i;
const PLAIN_NAME = /^[A-Za-z_][A-Za-z0-9_.:-]{0,99}$/;

/**
 * Reads query parameters as a search of one resource type. `base` is the absolute URL of the FHIR face, for
 * absolute references. Unknown parameters are issues in strict handling, since a search without them finds more than was
 * asked for; in lenient handling those that cannot narrow by patient, study or organization are listed in
 * `search.ignored` and left out, of `search.applied` too. A known parameter with an unusable value, an unknown modifier or
 * prefix, a repeated result parameter, more than 200 values of one parameter or a value over 1000 characters is an issue in
 * both. Issues name the parameter and never
 * repeat its value. Never throws. https://hl7.org/fhir/R5/search.html
 */
export function parseSearch(
  definition: SearchDefinition,
  params: Iterable<readonly [name: string, value: string]>,
  { base, handling }: { base: string; handling: 'strict' | 'lenient' },
): { ok: true; search: Search } | Refusal {
  const search: Search = {
    resourceType: definition.resourceType,
    filters: [],
    sort: [],
    count: DEFAULT_COUNT,
    page: 1,
    applied: [],
    ignored: [],
  };
  const issues: Issue[] = [];
  const valueCounts = new Map<string, number>();
  const seen = new Set<string>();
  let parameterCount = 0;

  for (const [name, value] of params) {
    if (issues.length >= MAX_ISSUES) break;
    if (++parameterCount > MAX_PARAMETERS) {
      issues.push({ code: 'too-costly', diagnostics: `A search has at most ${MAX_PARAMETERS} parameters.` });
      break;
    }
    const unsupported = (message: string): void => {
      if (handling === 'strict' || NARROWING.test(name)) issues.push(issue('not-supported', name, message));
      else search.ignored.push(shown(name));
    };

    const result = findResultParameter(name);
    if (result !== undefined) {
      if (seen.has(result.key)) issues.push(issue('invalid', name, 'must be given only once'));
      seen.add(result.key);
      const effect = result.apply(search, value, definition);
      if (effect.ok) search.applied.push([name, effect.applied ?? value]);
      else if (effect.code === 'not-supported') unsupported(effect.message);
      else issues.push(issue(effect.code, name, effect.message));
      continue;
    }

    const found = findParameter(definition, name);
    if (found === undefined) {
      unsupported(`is not supported for ${definition.resourceType}`);
      continue;
    }
    const parts = splitEscaped(value, ',');
    const counted = (valueCounts.get(found.parameter.name) ?? 0) + parts.length;
    valueCounts.set(found.parameter.name, counted);
    const fault =
      counted > MAX_VALUES
        ? issue('too-costly', name, `must have at most ${MAX_VALUES} values`)
        : unusable(name, parts);
    if (fault !== undefined) {
      issues.push(fault);
      continue;
    }
    const filter = toFilter(found.parameter, found.modifier, parts, base);
    if (filter.ok) {
      search.filters.push(filter.value);
      search.applied.push([name, value]);
    } else issues.push(issue(filter.code, name, filter.message));
  }
  if (search.cursor !== undefined && seen.has('_page')) {
    issues.push(issue('invalid', '_cursor', 'must not be combined with _page'));
  }
  return issues.length > 0 ? { ok: false, issues } : { ok: true, search };
}

function unusable(name: string, parts: readonly string[]): Issue | undefined {
  for (const part of parts) {
    if (part.trim() === '') return issue('value', name, 'must not have an empty value');
    if (part.length > MAX_VALUE_LENGTH) return issue('too-long', name, 'has a value that is too long');
    // A database text can hold neither.
    if (part.includes('\0') || !part.isWellFormed()) return issue('value', name, 'must be well-formed text');
  }
  return undefined;
}

type FilterResult = { ok: true; value: Filter } | { ok: false; code: Issue['code']; message: string };

function toFilter(
  parameter: SearchParameter,
  modifier: string | undefined,
  parts: readonly string[],
  base: string,
): FilterResult {
  const name = parameter.as ?? parameter.name;
  switch (parameter.type) {
    case 'id':
      if (modifier !== undefined) return badModifier;
      return all(parts, parseIdValue, (ids) => ({ type: 'id', name: '_id', ids }));
    case 'token':
      if (modifier !== undefined && modifier !== 'not') return badModifier;
      return all(parts, parseToken, (values) => ({ type: 'token', name, not: modifier === 'not', values }));
    case 'date':
      if (modifier !== undefined) return badModifier;
      return all(parts, parseDate, (values) => ({ type: 'date', name, values }));
    case 'string': {
      if (modifier !== undefined && modifier !== 'exact' && modifier !== 'contains') return badModifier;
      const match = modifier ?? 'starts-with';
      return all(parts, parseString, (values) => ({ type: 'string', name, match, values }));
    }
    case 'uri':
      if (modifier !== undefined && modifier !== 'below') return badModifier;
      return all(parts, parseUri, (values) => ({ type: 'uri', name, below: modifier === 'below', values }));
    case 'reference': {
      const { target } = parameter;
      if (modifier !== undefined && modifier !== target.toLowerCase()) return badModifier;
      return all(
        parts,
        (part) => parseReferenceValue(part, base, target),
        (ids) => ({ type: 'reference', name, target, ids }),
      );
    }
  }
}

const badModifier: FilterResult = {
  ok: false,
  code: 'not-supported',
  message: 'has a modifier that is not supported',
};

function all<Value>(
  parts: readonly string[],
  parse: (part: string) => ValueResult<Value>,
  make: (values: Value[]) => Filter,
): FilterResult {
  const values: Value[] = [];
  for (const part of parts) {
    const parsed = parse(part);
    if (!parsed.ok) return { ok: false, code: 'value', message: parsed.message };
    values.push(parsed.value);
  }
  return { ok: true, value: make(values) };
}

/** The name is the client's text, so it is repeated only when it reads like a parameter. */
function shown(name: string): string {
  return PLAIN_NAME.test(name) ? name : '(unnamed)';
}

function issue(code: Issue['code'], name: string, message: string): Issue {
  const text = shown(name);
  return { code, diagnostics: `Parameter ${text} ${message}.`, expression: `http.${text}` };
}
