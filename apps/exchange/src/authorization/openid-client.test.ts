import { once } from 'node:events';
import { type AddressInfo, createServer } from 'node:net';
import {
  allowInsecureRequests,
  authorizationCodeGrant,
  buildAuthorizationUrl,
  calculatePKCECodeChallenge,
  discovery,
  None,
  randomPKCECodeVerifier,
  refreshTokenGrant,
} from 'openid-client';
import { afterAll, beforeAll, expect, it } from 'vitest';
import { openWorld, PASSWORD, type World } from './world.test-data.ts';

let site: string;
let world: World;
beforeAll(async () => {
  // The provider must know its public address before it listens: a free port is asked for first.
  const probe = createServer().listen(0, 'localhost');
  await once(probe, 'listening');
  const { port } = probe.address() as AddressInfo;
  probe.close();
  await once(probe, 'close');
  site = `http://localhost:${port}`;
  world = await openWorld(site);
  await world.app.http.listen({ port, host: 'localhost' });
});
afterAll(() => world?.close());

it('satisfies a certified client over a real socket: discovery, code, ID token, refresh', async () => {
  const server = new URL(`${site}/o`);
  const client = await discovery(server, 'jhe-portal', undefined, None(), {
    execute: [allowInsecureRequests],
  });
  const verifier = randomPKCECodeVerifier();
  const request = buildAuthorizationUrl(client, {
    redirect_uri: `${site}/auth/callback`,
    scope: 'openid email',
    state: 's',
    code_challenge: await calculatePKCECodeChallenge(verifier),
    code_challenge_method: 'S256',
  });
  const browser = world.browser();
  const start = await browser.go({ url: request.href });
  const page = String(start.headers.location);
  const resume = await browser.go({
    method: 'POST',
    url: page,
    form: { email: 'rivera@example.org', password: PASSWORD },
  });
  const back = await browser.go({ url: String(resume.headers.location) });

  const tokens = await authorizationCodeGrant(client, new URL(String(back.headers.location)), {
    pkceCodeVerifier: verifier,
    expectedState: 's',
    idTokenExpected: true,
  });
  expect(tokens.claims()).toMatchObject({ sub: '10001', email: 'Rivera@example.org' });
  const renewed = await refreshTokenGrant(client, tokens.refresh_token!);
  expect(await world.server.verifyToken(renewed.access_token)).toMatchObject({ userId: 10_001 });
});
