/**
 * An app is opened in a real browser: from a patient's page in the portal into a new tab, and by the app itself, where
 * the practitioner chooses the patient by keyboard. CHROMIUM_PATH names the browser.
 */
import { once } from 'node:events';
import { createServer, type Server } from 'node:http';
import type { AddressInfo } from 'node:net';
import { AxeBuilder } from '@axe-core/playwright';
import { type Browser, type BrowserContext, chromium, type Page } from 'playwright-core';
import { afterAll, beforeAll, expect, it } from 'vitest';
import { ADA, type IdentityWorld, openIdentityWorld, RIVERA } from '../setup/identity-world.ts';

const LONG = { timeout: 60_000 };
const VERIFIER = 'an-app-that-was-opened-from-the-exchange-0123456789';

let world: IdentityWorld;
let browser: Browser;
let context: BrowserContext;
let page: Page;
let app: Server;
let appSite: string;
const faults: string[] = [];

/** Stands for the app: says where it was opened, and asks for authorization when it is told to. */
function openApp(): Server {
  return createServer((request, response) => {
    response.setHeader('content-type', 'text/html; charset=utf-8');
    response.end(
      `<!doctype html><html lang="en"><title>App</title><main><h1>App</h1><p>${request.url ? 'opened' : ''}</p></main>`,
    );
  });
}

beforeAll(async () => {
  const executablePath = process.env.CHROMIUM_PATH;
  if (!executablePath) throw new Error('CHROMIUM_PATH must name a Chromium.');
  app = openApp().listen(0, 'localhost');
  await once(app, 'listening');
  appSite = `http://localhost:${(app.address() as AddressInfo).port}`;
  [world, browser] = await Promise.all([
    openIdentityWorld(),
    chromium.launch({ executablePath, args: ['--no-sandbox'] }),
  ]);
  await world.register({
    clientId: 'chart',
    name: 'Glucose chart',
    redirectUris: [`${appSite}/callback`],
    launchUri: `${appSite}/launch`,
  });
  context = await browser.newContext();
  page = await context.newPage();
  page.on('pageerror', (error) => faults.push(error.message));
}, 60_000);
afterAll(async () => {
  await browser?.close();
  await world?.close();
  app?.close();
});

/** No barrier of the kinds that keep people out (axe: serious and critical). */
const checkAccessibility = async (where: Page) => {
  const { violations } = await new AxeBuilder({ page: where }).analyze();
  const barriers = violations
    .filter(({ impact }) => impact === 'serious' || impact === 'critical')
    .map(({ id, nodes }) => `${id}: ${nodes.map(({ target }) => target.join(' ')).join(', ')}`);
  expect(barriers).toEqual([]);
};

/** PNG of a page as on a desk and on a phone, where JHE_SCREENSHOTS names a folder. */
const picture = async (where: Page, name: string) => {
  const folder = process.env.JHE_SCREENSHOTS;
  if (!folder) return;
  for (const width of [1280, 390]) {
    await where.setViewportSize({ width, height: 900 });
    await where.screenshot({ path: `${folder}/${name}-${width}.png` });
  }
  await where.setViewportSize({ width: 1280, height: 720 });
};

const authorizeUrl = async (scope: string, more: Record<string, string> = {}) => {
  const digest = await crypto.subtle.digest('SHA-256', new TextEncoder().encode(VERIFIER));
  return `${world.issuer}/authorize/?${new URLSearchParams({
    response_type: 'code',
    client_id: 'chart',
    redirect_uri: `${appSite}/callback`,
    scope,
    state: 's',
    aud: world.fhir,
    code_challenge: Buffer.from(digest).toString('base64url'),
    code_challenge_method: 'S256',
    ...more,
  })}`;
};

/** What the app gets for the code that it was sent back with. */
const exchange = async (back: string) => {
  const response = await fetch(`${world.issuer}/token/`, {
    method: 'POST',
    body: new URLSearchParams({
      grant_type: 'authorization_code',
      code: new URL(back).searchParams.get('code') ?? '',
      redirect_uri: `${appSite}/callback`,
      client_id: 'chart',
      code_verifier: VERIFIER,
    }),
  });
  return (await response.json()) as Record<string, unknown>;
};

let launchUrl: URL;

it('opens an app in a new tab from the page of a patient', LONG, async () => {
  await page.goto(`${world.site}/portal/patients/${ADA.patient}`);
  await page.locator('#email').fill(RIVERA.email);
  await page.locator('#password').fill(RIVERA.password);
  await page.keyboard.press('Enter');
  await page.getByTestId('open-in-app').click();
  const choice = page.getByTestId('open-in-app-chart');
  await choice.waitFor();
  await picture(page, 'open-in-app');
  await checkAccessibility(page);
  const [tab] = await Promise.all([context.waitForEvent('page'), choice.click()]);
  await tab.waitForURL(`${appSite}/launch**`);
  launchUrl = new URL(tab.url());
  expect(launchUrl.searchParams.get('iss')).toBe(`${world.fhir}/`);
  expect(await tab.evaluate('window.opener')).toBeNull();
  await tab.close();
});

it('asks with boxes and names the patient; what is unticked is left out', LONG, async () => {
  const launch = launchUrl.searchParams.get('launch') ?? '';
  await page.goto(
    await authorizeUrl('openid fhirUser launch patient/Observation.rs patient/Patient.rs', { launch }),
  );
  await page.getByText('Ada Marlow').first().waitFor();
  await picture(page, 'approve');
  await checkAccessibility(page);
  await page.getByLabel('Read names and contact details of Ada Marlow').uncheck();
  await page.getByRole('button', { name: 'Allow', exact: true }).click();
  await page.waitForURL(`${appSite}/callback**`);
  expect(await exchange(page.url())).toMatchObject({
    patient: String(ADA.patient),
    scope: 'openid fhirUser launch patient/Observation.rs',
  });
});

it('lets a practitioner choose a patient by keyboard alone', LONG, async () => {
  await page.goto(await authorizeUrl('openid launch/patient patient/Observation.rs'));
  await page.getByRole('heading', { name: 'Choose a patient' }).waitFor();
  await picture(page, 'select-patient');
  await checkAccessibility(page);
  // The search has the focus from the start.
  await page.keyboard.type('nobody at all');
  await page.keyboard.press('Enter');
  await page.getByText('Nobody found').waitFor();
  await picture(page, 'select-patient-nobody');
  await checkAccessibility(page);
  await page.getByLabel('Name, birth date or identifier').fill('marlow');
  await page.keyboard.press('Enter');
  await page.getByText('1 patient found.').waitFor();
  for (let presses = 0; presses < 3; presses++) await page.keyboard.press('Tab');
  await page.keyboard.press('Enter');
  await page.getByRole('button', { name: 'Allow', exact: true }).click();
  await page.waitForURL(`${appSite}/callback**`);
  expect(await exchange(page.url())).toMatchObject({ patient: String(ADA.patient) });
  expect(faults).toEqual([]);
});
