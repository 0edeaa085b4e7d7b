/** What a program on its own is granted: what it asks for, within what it is registered for (SMART Backend Services). */
import { type Interaction, parseScopes, type ResourceScope, renderScope } from '@jhe/smart';
import { backendScopes, hasResourceScope } from './scopes.ts';

const LETTERS: readonly Interaction[] = ['c', 'r', 'u', 'd', 's'];

/**
 * The scopes of a client credentials grant. A program that asks for no records gets exactly what it is registered for.
 * One that asks gets of each `system/` scope what the registered scopes cover; the others grant nothing. Undefined when
 * it asked for records and none are left: a little must not become everything.
 */
export function scopesOfProgram(asked: string, registered: string): string[] | undefined {
  const bounds = parseScopes(registered).resourceScopes;
  if (!hasRecordWord(asked)) return wordsOf(registered);
  const granted = backendScopes(asked).flatMap((word) => {
    const [scope] = parseScopes(word).resourceScopes;
    return scope ? within(word, scope, bounds) : [];
  });
  return granted.length === 0 ? undefined : [...new Set(granted)];
}

/** The words of the registered scopes that are about records, as they are written there. */
const wordsOf = (registered: string) =>
  [...new Set(registered.split(/\s+/))].filter((word) => parseScopes(word).resourceScopes.some(isUnderstood));

/** Anything that is not about identity counts as asking for records, also when nobody understands it. */
const hasRecordWord = (text: string) =>
  hasResourceScope(text) || text.split(/\s+/).some((word) => word.includes('/'));

const isUnderstood = (scope: ResourceScope) =>
  scope.query === undefined || backendScopes(renderScope({ ...scope, context: 'system' })).length === 1;

function within(word: string, asked: ResourceScope, bounds: readonly ResourceScope[]): string[] {
  const shared = bounds
    .filter(({ context }) => context !== 'patient')
    .map((bound) => intersect(asked, bound))
    .filter((scope) => scope !== undefined && isUnderstood(scope)) as ResourceScope[];
  const whole = renderScope(asked);
  return shared.some((scope) => renderScope(scope) === whole) ? [word] : shared.map(renderScope);
}

/** What two scopes have in common, in the context of the first. Two different queries have nothing in common here. */
function intersect(asked: ResourceScope, bound: ResourceScope): ResourceScope | undefined {
  const type = asked.type === '*' ? bound.type : asked.type;
  if (bound.type !== '*' && bound.type !== type) return undefined;
  const permissions = { c: false, r: false, u: false, d: false, s: false };
  for (const letter of LETTERS) permissions[letter] = asked.permissions[letter] && bound.permissions[letter];
  if (!Object.values(permissions).includes(true)) return undefined;
  const queries = [asked.query, bound.query].filter((query) => query !== undefined);
  const [query, other = query] = queries;
  if (JSON.stringify(query) !== JSON.stringify(other)) return undefined;
  return { context: asked.context, type, permissions, ...(query === undefined ? {} : { query }) };
}
