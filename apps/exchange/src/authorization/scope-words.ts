/** Scopes in words for the person who decides about them. */
import { parseScopes } from '@jhe/smart';
import { IDENTITY_SCOPES } from '../domain/identity-scopes.ts';
import type { GrantedCode } from '../domain/principal.ts';
import { grantedCodes } from './scopes.ts';

const IDENTITY_IN_WORDS: Partial<Record<string, string>> = {
  openid: 'know that it is you',
  email: 'see your e-mail address',
  profile: 'see your name',
  fhirUser: 'see which record in the exchange is yours',
  offline_access: 'stay connected when you are not here, until you sign out or disconnect it',
  online_access: 'stay connected as long as you are signed in here',
};

const RECORDS: Partial<Record<string, string>> = {
  '*': 'all kinds of records',
  Observation: 'health measurements',
  Patient: 'names and contact details',
  Consent: 'answers about sharing',
  Group: 'studies',
  Organization: 'organizations',
  Practitioner: 'names and e-mail addresses of practitioners',
  AuditEvent: 'who looked at what',
  Device: 'data sources',
};

/** Whose records `patient/` scopes are about: the person's own, those of a patient by name, or of one not named yet. */
export type Subject = 'own' | Readonly<{ name: string }> | undefined;

/** The text of a code for people; the code itself where nobody knows it. */
export type CodeText = (code: GrantedCode) => string;

/** One thing to say yes or no to: a sentence, and the scopes that it stands for. */
export type Ask = Readonly<{ sentence: string; scopes: readonly string[] }>;

/** What scopes ask for about records, one sentence each; scopes that say the same stand together. */
export function recordAsks(scopes: readonly string[], subject: Subject, textOf: CodeText): Ask[] {
  const asks = new Map<string, string[]>();
  for (const word of scopes) {
    const sentence = sentenceOf(word, subject, textOf);
    if (sentence !== undefined) asks.set(sentence, [...(asks.get(sentence) ?? []), word]);
  }
  return [...asks].map(([sentence, words]) => ({ sentence, scopes: words }));
}

/** What scopes about the person or the connection allow, said after "it may". */
export function identityFacts(scopes: readonly string[]): string[] {
  return scopes.flatMap((word) => IDENTITY_IN_WORDS[word] ?? []);
}

/** Everything that scopes allow, a sentence each, for a list of what was approved. */
export function inPlainWords(scopes: readonly string[]): string[] {
  const sentences = [
    ...identityFacts(scopes).map(capitalized),
    ...recordAsks(scopes, undefined, ({ code }) => code).map(({ sentence }) => sentence),
  ];
  return [...new Set(sentences)];
}

export const isIdentityScope = (word: string): boolean =>
  (IDENTITY_SCOPES as readonly string[]).includes(word);

function sentenceOf(word: string, subject: Subject, textOf: CodeText): string | undefined {
  const [scope] = parseScopes(word).resourceScopes;
  if (!scope || scope.context === 'system') return undefined;
  const { permissions: may, type, context } = scope;
  const verbs = [(may.r || may.s) && 'read', may.c && 'add', may.u && 'change', may.d && 'delete']
    .filter((verb) => verb !== false)
    .join(', ')
    .replace(/, ([^,]*)$/, ' and $1');
  const codes = grantedCodes(word);
  if (scope.query !== undefined && codes === undefined) return undefined;
  const what = codes ? 'measurements' : (RECORDS[type] ?? `${type} records`);
  const of =
    context === 'user'
      ? 'that you may see yourself'
      : subject === 'own'
        ? 'of your own'
        : `of ${subject ? subject.name : 'one patient'}`;
  const only = codes ? `, only ${codes.map(textOf).join(', ')}` : '';
  return capitalized(`${verbs} ${what} ${of}${only}`);
}

const capitalized = (text: string) => text.charAt(0).toUpperCase() + text.slice(1);
