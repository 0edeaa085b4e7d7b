/** What is done here with scopes: which words are known, what they grant, how they are said to people. */
import { type ParsedScopes, parseScopes, type ResourceScope } from '@jhe/smart';
import type { Grant } from '../domain/principal.ts';

/** Scopes that are about the person or the launch, not about resources. */
export const IDENTITY_SCOPES = [
  'openid',
  'email',
  'profile',
  'fhirUser',
  'offline_access',
  'online_access',
  'launch',
  'launch/patient',
] as const;

const IDENTITY: ReadonlySet<string> = new Set(IDENTITY_SCOPES);

/** The words of a scope text that are understood, each once, in their order. The others grant nothing and are dropped. */
export function knownScopes(text: string): string[] {
  const words = new Set(text.split(/\s+/).filter((word) => word !== ''));
  return [...words].filter((word) => IDENTITY.has(word) || parseScopes(word).resourceScopes.length === 1);
}

export function hasResourceScope(text: string): boolean {
  return parseScopes(text).resourceScopes.length > 0;
}

/**
 * What a token grants: its own resource scopes or, when it has none, the default scopes of its client. A scope with a
 * query grants nothing: dropping the query would grant more than was asked.
 */
export function toGrants(scope: string, defaultScope: string): Grant[] {
  const own = parseScopes(scope);
  const granting: ParsedScopes = own.resourceScopes.length > 0 ? own : parseScopes(defaultScope);
  return granting.resourceScopes
    .filter(({ query }) => query === undefined)
    .map((granted) => ({ context: granted.context, type: granted.type, letters: lettersOf(granted) }));
}

function lettersOf({ permissions }: ResourceScope): string {
  return (['c', 'r', 'u', 'd', 's'] as const).filter((letter) => permissions[letter]).join('');
}

const IDENTITY_IN_WORDS: Partial<Record<string, string>> = {
  openid: 'Know that it is you',
  email: 'See your e-mail address',
  profile: 'See your name',
  fhirUser: 'See which record in the exchange is yours',
  offline_access: 'Stay connected when you are not here, until you disconnect it',
};

/** What a list of scopes asks for, in sentences for the person who decides. */
export function inPlainWords(scopes: readonly string[]): string[] {
  const sentences = scopes.map((word) => {
    if (IDENTITY.has(word)) return IDENTITY_IN_WORDS[word];
    const [resource] = parseScopes(word).resourceScopes;
    if (!resource || resource.context === 'system') return undefined;
    const { permissions: may, type, context } = resource;
    const verbs = [(may.r || may.s) && 'read', may.c && 'add', may.u && 'change', may.d && 'delete'].filter(
      (verb) => verb !== false,
    );
    const what = type === '*' ? 'all kinds of records' : `${type} records`;
    const verbText = verbs.join(', ').replace(/, ([^,]*)$/, ' and $1');
    const sentence = `${verbText} ${what} ${context === 'patient' ? 'of your own' : 'that you may see yourself'}`;
    return sentence.charAt(0).toUpperCase() + sentence.slice(1);
  });
  return [...new Set(sentences.filter((sentence) => sentence !== undefined))];
}
