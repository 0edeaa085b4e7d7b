/** Keys that stay as they are in both directions: OAuth's own names (3.1). */
const LITERAL = new Set([
  'response_type',
  'client_id',
  'redirect_uri',
  'code_challenge',
  'code_challenge_method',
  'grant_type',
  'code_verifier',
  'token_endpoint',
]);

/** Keys whose value is somebody else's document: passed on untouched. */
const OPAQUE = new Set(['omhData', 'auxData', 'value']);

/** `organization_id` and `organizationId` are the same key; OAuth's names stay literal. */
export function camelKey(key: string): string {
  return LITERAL.has(key)
    ? key
    : key.replace(/(?<=[a-zA-Z0-9])_+([a-z0-9])/g, (_, letter: string) => letter.toUpperCase());
}

/** A request body with camelCase keys throughout (3.1), except inside documents that are not ours. */
export function camelBody(value: unknown): unknown {
  if (Array.isArray(value)) return value.map(camelBody);
  if (value === null || typeof value !== 'object') return value;
  return Object.fromEntries(
    Object.entries(value).map(([key, inner]) => {
      const camel = camelKey(key);
      return [camel, OPAQUE.has(camel) ? inner : camelBody(inner)];
    }),
  );
}

/** Query parameters by camelCase name; the last one given counts. */
export function camelQuery(query: URLSearchParams): ReadonlyMap<string, string> {
  return new Map([...query].map(([key, value]) => [camelKey(key), value]));
}
