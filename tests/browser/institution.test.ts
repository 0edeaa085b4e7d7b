/**
 * Signing in through an institution in a real browser: its answer is a form that another site posts, after which the
 * visit's cookie (SameSite=Lax) must be there again. CHROMIUM_PATH names the browser.
 */
import { once } from 'node:events';
import { createServer, type Server } from 'node:http';
import { type AddressInfo, createServer as createProbe } from 'node:net';
import { AxeBuilder } from '@axe-core/playwright';
import type { Browser, Page } from 'playwright-core';
import { afterAll, beforeAll, expect, it } from 'vitest';
import { codeRequest, openWorld, type World } from '../../apps/exchange/src/authorization/world.test-data.ts';
import {
  type Answer,
  makeSamlInstitution,
} from '../../apps/exchange/src/pages/institutions/saml-institution.test-data.ts';
import { launchChromium } from '../setup/chromium.ts';

let world: World;
let site: string;
let institution: Server;
let browser: Browser;
const north = makeSamlInstitution('north');
let answer: Answer = {};

beforeAll(async () => {
  const probe = createProbe().listen(0, 'localhost');
  await once(probe, 'listening');
  const { port } = probe.address() as AddressInfo;
  probe.close();
  await once(probe, 'close');
  site = `http://localhost:${port}`;
  world = await openWorld(site);
  await world.app.http.listen({ port, host: 'localhost' });
  // 127.0.0.1 is another site than localhost.
  institution = createServer(async (request, response) => {
    // A browser also asks for an icon.
    if (!request.url?.startsWith('/sso?')) return response.writeHead(404).end();
    const sent = north.readRequest(`http://127.0.0.1${request.url}`);
    const fields = Object.entries(await north.answer(sent, answer)).map(
      ([name, value]) => `<input type="hidden" name="${name}" value="${value}">`,
    );
    response.setHeader('content-type', 'text/html');
    return response.end(`<!doctype html><html lang="en"><title>University</title><form method="post" action="${sent.acsUrl}">
${fields.join('')}<button>Sign in at the university</button></form>`);
  }).listen(0, '127.0.0.1');
  await once(institution, 'listening');
  const settings = {
    idp: {
      entity_id: north.entityId,
      sso_url: `http://127.0.0.1:${(institution.address() as AddressInfo).port}/sso`,
      x509cert: north.certificate,
    },
    verified_email: true,
    email_authentication: true,
  };
  await world.database.owner.query(
    "insert into identity_provider (kind, slug, name, settings) values ('saml', 'north', 'University of the North', $1)",
    [JSON.stringify(settings)],
  );
  await world.database.owner.query("insert into setting (key, value) values ('auth.sso.saml2', '1')");
  browser = await launchChromium();
});
afterAll(async () => {
  await browser?.close();
  institution?.closeAllConnections();
  institution?.close();
  await world?.close();
});

async function signInAtInstitution(said: Answer): Promise<Page> {
  answer = said;
  const page = await (await browser.newContext()).newPage();
  await page.goto(`${site}${codeRequest({ redirectUri: `${site}/auth/callback` }).url}`);
  await page.getByRole('link', { name: 'Continue with University of the North' }).click();
  await page.getByRole('button', { name: 'Sign in at the university' }).click();
  await page.waitForLoadState();
  return page;
}

it('comes back signed in, in the browser that set out', async () => {
  const page = await signInAtInstitution({ nameId: 'riv', attributes: { mail: 'rivera@example.org' } });
  await page.waitForURL(/\/auth\/callback\?/);
  expect(new URL(page.url()).searchParams.get('code')).toBeTruthy();
});

it('tells a patient nothing more than anybody else, on a page that everybody can read', async () => {
  const page = await signInAtInstitution({ nameId: 'ada', attributes: { mail: 'ada@example.org' } });
  await page.getByRole('heading', { name: 'Sign Up Closed' }).waitFor();
  const { violations } = await new AxeBuilder({ page }).analyze();
  expect(violations.map(({ id }) => id)).toEqual([]);
  await page.getByRole('link', { name: 'Sign in another way' }).click();
  await page.getByLabel('Password').waitFor();
});

it('says that an answer cannot be used', async () => {
  const page = await signInAtInstitution({ wrongKey: true });
  await page.getByRole('heading', { name: 'Signing in did not work' }).waitFor();
  expect(await page.textContent('.code')).toBe('saml_signature');
  const { violations } = await new AxeBuilder({ page }).analyze();
  expect(violations.map(({ id }) => id)).toEqual([]);
});
