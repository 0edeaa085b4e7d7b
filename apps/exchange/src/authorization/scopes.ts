/** What is done here with scopes: which words are known, and what they grant. */
import { type ParsedScopes, parseScopes, type ResourceScope, type ScopeContext } from '@jhe/smart';
import { IDENTITY_SCOPES } from '../domain/identity-scopes.ts';
import type { Grant, GrantedCode } from '../domain/principal.ts';

const IDENTITY: ReadonlySet<string> = new Set(IDENTITY_SCOPES);

/**
 * The words of a scope text that a person can be asked for, each once, in their order. The others grant nothing and are
 * dropped: those outside the grammar, queries that cannot be kept, and `system/`, which is for programs on their own.
 * When no word about records is left although some were asked, those that cannot be kept stay: whoever asked for little
 * must not get what a client gets that asks for nothing.
 */
export function knownScopes(text: string): string[] {
  const all = words(text).filter(
    (word) => IDENTITY.has(word) || parseScopes(word).resourceScopes.length === 1,
  );
  const grantable = all.filter((word) => IDENTITY.has(word) || isGrantable(word, ['patient', 'user']));
  return grantable.some((word) => !IDENTITY.has(word)) ? grantable : all;
}

/** The words of a scope text that a program on its own may have (SMART Backend Services 2.2). */
export function backendScopes(text: string): string[] {
  return words(text).filter((word) => isGrantable(word, ['system']));
}

const words = (text: string) => [...new Set(text.split(/\s+/).filter((word) => word !== ''))];

function isGrantable(word: string, contexts: readonly ScopeContext[]): boolean {
  const [scope] = parseScopes(word).resourceScopes;
  return scope !== undefined && contexts.includes(scope.context) && toGrant(scope) !== undefined;
}

export function hasResourceScope(text: string): boolean {
  return parseScopes(text).resourceScopes.length > 0;
}

/**
 * What a token grants: its own resource scopes or, when it has none, the default scopes of its client. `system/` scopes
 * count for programs on their own only, as far as the person goes who answers for them.
 */
export function toGrants(scope: string, defaultScope: string, isBackend = false): Grant[] {
  const own = parseScopes(scope);
  const granting: ParsedScopes = own.resourceScopes.length > 0 ? own : parseScopes(defaultScope);
  return granting.resourceScopes
    .filter(({ context }) => context !== 'system' || isBackend)
    .map(toGrant)
    .filter((grant) => grant !== undefined);
}

function toGrant({ context, type, permissions, query }: ResourceScope): Grant | undefined {
  const letters = (['c', 'r', 'u', 'd', 's'] as const).filter((letter) => permissions[letter]).join('');
  const grant = { context: context === 'patient' ? context : 'user', type, letters } as const;
  if (query === undefined) return grant;
  const codes = type === 'Observation' ? codesOf(query) : undefined;
  return codes && { ...grant, codes };
}

/** The codes of a granular scope; undefined for a scope of all codes, and for one that is not understood. */
export function grantedCodes(word: string): readonly GrantedCode[] | undefined {
  const [scope] = parseScopes(word).resourceScopes;
  return scope && toGrant(scope)?.codes;
}

/**
 * The codes that a granular scope names: `code=system|code,...`, where a comma means or (FHIR R5, search, 3.2.1.5.7).
 * Any other query is not understood: leaving part of it out would grant more than was asked.
 */
function codesOf(query: NonNullable<ResourceScope['query']>): GrantedCode[] | undefined {
  const [[name, value] = [], ...more] = query;
  if (name !== 'code' || value === undefined || more.length > 0 || value.includes('\\')) return undefined;
  const codes = value.split(',').map((token): GrantedCode => {
    const bar = token.lastIndexOf('|');
    return { system: bar < 0 ? null : token.slice(0, bar), code: token.slice(bar + 1) };
  });
  return codes.every(({ system, code }) => code !== '' && system !== '') ? codes : undefined;
}
