import { createServer, type Server } from 'node:http';
import type { AddressInfo } from 'node:net';
import { afterAll, beforeAll, expect, it } from 'vitest';
import { fetchJson, isPrivateAddress, type OutboundReach } from './outbound.ts';

const BODIES: Record<string, string> = {
  '/large': `"${'x'.repeat(600 * 1024)}"`,
  '/list': '[]',
  '/text': 'hello',
};

let server: Server;
let origin: string;
beforeAll(async () => {
  server = createServer((request, response) => {
    const { url = '' } = request;
    if (url === '/moved') response.writeHead(302, { location: '/ok' }).end();
    else if (url === '/gone') response.writeHead(404).end();
    else if (url !== '/silent') response.end(BODIES[url] ?? '{"ok":true}');
  }).listen(0, '127.0.0.1');
  await new Promise((resolve) => server.once('listening', resolve));
  origin = `http://localhost:${(server.address() as AddressInfo).port}`;
});
afterAll(() => {
  server.closeAllConnections();
  server.close();
});

it('fetches an object from this computer when that is allowed', async () => {
  expect(await fetchJson(`${origin}/ok`, { reach: 'private' })).toEqual({ ok: true });
});

const REFUSED: [address: (origin: string) => string, reach: OutboundReach, fault: RegExp][] = [
  [(here) => `${here}/ok`, 'public', /not an address/],
  [() => 'ftp://example.org/x', 'private', /not an address/],
  [() => 'http://example.org/x', 'private', /not an address/],
  [() => 'https://user:pass@example.org/x', 'private', /not an address/],
  [() => 'nonsense', 'private', /not an address/],
  [() => 'https://127.0.0.1/x', 'public', /private network/],
  [() => 'https://2130706433/x', 'public', /private network/],
  [() => 'https://[::1]/x', 'public', /private network/],
  [() => 'https://[::ffff:10.0.0.1]/x', 'public', /private network/],
  [() => 'https://169.254.169.254/latest/meta-data', 'public', /private network/],
  [() => 'https://localhost/x', 'public', /private network/],
  [(here) => `${here}/moved`, 'private', /not 200/],
  [(here) => `${here}/gone`, 'private', /not 200/],
  [(here) => `${here}/large`, 'private', /too large/],
  [(here) => `${here}/list`, 'private', /not an object/],
  [(here) => `${here}/text`, 'private', /not JSON/],
  [(here) => `${here}/silent`, 'private', /cannot be reached/],
];

it.each(REFUSED)('refuses case %#', async (address, reach, fault) => {
  await expect(fetchJson(address(origin), { reach, timeoutMs: 300 })).rejects.toThrow(fault);
});

it.each([
  ['8.8.8.8', false],
  ['172.15.0.1', false],
  ['172.16.0.1', true],
  ['100.64.0.1', true],
  ['224.0.0.1', true],
  ['2606:4700::1111', false],
  ['fd00::1', true],
  ['fe80::1', true],
  ['2001:db8::1', true],
  ['2002:a00:1::', true],
  ['64:ff9b::a00:1', true],
])('%s is private: %s', (address, isPrivate) => {
  expect(isPrivateAddress(address)).toBe(isPrivate);
});
