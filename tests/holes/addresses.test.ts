/** Holes of the reference about where browsers and links are sent, and what pages give away (contract, 11). */
import { afterAll, beforeAll, describe, expect, it } from 'vitest';
import { type AdminWorld, openAdminWorld } from '../../apps/exchange/src/admin/admin-world.test-data.ts';
import { parseConfig } from '../../apps/exchange/src/config.ts';
import { clients, patients } from '../worlds/two-organizations.ts';

const SITE = 'http://localhost:8000';
const EVIL = 'https://evil.example.net';

let world: AdminWorld;
beforeAll(async () => {
  world = await openAdminWorld();
  await world.rows(
    "update client set allowed_origins = '{https://app.example.org}' where id = $1",
    clients.glucoseApp,
  );
});
afterAll(() => world?.close());

const authorization = () => world.tokenOf('ada')!;

describe('H-39 browsers of registered apps may call the API, and no others', () => {
  const PATHS = ['/api/v1/users/profile', `/FHIR/R5/Patient/${patients.ada}`];
  it.each(PATHS)('%s', async (path) => {
    const from = async (origin: string, method = 'GET') => {
      const { statusCode, headers } = await world.exchange.request(method, path, {
        headers: {
          origin,
          ...(method === 'OPTIONS'
            ? {
                'access-control-request-method': 'GET',
                'access-control-request-headers': 'authorization',
              }
            : { authorization: authorization() }),
        },
      });
      return {
        status: statusCode,
        origin: headers['access-control-allow-origin'],
        credentials: headers['access-control-allow-credentials'],
      };
    };
    const allowed = { origin: 'https://app.example.org', credentials: undefined };
    expect(await from('https://app.example.org')).toEqual({ status: 200, ...allowed });
    expect(await from('https://app.example.org', 'OPTIONS')).toEqual({ status: 204, ...allowed });
    for (const origin of [EVIL, 'null', 'https://app.example.org.evil.net', 'http://app.example.org']) {
      for (const method of ['GET', 'OPTIONS']) {
        expect((await from(origin, method)).origin, `${method} from ${origin}`).toBeUndefined();
      }
    }
  });

  it('leaves discovery and redeeming open to any origin', async () => {
    for (const [method, path] of [
      ['GET', '/o/.well-known/openid-configuration'],
      ['GET', '/FHIR/R5/.well-known/smart-configuration'],
      ['OPTIONS', `/api/v1/invitation/${'A'.repeat(32)}`],
    ] as const) {
      const { headers } = await world.exchange.request(method, path, { headers: { origin: EVIL } });
      expect(headers['access-control-allow-origin'], path).toBe('*');
    }
  });
});

describe('H-40 no open redirects', () => {
  it.each([
    EVIL,
    '//evil.example.net/',
    '/\\evil.example.net',
    '/%5cevil.example.net',
    'https:evil.example.net',
    '\\\\evil.example.net',
    '/\t/evil.example.net',
    'javascript:alert(1)',
  ])('%j as the place to go after signing in', async (next) => {
    const { statusCode, headers, body } = await world.exchange.request(
      'GET',
      `/accounts/login/?next=${encodeURIComponent(next)}`,
    );
    expect(statusCode).toBe(303);
    const back = new URL(String(headers.location), SITE);
    expect(back.origin).toBe(SITE);
    expect(new URL(back.searchParams.get('state') ?? '/', SITE).origin).toBe(SITE);
    expect(body).not.toContain('evil.example.net');
  });

  it.each([EVIL, `${SITE}.evil.example.net/auth/callback`, `${SITE}/auth/callback/../evil`])(
    '%s as a redirect address',
    async (redirect) => {
      const query = new URLSearchParams({
        response_type: 'code',
        client_id: 'jhe-portal',
        redirect_uri: redirect,
        scope: 'openid',
        code_challenge: 'A'.repeat(43),
        code_challenge_method: 'S256',
      });
      const { statusCode, headers } = await world.exchange.request('GET', `/o/authorize/?${query}`);
      expect(statusCode).toBe(400);
      expect(headers.location).toBeUndefined();
    },
  );
});

describe('H-41 no debug mode, no leaks', () => {
  it('has no such setting: what DEBUG says changes nothing', () => {
    const plain = parseConfig({});
    for (const DEBUG of ['False', 'True', '1']) expect(parseConfig({ DEBUG })).toEqual(plain);
  });

  it.each([
    [
      'POST',
      '/o/token/',
      { grant_type: 'authorization_code', code: "x' or 1=1 --", client_id: 'jhe-portal' },
    ],
    ['POST', '/o/token/', { grant_type: 'password', username: 'ada@example.org', password: 'x' }],
    ['POST', '/o/token/', {}],
    ['POST', '/o/introspect/', { token: '\u0000' }],
  ] as const)('%s %s %j answers in RFC form', async (method, url, form) => {
    const reply = await world.exchange.request(method, url, { form: { ...form } });
    expect(reply.statusCode).toBeGreaterThanOrEqual(400);
    expect(reply.statusCode).toBeLessThan(500);
    expect(
      Object.keys(reply.json()).every((key) => ['error', 'error_description', 'iss'].includes(key)),
    ).toBe(true);
    expect(reply.body).not.toMatch(/\bat \/|node_modules|\.ts:|select |ada@example/i);
  });
});

describe('H-43 what people type is text, and pages run no foreign script', () => {
  it('a policy without inline scripts on every page', async () => {
    for (const path of ['/', '/auth/callback', '/portal/', '/accounts/signup/', '/o/logout/']) {
      const { headers } = await world.exchange.request('GET', path);
      const policy = String(headers['content-security-policy'] ?? '');
      expect(policy, path).toMatch(/default-src '(none|self)'|script-src/);
      const scripts = /script-src ([^;]*)/.exec(policy)?.[1] ?? '';
      expect(scripts, path).not.toMatch(/unsafe-inline|unsafe-eval|\*|https?:/);
      expect(policy, path).toContain("frame-ancestors 'none'");
    }
  });

  it('escapes names of clients on its own pages', async () => {
    const evil = '<img src=x onerror="alert(1)">';
    await world.rows('update client set name = $1 where client_id = $2', evil, 'jhe-portal');
    const query = new URLSearchParams({
      response_type: 'code',
      client_id: 'jhe-portal',
      redirect_uri: `${SITE}/auth/callback`,
      scope: 'openid',
      code_challenge: 'A'.repeat(43),
      code_challenge_method: 'S256',
    });
    const start = await world.exchange.request('GET', `/o/authorize/?${query}`);
    const cookie = start.cookies.map(({ name, value }) => `${name}=${value}`).join('; ');
    const page = await world.exchange.request('GET', String(start.headers.location), { headers: { cookie } });
    expect(page.statusCode).toBe(200);
    expect(page.body).toContain('&lt;img src=x');
    expect(page.body).not.toContain('<img');
  });
});

describe('H-47 links are made from the site address, whatever a request claims to be', () => {
  const headers = {
    host: 'evil.example.net',
    'x-forwarded-host': 'evil.example.net',
    'x-forwarded-proto': 'https',
    forwarded: 'host=evil.example.net',
  };
  it.each([
    '/o/.well-known/openid-configuration',
    '/FHIR/R5/.well-known/smart-configuration',
    '/o/authorize/?client_id=nobody',
  ])('%s', async (path) => {
    const { body, headers: sent } = await world.exchange.request('GET', path, { headers });
    expect(body + JSON.stringify(sent)).not.toContain('evil.example.net');
  });

  it('an invitation', async () => {
    const reply = await world.exchange.request('POST', '/api/v1/invitation', {
      headers: { ...headers, authorization: world.tokenOf('mo')! },
      body: { patientId: patients.ben, clientId: clients.glucoseApp },
    });
    expect(reply.statusCode).toBe(201);
    expect(reply.json().invitationLink).toContain(encodeURIComponent('localhost:8000_'));
    expect(reply.body).not.toContain('evil.example.net');
  });
});

describe('H-42 a wearable is disconnected only when nothing is shared any more', () => {
  it('does not arise: nothing here connects to Open Wearables', () => {
    expect(world.exchange.app.registry.filter(({ path }) => /\/ow(\/|$)/.test(path))).toEqual([]);
  });
});
