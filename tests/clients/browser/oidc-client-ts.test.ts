/** oidc-client-ts in Chromium, on an origin of its own: what single-page apps sign in with. */
import { readFileSync } from 'node:fs';
import { createRequire } from 'node:module';
import type { Browser, Page } from 'playwright-core';
import { afterAll, beforeAll, expect, it } from 'vitest';
import { launchChromium, type StaticSite, serveFiles, signInAtPage } from '../../setup/chromium.ts';
import { type IdentityWorld, openIdentityWorld, RIVERA } from '../../setup/identity-world.ts';

const bundle = createRequire(import.meta.url)
  .resolve('oidc-client-ts')
  .replace(/dist\/.*$/, 'dist/browser/oidc-client-ts.min.js');

const APP = `<!doctype html><title>App</title><script src="/oidc-client-ts.js"></script><script>
  const { authority, fhir } = Object.fromEntries(new URLSearchParams(location.hash.slice(1)));
  if (authority) Object.assign(sessionStorage, { authority, fhir });
  window.manager = new oidc.UserManager({
    authority: sessionStorage.authority,
    client_id: 'single-page',
    redirect_uri: location.origin + '/callback.html',
    post_logout_redirect_uri: location.origin + '/bye.html',
    scope: 'openid email offline_access user/Patient.rs',
    loadUserInfo: true,
    revokeTokensOnSignout: true,
    automaticSilentRenew: false,
  });
</script>`;

let world: IdentityWorld;
let app: StaticSite;
let browser: Browser;
let page: Page;
const faults: string[] = [];
beforeAll(async () => {
  app = await serveFiles({
    '/oidc-client-ts.js': readFileSync(bundle, 'utf8'),
    '/': APP,
    '/callback.html': APP,
    '/bye.html': '<!doctype html><title>Bye</title><h1>Bye</h1>',
  });
  [world, browser] = await Promise.all([openIdentityWorld(), launchChromium()]);
  await world.register({
    clientId: 'single-page',
    name: 'Single Page',
    redirectUris: [`${app.origin}/callback.html`],
    postLogoutRedirectUris: [`${app.origin}/bye.html`],
    defaultScopes: 'user/Patient.rs',
  });
  page = await browser.newPage();
  page.on('pageerror', (error) => faults.push(error.message));
});
afterAll(async () => {
  await browser?.close();
  await world?.close();
  await app?.close();
});

type User = {
  access_token: string;
  refresh_token: string;
  id_token: string;
  profile: Record<string, unknown>;
};

it('oidc-client-ts: redirect, callback, userinfo', { timeout: 60_000 }, async () => {
  await page.goto(`${app.origin}/#${new URLSearchParams({ authority: world.issuer, fhir: world.fhir })}`);
  await page.evaluate('void manager.signinRedirect()');
  await signInAtPage(page, RIVERA);
  await page.locator('button[name=decision][value=allow]').click();
  await page.waitForURL(`${app.origin}/callback.html?**`);
  const user = await page.evaluate<User>('manager.signinRedirectCallback()');
  expect(user.profile).toMatchObject({ sub: String(RIVERA.userId), email: RIVERA.email });
  expect(user.refresh_token).toBeTypeOf('string');
});

it('oidc-client-ts: reads the API from its own origin', { timeout: 60_000 }, async () => {
  const total = await page.evaluate<number>(`(async () => {
    const { access_token } = await manager.getUser();
    const reply = await fetch(sessionStorage.fhir + '/Patient', { headers: { authorization: 'Bearer ' + access_token } });
    return (await reply.json()).total;
  })()`);
  expect(total).toBe(1);
});

it('oidc-client-ts: renews silently with its refresh token', { timeout: 60_000 }, async () => {
  const [before, after] = await page.evaluate<[User, User]>(
    '(async () => [await manager.getUser(), await manager.signinSilent()])()',
  );
  expect(after.access_token).not.toBe(before.access_token);
  expect(after.refresh_token).not.toBe(before.refresh_token);
  expect(after.profile.sub).toBe(before.profile.sub);
});

it('oidc-client-ts: signs out here and there, and its tokens end', { timeout: 60_000 }, async () => {
  const { access_token } = await page.evaluate<User>('manager.getUser()');
  await page.evaluate('void manager.signoutRedirect()');
  await page
    .getByRole('button', { name: /sign out/i })
    .first()
    .click();
  await page.waitForURL(`${app.origin}/bye.html**`);
  const reply = await fetch(`${world.fhir}/Patient`, {
    headers: { authorization: `Bearer ${access_token}` },
  });
  expect(reply.status).toBe(401);
  expect(faults).toEqual([]);
});
