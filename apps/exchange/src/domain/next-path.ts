/** Only characters that an address is made of: no space, control character, backslash or quote. */
const PLAIN = /^[A-Za-z0-9\-._~!$&'()*+,;=:@/?%#[\]]+$/;
const MOST_CHARACTERS = 2000;

/**
 * Where to go on to after signing in: a path on this site with its query, or `/` for anything else. What is not
 * plainly a path (another scheme or host, a second slash or a backslash, also percent-encoded, control characters, dots
 * that climb) is refused as a whole, never repaired: a browser may repair it in another way.
 */
export function safeNext(next: unknown): string {
  if (typeof next !== 'string' || next.length > MOST_CHARACTERS || !PLAIN.test(next)) return '/';
  const [path = ''] = next.split(/[?#]/, 1);
  if (!/^\/(?!\/)/.test(path) || path.includes('//')) return '/';
  // What a proxy in between might decode must not become one of the above.
  if (/%(?:2f|5c|2e|0[0-9a-f]|1[0-9a-f]|20|25|7f)/i.test(path) || /%(?![0-9a-f]{2})/i.test(next)) return '/';
  if (path.split('/').some((segment) => segment === '.' || segment === '..')) return '/';
  const parsed = URL.parse(next, 'http://site.invalid');
  return parsed?.origin === 'http://site.invalid' && parsed.pathname === path ? next : '/';
}
