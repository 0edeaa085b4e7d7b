/** Whose word about the caller's address is taken: what limits by address count, and what a proxy would lock out. */
import { expect, it } from 'vitest';
import { createApp } from './app.ts';
import { parseConfig } from './config.ts';
import type { Face } from './face.ts';

const echo: Face = {
  name: 'echo',
  routes: [
    { method: 'GET', path: '/address', caller: 'anyone', handle: async ({ ip }) => ({ body: { ip } }) },
  ],
  refuse: () => ({ status: 400 }),
};

async function addressSeen(proxies: string | undefined, from: string, forwarded?: string): Promise<string> {
  const app = await createApp({
    config: parseConfig(proxies === undefined ? {} : { TRUSTED_PROXIES: proxies }),
    gate: {} as never,
    faces: [echo],
    verifyToken: async () => null,
    provesKey: async () => false,
    log: { error: () => {}, info: () => {} },
  });
  const headers = forwarded === undefined ? {} : { 'x-forwarded-for': forwarded };
  const reply = await app.http.inject({ url: '/address', remoteAddress: from, headers });
  await app.http.close();
  return reply.json().ip;
}

const CASES: readonly [
  proxies: string | undefined,
  from: string,
  forwarded: string | undefined,
  seen: string,
][] = [
  [undefined, '10.0.0.1', '203.0.113.7', '10.0.0.1'],
  ['10.0.0.1', '10.0.0.1', '203.0.113.7', '203.0.113.7'],
  ['10.0.0.0/8, fd00::/8', 'fd00::1', '203.0.113.7', '203.0.113.7'],
  // Whoever is not the proxy says nothing about themselves.
  ['10.0.0.1', '203.0.113.9', '198.51.100.1', '203.0.113.9'],
  // What the caller wrote before the proxy added the truth does not count.
  ['10.0.0.1', '10.0.0.1', '198.51.100.1, 203.0.113.7', '203.0.113.7'],
  ['10.0.0.1', '10.0.0.1', undefined, '10.0.0.1'],
];
it.each(CASES)('with %s, from %s saying %s: %s', async (proxies, from, forwarded, seen) => {
  expect(await addressSeen(proxies, from, forwarded)).toBe(seen);
});

it.each(['proxy.example.org', '10.0.0.1/33', '10.0.0.1,', '1', 'true', '::1/129', '10.0.0.0/a'])(
  'refuses %s as a proxy, naming the setting',
  (proxies) => {
    expect(() => parseConfig({ TRUSTED_PROXIES: proxies })).toThrow(/TRUSTED_PROXIES/);
  },
);
