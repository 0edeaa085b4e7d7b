import { mkdirSync, mkdtempSync, rmSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import Fastify from 'fastify';
import { afterAll, expect, test } from 'vitest';
import { parseConfig } from '../config.ts';
import { PORTAL_POLICY, servePortal } from './portal.ts';

const built = mkdtempSync(join(tmpdir(), 'portal-'));
mkdirSync(join(built, 'assets'));
writeFileSync(join(built, 'index.html'), '<title>portal</title>');
writeFileSync(join(built, 'assets', 'main-1a2b.js'), 'export {};');
writeFileSync(join(built, 'secret.txt'), 'not an asset');
afterAll(() => rmSync(built, { recursive: true }));

async function get(url: string, from = built) {
  const server = Fastify({ routerOptions: { ignoreTrailingSlash: true } });
  server.get('/api/v1/patients', async () => ({ count: 0 }));
  await servePortal(server, parseConfig({}), from);
  return server.inject({ url });
}

function check(url: string, status: number, type: RegExp, headers: Record<string, string> = {}) {
  test(`${url} is ${status} ${type.source}`, async () => {
    const reply = await get(url);
    expect(reply.statusCode).toBe(status);
    expect(String(reply.headers['content-type'] ?? '')).toMatch(type);
    expect(reply.headers).toMatchObject(headers);
  });
}

const page = { 'cache-control': 'no-cache', 'content-security-policy': PORTAL_POLICY };
check('/', 302, /^$/, { location: '/portal/' });
check('/portal', 200, /html/, page);
check('/portal/', 200, /html/, page);
check('/portal/patients/40001?range=14d', 200, /html/, page);
check('/auth/callback?code=c&state=s', 200, /html/, page);
check('/portal/assets/main-1a2b.js', 200, /javascript/, {
  'cache-control': 'public, max-age=31536000, immutable',
});
check('/portal/assets/missing.js', 404, /json/);
check('/portal/assets/../secret.txt', 200, /html/, page);
check('/portal/assets/..%2fsecret.txt', 403, /json/);
check('/api/v1/patients', 200, /json/);
check('/api/v1/nothing', 404, /json/);
check('/wp-login.php', 404, /json/);

test('without a build, the page says how to make one', async () => {
  const reply = await get('/portal/', join(built, 'nowhere'));
  expect(reply.statusCode).toBe(503);
  expect(reply.body).toContain('npm run build');
  expect(reply.headers['content-security-policy']).toBe(PORTAL_POLICY);
});
