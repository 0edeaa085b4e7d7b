/** `Prefer`, the header by which a client says how it would like to be answered (RFC 7240; http.html#ops). */

/** Whether the sender would rather have an answer without what is not understood: http.html#prefer-handling. */
export function isLenient(prefer: string | undefined): boolean {
  return preferred(prefer, 'handling') === 'lenient';
}

/** Whether a write is to be answered by the resource, by nothing, or as is usual there. */
export function wantedReturn(prefer: string | undefined): 'representation' | 'minimal' | undefined {
  const wanted = preferred(prefer, 'return');
  return wanted === 'representation' || wanted === 'minimal' ? wanted : undefined;
}

/** The value of a preference, in lower case; the first counts when it is said twice. */
function preferred(prefer: string | undefined, name: string): string | undefined {
  for (const part of (prefer ?? '').split(/[,;]/)) {
    const [key = '', value = ''] = part.split('=').map((text) => text.trim().toLowerCase());
    if (key === name) return value.replace(/^"(.*)"$/, '$1');
  }
  return undefined;
}
