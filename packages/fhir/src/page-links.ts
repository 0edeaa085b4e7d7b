/**
 * The URL with one query parameter set at its end, or dropped when `value` is undefined. All other
 * parameters keep their order and their spelling, byte for byte, because clients compare links.
 */
export function withParameter(url: string, name: string, value: string | undefined): string {
  const [path = '', query = ''] = splitOnce(url.split('#', 1)[0]!, '?');
  const kept = query.split('&').filter((pair) => pair !== '' && decodeName(pair) !== name);
  if (value !== undefined) kept.push(`${name}=${encodeURIComponent(value)}`);
  return kept.length === 0 ? path : `${path}?${kept.join('&')}`;
}

/**
 * Links by page number: `self` is the request URL as it came, page 2's `previous` has no `_page`, and
 * `next` is there only while matches remain. `page` counts from 1, `count` is the page size.
 */
export function pageLinks(
  url: string,
  { page, count, total }: { page: number; count: number; total: number },
): { self: string; previous?: string; next?: string } {
  return {
    self: url,
    ...(page > 1 ? { previous: withParameter(url, '_page', page > 2 ? String(page - 1) : undefined) } : {}),
    ...(page * count < total ? { next: withParameter(url, '_page', String(page + 1)) } : {}),
  };
}

function splitOnce(text: string, separator: string): [string, string] {
  const at = text.indexOf(separator);
  return at < 0 ? [text, ''] : [text.slice(0, at), text.slice(at + 1)];
}

function decodeName(pair: string): string {
  const [name] = splitOnce(pair, '=');
  try {
    return decodeURIComponent(name.replaceAll('+', ' '));
  } catch {
    return name;
  }
}
