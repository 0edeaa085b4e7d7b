/**
 * A practitioner's road in a real browser: sign in, find a patient, see the glucose chart; and what the patient decides
 * meanwhile shows on the open page. The steps build on each other. CHROMIUM_PATH names the browser.
 */
import { AxeBuilder } from '@axe-core/playwright';
import { type Browser, type BrowserContext, chromium, type Page } from 'playwright-core';
import { afterAll, beforeAll, expect, it } from 'vitest';
import { GLUCOSE, OMH } from '../journey/fhir-upload.ts';
import { type Caller, signIn } from '../setup/clients.ts';
import { type ServerProcess, startServer } from '../setup/server-process.ts';

const ADA = 40006;
const STUDY = 30006;
// An open page asks again every ten seconds; the rest is for a slow machine.
const SOON = 25_000;

let server: ServerProcess;
let browser: Browser;
let context: BrowserContext;
let page: Page;
let ada: Caller;
const faults: string[] = [];

beforeAll(async () => {
  const executablePath = process.env.CHROMIUM_PATH;
  if (!executablePath) throw new Error('CHROMIUM_PATH must name a Chromium.');
  [server, browser] = await Promise.all([
    startServer(),
    chromium.launch({ executablePath, args: ['--no-sandbox'] }),
  ]);
  ada = await signIn(server.site, 'ada@example.com');
  context = await browser.newContext();
  page = await context.newPage();
  page.on('pageerror', (error) => faults.push(error.message));
});
afterAll(async () => {
  await browser?.close();
  await server?.close();
});

const decide = async (consented: boolean) => {
  const { status } = await ada.patch(`/api/v1/patients/${ADA}/consents`, {
    studyScopeConsents: [
      { studyId: STUDY, scopeConsents: [{ codingSystem: OMH, codingCode: GLUCOSE, consented }] },
    ],
  });
  expect(status).toBe(200);
};

/** No barrier of the kinds that keep people out (axe: serious and critical). */
const checkAccessibility = async () => {
  const { violations } = await new AxeBuilder({ page }).analyze();
  const barriers = violations
    .filter(({ impact }) => impact === 'serious' || impact === 'critical')
    .map(({ id, nodes }) => `${id}: ${nodes.map(({ target }) => target.join(' ')).join(', ')}`);
  expect(barriers).toEqual([]);
};

/** Presses Tab until the element has the focus; fails when it never does. */
const tabTo = async (selector: string, atMost = 30) => {
  for (let presses = 0; presses <= atMost; presses++) {
    if (
      await page
        .locator(selector)
        .first()
        .evaluate((element) => element.matches(':focus'))
    )
      return;
    await page.keyboard.press('Tab');
  }
  throw new Error(`${selector} is not reached by ${atMost} times Tab`);
};

const chart = () => page.getByTestId('glucose-chart');
const points = async () => Number(await chart().getAttribute('data-points'));

it('asks who one is, without a mouse', { timeout: 60_000 }, async () => {
  await page.goto(`${server.site}/`);
  await page.waitForURL(/\/o\/interaction\//);
  await checkAccessibility();
  await tabTo('#email', 5);
  await page.keyboard.type('rivera@example.com');
  await page.keyboard.press('Tab');
  expect(await page.locator('#password').evaluate((element) => element.matches(':focus'))).toBe(true);
  await page.keyboard.type('Wrong1234!');
  await page.keyboard.press('Enter');
  await page.getByRole('alert').waitFor();
  expect(await page.getByRole('alert').innerText()).toMatch(/do not match/);
  await checkAccessibility();
  await tabTo('#password', 5);
  await page.keyboard.type('Jhe1234!');
  await page.keyboard.press('Enter');
  await page.getByTestId('patients-table').waitFor();
});

it('lists the patients, and opens one by keyboard', { timeout: 60_000 }, async () => {
  await page.getByTestId(`patient-row-${ADA}`).waitFor();
  expect(await page.locator('[data-testid^="patient-row-"]').count()).toBe(1);
  await checkAccessibility();
  await tabTo(`[data-testid="patient-row-${ADA}"] a`);
  await page.keyboard.press('Enter');
  await chart().waitFor();
});

it('draws every glucose reading that is shared', { timeout: 60_000 }, async () => {
  await expect.poll(points, { timeout: SOON }).toBeGreaterThan(1000);
  const canvas = chart().locator('canvas, svg').first();
  await canvas.waitFor();
  expect((await canvas.boundingBox())!.width).toBeGreaterThan(200);
  await checkAccessibility();
});

it('stays signed in over a reload, without keeping a token anywhere', { timeout: 60_000 }, async () => {
  await page.reload();
  await expect.poll(points, { timeout: SOON }).toBeGreaterThan(1000);
  const kept = JSON.stringify(await context.storageState({ indexedDB: true }));
  const session = await page.evaluate('JSON.stringify({ ...sessionStorage, ...localStorage })');
  // A token begins with eyJ; a random value that has these letters in its midst is none.
  for (const text of [kept, String(session)])
    expect(text).not.toMatch(/(?<![\w-])eyJ[\w-]+\.[\w-]+|access_token|refresh_token/);
});

it('empties the open page when the patient withdraws, and fills it after a new yes', {
  timeout: 60_000,
}, async () => {
  await decide(false);
  await page.getByTestId('chart-empty').waitFor({ timeout: SOON });
  expect(await chart().count()).toBe(0);
  expect(await page.locator('body').innerText()).not.toMatch(/mg\/dL/);

  await decide(true);
  await chart().waitFor({ timeout: SOON });
  await expect.poll(points, { timeout: SOON }).toBeGreaterThan(1000);
  expect(await page.getByTestId('chart-empty').count()).toBe(0);
});

it('tells how each question of the study stands', { timeout: 60_000 }, async () => {
  await page.goto(`${server.site}/portal/patients/${ADA}/sharing`);
  const row = page.getByTestId(`sharing-${STUDY}-${GLUCOSE}`);
  await row.waitFor();
  expect(await row.innerText()).toMatch(/Shared\s+the patient’s own answer/);
  await checkAccessibility();
});

it('ends the session at sign-out', { timeout: 60_000 }, async () => {
  await page.getByTestId('sign-out').click();
  // The authorization server asks before it ends the session for every application.
  await page.waitForURL(/\/o\/logout\//);
  await checkAccessibility();
  await page.getByRole('button', { name: 'Sign out' }).click();
  await page.getByRole('button', { name: 'Sign in' }).waitFor();
  expect(await page.locator('body').innerText()).not.toMatch(/Marlow/);
  await page.goto(`${server.site}/portal/patients/${ADA}`);
  await page.getByRole('button', { name: 'Sign in' }).click();
  // Nobody is remembered: the password is asked for again.
  await page.waitForURL(/\/o\/interaction\//);
  await page.locator('#password').waitFor();
  expect(faults).toEqual([]);
});
