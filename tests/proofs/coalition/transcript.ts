/**
 * What a coalition was told, so that it can be compared between two worlds: status, body and the headers that matter of
 * each reply, with everything renamed that differs between any two runs. Numbers of rows and secrets are called by the
 * order in which they first appear, so that what is the same in one world must be the same in the other.
 */
import type { LightMyRequestResponse } from 'fastify';

const HEADERS = [
  'allow',
  'cache-control',
  'content-type',
  'link',
  'location',
  'retry-after',
  'www-authenticate',
] as const;

export type Transcript = Readonly<{
  /** Adds what one deed was answered. */
  add(words: string, reply: Pick<LightMyRequestResponse, 'statusCode' | 'headers' | 'body'>): void;
  /** One text for each deed. */
  lines(): readonly string[];
}>;

export function openTranscript(): Transcript {
  const names = new Map<string, string>();
  const counts = new Map<string, number>();
  const lines: string[] = [];
  const called = (kind: string) => (text: string) => {
    const known = names.get(`${kind} ${text}`);
    if (known) return known;
    const count = (counts.get(kind) ?? 0) + 1;
    counts.set(kind, count);
    names.set(`${kind} ${text}`, `<${kind} ${count}>`);
    return `<${kind} ${count}>`;
  };
  const secret = called('secret');
  const number = called('number');

  const rename = (text: string) =>
    text
      .replace(/\b\d{4}-\d\d-\d\dT[\d:.]+(Z|[+-]\d\d:\d\d)/g, '<moment>')
      .replace(/\b[0-9a-f]{8}(-[0-9a-f]{4}){3}-[0-9a-f]{12}\b/g, secret)
      .replace(/(?<="data": ?")[A-Za-z0-9+/=]+/g, secret)
      .replace(/(?<=\/interaction\/)[\w-]+/g, secret)
      .replace(/(?<=_confirm\/|\/reset\/)[\w-]+\/[\w-]+/g, secret)
      .replace(/(?<="(?:token|code|access_token|refresh_token|id_token|client_secret)":")[^"]+/g, (found) =>
        /^[\w.~-]{20,}$/.test(found) ? secret(found) : found,
      )
      .replace(/(?<=nonce[-=]"?)[\w+/=-]+/g, '<nonce>')
      .replace(/(?=[\w-]*\d)[A-Za-z0-9_-]{21,}/g, secret)
      .replace(/(?<="id": ?"?)\d+/g, number)
      .replace(/(?<![\d<])\d{4,}(?!\d|-\d\d)/g, number);

  return {
    add(words, { statusCode, headers, body }) {
      const shown = HEADERS.filter((name) => headers[name] !== undefined).map(
        (name) => `${name}: ${headers[name]}`,
      );
      lines.push(`${words}\n  ${rename([statusCode, ...shown, body].join('\n  '))}`);
    },
    lines: () => lines,
  };
}

/** The first reply in which two worlds differ, as text; undefined when they tell the same. */
export function firstDifference(one: Transcript, other: Transcript): string | undefined {
  const [a, b] = [one.lines(), other.lines()];
  for (let i = 0; i < Math.max(a.length, b.length); i++) {
    if (a[i] !== b[i]) return `in the one world:\n${a[i]}\nin the other:\n${b[i]}`;
  }
  return undefined;
}
