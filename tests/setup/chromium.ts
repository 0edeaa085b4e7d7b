/** Chromium for tests of what runs in a browser, and a site of its own for the app that is tested. */
import { once } from 'node:events';
import { createServer } from 'node:http';
import type { AddressInfo } from 'node:net';
import { type Browser, chromium, type Page } from 'playwright-core';
import type { Answers } from './person.ts';

export function launchChromium(): Promise<Browser> {
  const executablePath = process.env.CHROMIUM_PATH;
  if (!executablePath) throw new Error('CHROMIUM_PATH must name a Chromium.');
  return chromium.launch({ executablePath, args: ['--no-sandbox'] });
}

export type StaticSite = Readonly<{ origin: string; close(): Promise<void> }>;

/** Serves these bodies, by path, from a port of localhost: another origin than the exchange's. */
export async function serveFiles(files: Readonly<Record<string, string>>): Promise<StaticSite> {
  const server = createServer((request, response) => {
    const path = new URL(request.url ?? '/', 'http://localhost').pathname;
    const body = files[path];
    const type = path.endsWith('.js') ? 'text/javascript' : 'text/html';
    response.writeHead(body === undefined ? 404 : 200, { 'content-type': `${type}; charset=utf-8` });
    response.end(body ?? '');
  }).listen(0, 'localhost');
  await once(server, 'listening');
  return {
    origin: `http://localhost:${(server.address() as AddressInfo).port}`,
    async close() {
      server.closeAllConnections();
      server.close();
      await once(server, 'close');
    },
  };
}

/** Fills in the sign-in page that the browser has been led to. */
export async function signInAtPage(page: Page, { email, password }: Answers): Promise<void> {
  await page.locator('input[type=password]').waitFor();
  await page.fill('input[name=email]', email);
  await page.fill('input[name=password]', password);
  await page.locator('form:has(input[type=password]) button[type=submit]').first().click();
}
