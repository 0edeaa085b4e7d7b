/** Whose data a scope is about. */
export type ScopeContext = 'patient' | 'user' | 'system';

/** One interaction of SMART v2: create, read, update, delete, search. */
export type Interaction = 'c' | 'r' | 'u' | 'd' | 's';

/** Permissions a scope asks for; v1 `read` is `rs`, `write` is `cud`. */
export type Permissions = Readonly<Record<Interaction, boolean>>;

/** `patient/Observation.rs?code=..`; `query` narrows the grant and is never to be left out of account. */
export type ResourceScope = {
  context: ScopeContext;
  /** A resource type's name, or `*` for all. */
  type: string;
  permissions: Permissions;
  query?: (readonly [name: string, value: string])[];
};

/** Scopes sorted by whether they are about resources, known otherwise, or neither. */
export type ParsedScopes = { resourceScopes: ResourceScope[]; other: string[]; unknown: string[] };

/** Known scopes that grant no resource. https://hl7.org/fhir/smart-app-launch/scopes-and-launch-context.html */
const OTHER =
  /^(?:openid|profile|email|fhirUser|launch|launch\/(?:patient|encounter)|offline_access|online_access)$/;
const RESOURCE = /^(patient|user|system)\/(\*|[A-Z][A-Za-z]{0,63})\.([a-z]{1,5}|\*)(?:\?(.*))?$/;
const V1: Readonly<Record<string, string>> = { read: 'rs', write: 'cud', '*': 'cruds' };
/** Version 2 wants the letters in this order, each at most once. */
const V2 = /^c?r?u?d?s?$/;

/**
 * Reads a space-separated scope text by the grammar of SMART App Launch 1.0 (`patient/Observation.read`,
 * `user/*.*`) and 2.x (`patient/Observation.rs?code=..`, `.cruds`). Repeated scopes count once. A scope
 * outside both grammars, one with its letters out of order, or one with a query that is empty or malformed
 * goes to `unknown`, and grants nothing. Never throws.
 * https://hl7.org/fhir/smart-app-launch/scopes-and-launch-context.html#scopes-for-requesting-fhir-resources
 */
export function parseScopes(text: string): ParsedScopes {
  const parsed: ParsedScopes = { resourceScopes: [], other: [], unknown: [] };
  for (const word of new Set(text.split(/\s+/))) {
    if (word === '') continue;
    const scope = parseResourceScope(word);
    if (scope !== undefined) parsed.resourceScopes.push(scope);
    else if (OTHER.test(word)) parsed.other.push(word);
    else parsed.unknown.push(word);
  }
  return parsed;
}

function parseResourceScope(word: string): ResourceScope | undefined {
  const match = RESOURCE.exec(word);
  if (match === null) return undefined;
  const [, context, type = '', verbs = '', queryText] = match;
  const isVersion1 = Object.hasOwn(V1, verbs);
  const letters = isVersion1 ? V1[verbs]! : verbs;
  if (!V2.test(letters)) return undefined;
  // Only version 2 has queries: a `read` with one is neither.
  const query = queryText === undefined ? undefined : isVersion1 ? [] : parseQuery(queryText);
  if (query !== undefined && query.length === 0) return undefined;
  return {
    context: context as ScopeContext,
    type,
    permissions: {
      c: letters.includes('c'),
      r: letters.includes('r'),
      u: letters.includes('u'),
      d: letters.includes('d'),
      s: letters.includes('s'),
    },
    ...(query === undefined ? {} : { query }),
  };
}

/** The pairs of a query, or none at all when any of them is malformed: dropping one would widen the grant. */
function parseQuery(text: string): [string, string][] {
  const pairs: [string, string][] = [];
  for (const pair of text.split('&')) {
    const equals = pair.indexOf('=');
    if (equals < 1 || equals === pair.length - 1) return [];
    try {
      const [name, value] = [pair.slice(0, equals), pair.slice(equals + 1)].map((part) =>
        decodeURIComponent(part.replaceAll('+', ' ')),
      );
      pairs.push([name!, value!]);
    } catch {
      return [];
    }
  }
  return pairs;
}

/** The scope as text in the grammar of version 2; `parseScopes` reads it back as the same scope. */
export function renderScope({ context, type, permissions, query }: ResourceScope): string {
  const letters = (['c', 'r', 'u', 'd', 's'] as const).filter((letter) => permissions[letter]).join('');
  const pairs = query?.map(([name, value]) => `${encodeURIComponent(name)}=${encodeURIComponent(value)}`);
  return `${context}/${type}.${letters}${pairs === undefined ? '' : `?${pairs.join('&')}`}`;
}

/**
 * What scopes allow of one interaction with one type. `constraints` is undefined when some scope grants it
 * whole; else each item is the query of one scope, and a resource must match one of them (OR), in all its
 * pairs (AND).
 */
export type Allowance =
  | { allowed: false }
  | { allowed: true; constraints: (readonly (readonly [name: string, value: string])[])[] | undefined };

/**
 * Whether resource scopes grant an interaction in one of the given contexts. Only what a scope says is
 * granted: no scopes and unknown scopes grant nothing, and a scope with a query grants no more than that
 * query's matches.
 */
export function allows(
  scopes: readonly ResourceScope[],
  contexts: readonly ScopeContext[],
  type: string,
  interaction: Interaction,
): Allowance {
  const granting = scopes.filter(
    (scope) =>
      contexts.includes(scope.context) &&
      (scope.type === '*' || scope.type === type) &&
      scope.permissions[interaction],
  );
  if (granting.length === 0) return { allowed: false };
  const constraints = granting.flatMap(({ query }) => (query === undefined ? [] : [query]));
  return { allowed: true, constraints: constraints.length === granting.length ? constraints : undefined };
}
