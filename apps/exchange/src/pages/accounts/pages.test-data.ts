import type { LightMyRequestResponse } from 'fastify';
import { type Browser, PASSWORD, SITE } from '../../authorization/world.test-data.ts';

/** Where a browser ended up. */
export type Arrival = Readonly<{ url: string; page: LightMyRequestResponse }>;

/** Follows what a browser follows by itself, from one request to the page it ends on. */
export async function follow(browser: Browser, url: string, form?: Record<string, string>): Promise<Arrival> {
  let page = await browser.go(form ? { method: 'POST', url, form } : { url });
  let at = url;
  for (let hops = 0; hops < 12 && page.statusCode >= 300 && page.statusCode < 400; hops++) {
    at = new URL(String(page.headers.location), `${SITE}${at}`).href.replace(SITE, '');
    page = await browser.go({ url: at });
  }
  return { url: at, page };
}

/** Opens a page of the account, and gives the password where it is asked for. */
export async function signInTo(
  browser: Browser,
  page: string,
  email = 'rivera@example.org',
): Promise<Arrival> {
  const start = await follow(browser, page);
  return start.url.includes('/interaction/')
    ? follow(browser, start.url, { email, password: PASSWORD })
    : start;
}
