/**
 * The attack: an institution (or whoever took over its name) answers without end, so that the server's memory fills, or
 * points its endpoints into the network that the server stands in. Answers are read up to half a megabyte, and private
 * addresses are asked only where the settings of that institution say so.
 */
import { once } from 'node:events';
import { createServer, type Server } from 'node:http';
import type { AddressInfo } from 'node:net';
import { afterAll, beforeAll, beforeEach, describe, expect, it } from 'vitest';
import { codeRequest, openWorld, type World } from '../../apps/exchange/src/authorization/world.test-data.ts';
import { fetchJson, fetchWithin } from '../../apps/exchange/src/outbound.ts';
import {
  addIdentityProvider,
  removeIdentityProvider,
} from '../../apps/exchange/src/store/oauth-identity-providers.ts';

const MEGABYTE = 1024 * 1024;

/** What the institution sent before the other side hung up, by path. */
const sent = new Map<string, number>();
let institution: Server;
let issuer: string;
/** Discovery answers without end when set. */
let isEndless = false;
beforeAll(async () => {
  institution = createServer((request, response) => {
    const path = request.url ?? '';
    sent.set(path, 0);
    if (path === '/.well-known/openid-configuration' && !isEndless) {
      response.setHeader('content-type', 'application/json');
      response.end(
        JSON.stringify({
          issuer,
          authorization_endpoint: `${issuer}/authorize`,
          token_endpoint: `${issuer}/token`,
          jwks_uri: `${issuer}/jwks`,
          response_types_supported: ['code'],
          subject_types_supported: ['public'],
          id_token_signing_alg_values_supported: ['RS256'],
        }),
      );
      return;
    }
    // It never ends by itself.
    response.writeHead(200, { 'content-type': 'application/json' });
    const chunk = Buffer.alloc(64 * 1024, ' ');
    const more = () => {
      if (response.destroyed) return;
      sent.set(path, (sent.get(path) ?? 0) + chunk.length);
      if (response.write(chunk)) setImmediate(more);
      else response.once('drain', more);
    };
    more();
  }).listen(0, 'localhost');
  await once(institution, 'listening');
  issuer = `http://localhost:${(institution.address() as AddressInfo).port}`;
});
afterAll(() => {
  institution.closeAllConnections();
  institution.close();
});
beforeEach(() => {
  sent.clear();
  isEndless = false;
});

async function connect(world: World, settings: object): Promise<void> {
  await world.system('operator', async (sight) => {
    await removeIdentityProvider(sight, 'east');
    await addIdentityProvider(sight, {
      kind: 'oidc',
      slug: 'east',
      name: 'East',
      settings: { issuer, client_id: 'us', client_secret: 'hush', ...settings },
    });
  });
}

/** Leaves for the institution from a new visit. */
async function leave(world: World, site: string) {
  const browser = world.browser();
  const start = await browser.go({ url: codeRequest({ redirectUri: `${site}/auth/callback` }).url });
  const left = await browser.go({ url: `${start.headers.location}/oidc/east` });
  return { browser, left };
}

describe('answers without end', () => {
  let world: World;
  beforeAll(async () => {
    world = await openWorld();
  });
  afterAll(() => world?.close());

  it('a discovery document is not read beyond its bound', async () => {
    isEndless = true;
    await connect(world, { client_id: 'endless' });
    const { left } = await leave(world, 'http://localhost:8000');
    expect(left.statusCode).toBe(502);
    expect(sent.get('/.well-known/openid-configuration')).toBeLessThan(8 * MEGABYTE);
  });

  it('nor are tokens', async () => {
    await connect(world, {});
    const { browser, left } = await leave(world, 'http://localhost:8000');
    expect(left.statusCode).toBe(303);
    const state = new URL(String(left.headers.location)).searchParams.get('state') ?? '';
    const back = await browser.go({
      url: `/allauth/oidc/east/callback/?${new URLSearchParams({ code: 'c', state, iss: issuer })}`,
    });
    expect(back.statusCode).toBe(403);
    expect(sent.get('/token')).toBeLessThan(8 * MEGABYTE);
  });
});

describe('a private network', () => {
  const SITE = 'https://exchange.example.org';
  let world: World;
  beforeAll(async () => {
    world = await openWorld(SITE);
  });
  afterAll(() => world?.close());

  it('is not asked for an institution of the Internet', async () => {
    await connect(world, {});
    expect((await leave(world, SITE)).left.statusCode).toBe(502);
    expect([...sent.keys()]).toEqual([]);
  });

  it('is asked where the institution is said to stand in one', async () => {
    await connect(world, { private_network: true });
    expect((await leave(world, SITE)).left.statusCode).toBe(303);
    expect([...sent.keys()]).toEqual(['/.well-known/openid-configuration']);
  });

  it('is not asked for SAML metadata either, unless the institution is said to stand in one', async () => {
    const idp = { metadata_url: `${issuer}/metadata`, entity_id: 'urn:north' };
    for (const private_network of [false, true]) {
      await world.system('operator', async (sight) => {
        await removeIdentityProvider(sight, 'north');
        const settings = { idp, private_network };
        await addIdentityProvider(sight, { kind: 'saml', slug: 'north', name: 'North', settings });
      });
      const browser = world.browser();
      const start = await browser.go({ url: codeRequest({ redirectUri: `${SITE}/auth/callback` }).url });
      const left = await browser.go({ url: `${start.headers.location}/saml/north` });
      // What is there has no end, so it is no metadata; what counts is whether it was asked.
      expect(left.statusCode).toBe(502);
      expect([...sent.keys()]).toEqual(private_network ? ['/metadata'] : []);
    }
    expect(sent.get('/metadata')).toBeLessThan(8 * MEGABYTE);
  });

  it.each([
    'https://10.0.0.5/token',
    'https://[::ffff:10.0.0.5]/token',
    'https://[::ffff:a9fe:a9fe]/latest/meta-data',
    'https://[64:ff9b::a9fe:a9fe]/latest/meta-data',
    'https://[fe80::1]/token',
    'https://0.0.0.0/token',
    'https://0177.0.0.1/token',
    'https://2130706433/token',
    'https://0x7f.1/token',
    'https://127.1/token',
    'https://169.254.169.254/latest/meta-data',
    'https://[::1]/token',
    'https://[fd00::1]/token',
    'http://localhost/token',
    'https://user:secret@example.org/token',
  ])('%s is not asked, by whichever document it was pointed to', async (address) => {
    await expect(fetchWithin('public', address, { method: 'POST', body: 'code=c' })).rejects.toThrow(
      /private network|may be fetched/,
    );
    await expect(fetchJson(address, { reach: 'public' })).rejects.toThrow(/private network|may be fetched/);
  });
});
