/**
 * The protection of an account in a real browser: a passkey is added and signs in without a word typed, an authenticator
 * app is turned on, and sessions end. The steps build on each other. CHROMIUM_PATH names the browser, and its virtual
 * authenticator stands for the person's device.
 */
import { AxeBuilder } from '@axe-core/playwright';
import { generate } from 'otplib';
import { type Browser, type BrowserContext, type CDPSession, chromium, type Page } from 'playwright-core';
import { afterAll, beforeAll, expect, it } from 'vitest';
import { type ServerProcess, startServer } from '../setup/server-process.ts';

const EMAIL = 'rivera@example.com';
const PASSWORD = 'Jhe1234!';
const LONG = { timeout: 60_000 };

let server: ServerProcess;
let browser: Browser;
let context: BrowserContext;
let page: Page;
let cdp: CDPSession;
let authenticatorId: string;
const faults: string[] = [];

beforeAll(async () => {
  const executablePath = process.env.CHROMIUM_PATH;
  if (!executablePath) throw new Error('CHROMIUM_PATH must name a Chromium.');
  [server, browser] = await Promise.all([
    startServer(),
    chromium.launch({ executablePath, args: ['--no-sandbox'] }),
  ]);
  context = await browser.newContext();
  page = await context.newPage();
  page.on('pageerror', (error) => faults.push(error.message));
  page.on('console', (message) => {
    if (/Content Security Policy/.test(message.text())) faults.push(message.text());
  });
  cdp = await context.newCDPSession(page);
  await cdp.send('WebAuthn.enable');
  ({ authenticatorId } = await cdp.send('WebAuthn.addVirtualAuthenticator', {
    options: {
      protocol: 'ctap2',
      transport: 'internal',
      hasResidentKey: true,
      hasUserVerification: true,
      isUserVerified: true,
      automaticPresenceSimulation: true,
    },
  }));
});
afterAll(async () => {
  await browser?.close();
  await server?.close();
});

/** No barrier of the kinds that keep people out (axe: serious and critical). */
const checkAccessibility = async () => {
  const { violations } = await new AxeBuilder({ page }).analyze();
  const barriers = violations
    .filter(({ impact }) => impact === 'serious' || impact === 'critical')
    .map(({ id, nodes }) => `${id}: ${nodes.map(({ target }) => target.join(' ')).join(', ')}`);
  expect(barriers).toEqual([]);
};

const givePassword = async () => {
  await page.locator('#email').fill(EMAIL);
  await page.locator('#password').fill(PASSWORD);
  await page.getByRole('button', { name: 'Sign in', exact: true }).click();
};

/** Signs out in this browser, on the page that asks. */
const signOut = async () => {
  await page.goto(`${server.site}/o/logout/`);
  await page.getByRole('button', { name: 'Sign out' }).click();
  await page.getByRole('heading', { name: 'You are signed out' }).waitFor();
};

it('keeps no token where scripts of another day could find it', LONG, async () => {
  await page.goto(`${server.site}/`);
  await page.waitForURL(/\/o\/interaction\//);
  await givePassword();
  await page.getByTestId('patients-table').waitFor();
  const kept = await page.evaluate('JSON.stringify([{ ...localStorage }, { ...sessionStorage }])');
  const [local, session] = JSON.parse(String(kept)) as [object, object];
  const isToken = /(?<![\w-])eyJ[\w-]+\.[\w-]+|access_token|refresh_token|id_token/;
  expect(JSON.stringify(local)).not.toMatch(isToken);
  expect(JSON.stringify(session)).not.toMatch(isToken);
  // The cookie of the session is out of reach of scripts as well.
  expect(await page.evaluate('document.cookie')).toBe('');
  const cookies = await context.cookies();
  expect(cookies.find(({ name }) => name === 'jhe_session')).toMatchObject({
    httpOnly: true,
    sameSite: 'Lax',
  });
});

it('adds a passkey', LONG, async () => {
  await page.goto(`${server.site}/accounts/security/`);
  await checkAccessibility();
  await page.getByRole('link', { name: 'Add a passkey' }).click();
  await checkAccessibility();
  await page.getByRole('button', { name: 'Make a passkey' }).click();
  await page.getByRole('status').waitFor();
  expect(await page.getByRole('status').innerText()).toMatch(/Your passkey was added/);
  await page.getByRole('heading', { name: 'Chrome on Linux' }).waitFor();
  const { credentials } = await cdp.send('WebAuthn.getCredentials', { authenticatorId });
  expect(credentials).toMatchObject([{ isResidentCredential: true, rpId: 'localhost' }]);
});

it('says so when this device has a passkey already', LONG, async () => {
  await page.getByRole('link', { name: 'Add a passkey' }).click();
  await page.getByRole('button', { name: 'Make a passkey' }).click();
  await page.getByRole('alert').waitFor();
  expect(await page.getByRole('alert').innerText()).toBe(
    'This device has a passkey for your account already.',
  );
});

it('signs in with the passkey, and nothing is typed', LONG, async () => {
  await signOut();
  await page.goto(`${server.site}/accounts/security/`);
  await page.getByRole('link', { name: 'Use a passkey' }).click();
  await page.getByRole('heading', { name: 'Security' }).waitFor();
  expect(new URL(page.url()).pathname).toBe('/accounts/security/');
});

it('lets whoever has no passkey go back', LONG, async () => {
  await signOut();
  await cdp.send('WebAuthn.setUserVerified', { authenticatorId, isUserVerified: false });
  await page.goto(`${server.site}/accounts/security/`);
  await page.getByRole('link', { name: 'Use a passkey' }).click();
  await page.getByRole('button', { name: 'Use my passkey' }).click();
  await page.getByRole('alert').waitFor();
  expect(await page.getByRole('alert').innerText()).toMatch(/You can try again/);
  await checkAccessibility();
  await page.getByRole('link', { name: 'Sign in another way' }).click();
  await givePassword();
  await page.getByRole('heading', { name: 'Security' }).waitFor();
  await cdp.send('WebAuthn.setUserVerified', { authenticatorId, isUserVerified: true });
});

it('turns an authenticator app on, and asks for a code after the password', LONG, async () => {
  await page.getByRole('link', { name: 'Turn on' }).click();
  await page.getByRole('img', { name: /QR code/ }).waitFor();
  await checkAccessibility();
  const secret = (await page.locator('.secret').innerText()).replaceAll(' ', '');
  await page.getByLabel('Code that the app shows now').fill(await generate({ secret }));
  await page.getByRole('button', { name: 'Turn on' }).click();
  await page.getByRole('heading', { name: 'Your recovery codes' }).waitFor();
  await checkAccessibility();
  const [recoveryCode = ''] = await page.locator('.codes li').allInnerTexts();
  await page.getByRole('link', { name: 'I have kept them' }).click();
  await page.getByText('10 recovery codes left').waitFor();

  await signOut();
  await page.goto(`${server.site}/accounts/security/`);
  await givePassword();
  await page.getByRole('heading', { name: 'One more step' }).waitFor();
  await checkAccessibility();
  expect(await page.locator('#code').evaluate((element) => element.matches(':focus'))).toBe(true);
  await page.keyboard.type('000000');
  await page.keyboard.press('Enter');
  await page.getByRole('alert').waitFor();
  await page.locator('#code').fill(recoveryCode);
  await page.keyboard.press('Enter');
  await page.getByText('9 recovery codes left').waitFor();
  await checkAccessibility();
});

it('lists where one is signed in, and signs out everywhere', LONG, async () => {
  await page.getByRole('link', { name: 'Where you are signed in' }).click();
  await page.getByText('This browser').waitFor();
  await checkAccessibility();
  await page.getByRole('button', { name: 'Sign out everywhere' }).click();
  await page.getByRole('heading', { name: 'You are signed out' }).waitFor();
  await page.goto(`${server.site}/accounts/sessions/`);
  await page.locator('#password').waitFor();
  expect(faults).toEqual([]);
});
