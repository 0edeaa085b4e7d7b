/**
 * What a practitioner is shown, in a real browser far from the patient: the patient's clock, every reading in whatever unit,
 * both numbers of a pressure, the truth where there is nothing to see, and a word when the network is gone. CHROMIUM_PATH
 * names the browser; JHE_SCREENSHOTS a folder for pictures of each state.
 */
import { AxeBuilder } from '@axe-core/playwright';
import type { Browser, BrowserContext, Page } from 'playwright-core';
import { afterAll, beforeAll, expect, it } from 'vitest';
import { launchChromium, signInAtPage } from '../setup/chromium.ts';
import { signIn } from '../setup/clients.ts';
import { ADA, type IdentityWorld, openIdentityWorld, RIVERA, STRANGER } from '../setup/identity-world.ts';
import { rounds, timeLimit } from '../setup/nightly.ts';

const LONG = { timeout: timeLimit(60_000) };
const GLUCOSE = 50001;
const PASSWORD = 'Jhe1234!';
const ADAS_ZONE = 'America/Los_Angeles';

let world: IdentityWorld;
let browser: Browser;
let context: BrowserContext;
let page: Page;
const faults: string[] = [];

beforeAll(async () => {
  [world, browser] = await Promise.all([openIdentityWorld(), launchChromium()]);
}, timeLimit(60_000));
afterAll(async () => {
  await browser?.close();
  await world?.close();
});

/** Somebody signs in, in Berlin, and goes to a page of the portal. */
async function open(email: string, path: string): Promise<void> {
  await context?.close();
  context = await browser.newContext({
    viewport: { width: 1280, height: 900 },
    timezoneId: 'Europe/Berlin',
    locale: 'en-US',
  });
  page = await context.newPage();
  page.on('pageerror', (error) => faults.push(error.message));
  await page.goto(`${world.site}/portal${path}`);
  await signInAtPage(page, { email, password: PASSWORD });
}

/** Every second state is searched for barriers, all of them in the full run. */
const SEARCHED = rounds(2, 1);
let states = 0;

/** No barrier that keeps people out (axe: serious and critical), and nothing wider than the window, desk or phone. */
async function look(name: string): Promise<void> {
  const folder = process.env.JHE_SCREENSHOTS;
  for (const [size, width] of [
    ['phone', 390],
    ['desk', 1280],
  ] as const) {
    await page.setViewportSize({ width, height: 900 });
    const wide = () => page.evaluate('document.documentElement.scrollWidth - window.innerWidth');
    await expect.poll(wide, { message: `${name} is wider than a window of ${width}` }).toBeLessThanOrEqual(0);
    if (folder) await page.screenshot({ path: `${folder}/chart-${name}-${size}.png`, fullPage: true });
  }
  if (states++ % SEARCHED !== 0) return;
  const { violations } = await new AxeBuilder({ page }).analyze();
  const barriers = violations
    .filter(({ impact }) => impact === 'serious' || impact === 'critical')
    .map(({ id, nodes }) => `${name}, ${id}: ${nodes.map(({ target }) => target.join(' ')).join(', ')}`);
  expect(barriers).toEqual([]);
}

const chart = () => page.getByTestId('glucose-chart');
const points = async () => Number(await chart().getAttribute('data-points'));
const text = () => page.locator('main').innerText();

it("draws on the patient's clock, and names it", LONG, async () => {
  const rivera = await signIn(world.site, RIVERA.email);
  const { body } = await rivera.get<
    { codeId: number; lastReading: { time: string; offsetMinutes: number } }[]
  >(`/api/v1/patients/${ADA.patient}/series`);
  const { lastReading } = body.find(({ codeId }) => codeId === GLUCOSE)!;
  const hours = Math.abs(lastReading.offsetMinutes) / 60;

  await open(RIVERA.email, `/patients/${ADA.patient}?range=24h`);
  await expect.poll(points, { timeout: 20_000 }).toBeGreaterThan(200);
  expect(await page.getByTestId('clock').innerText()).toMatch(
    new RegExp(`^Times on the patient’s clock, UTC−${hours}.* h behind yours\\)$`),
  );
  const there = new Date(lastReading.time).toLocaleString('en-US', {
    timeZone: ADAS_ZONE,
    weekday: 'short',
    day: 'numeric',
    month: 'short',
    year: 'numeric',
    hour: 'numeric',
    minute: '2-digit',
  });
  expect(await text()).toContain(`Last reading ${there}`);
  await page.getByRole('button', { name: 'Show as a table' }).click();
  expect(await page.locator('section tbody tr').last().innerText()).toContain(there);
  await look('clock');
});

it('brings readings in another unit into the line, and says so', LONG, async () => {
  const before = await points();
  await world.database.owner.query(
    `insert into observation (patient_id, id, code_id, data_point_uuid, effective_start, effective_offset, value, unit, data_point)
     select o.patient_id, 9000000 + n, o.code_id, gen_random_uuid(), o.effective_start + n * interval '5 minutes',
       o.effective_offset, 5.5, 'mmol/L', '{}'
     from (select * from observation where patient_id = $1 and code_id = $2 order by effective_start desc limit 1) o,
       generate_series(1, 12) n`,
    [ADA.patient, GLUCOSE],
  );
  await page.reload();
  await expect.poll(points, { timeout: 20_000 }).toBeGreaterThan(200);
  // The last 24 hours are an hour later now: an hour of readings came, an hour of readings went.
  expect(Math.abs((await points()) - before)).toBeLessThanOrEqual(2);
  expect(await page.getByTestId('chart-notes').innerText()).toBe(
    '12 readings came in mmol/L and are shown in mg/dL.',
  );
  expect(await text()).toMatch(/99\.1 mg\/dL · in range/);
  await page.getByText('mmol/L', { exact: true }).first().click();
  await expect.poll(text, { timeout: 20_000 }).toMatch(/5\.5 mmol\/L · in range/);
  expect(new URL(page.url()).searchParams.get('units')).toBe('mmol/L');
  await look('units');
});

it('says in the same words on both tabs how a question stands', LONG, async () => {
  await page.getByText('Step count (waiting for an answer)').click();
  await page.getByRole('heading', { name: 'Step count: waiting for an answer' }).waitFor();
  expect(await text()).toMatch(/Sleep episode \(not shared\)/);
  await look('waiting');
  await page.getByRole('tab', { name: 'Sharing' }).click();
  await page.getByText('Waiting for an answer').waitFor();
  expect(await text()).toMatch(/Sleep episode\s+Not shared/);
});

it('has both numbers of a blood pressure', LONG, async () => {
  await open('manager_mary@example.com', `/patients/${STRANGER.patient}`);
  const pressure = page.getByTestId('chart-omh:blood-pressure:4.0');
  await pressure.waitFor();
  await expect.poll(() => pressure.getAttribute('aria-label')).toMatch(/1 readings?, mean 115\/60 mmHg/);
  expect(await text()).toMatch(/115\/60 mmHg · /);
  await look('pressure');
});

it('does not tell an administrator that nothing has arrived', LONG, async () => {
  await open('admin@example.com', `/patients/${ADA.patient}`);
  await page.getByTestId('chart-empty').waitFor();
  const said = await text();
  expect(said).toMatch(/You administer the exchange, and that opens nobody’s readings/);
  expect(said).toMatch(/Blood glucose: not shared with you/);
  expect(said).not.toMatch(/arrived|come in/);
  await look('administrator');
});

it('finds people by asking the server, and only for the page that is shown', LONG, async () => {
  const asked: string[] = [];
  await open(RIVERA.email, '/patients');
  await page.getByTestId('patients-table').waitFor();
  page.on('request', (request) => {
    const url = new URL(request.url());
    if (url.pathname === '/api/v1/patients') asked.push(url.search);
  });
  await page.getByLabel('Search').fill('marl');
  await expect.poll(() => asked).toEqual(['?search=marl&page=1&pageSize=25']);
  await page.getByTestId(`patient-row-${ADA.patient}`).waitFor();
  await page.getByLabel('Search').fill('nobody at all');
  await page.getByText('Nobody matches “nobody at all”').waitFor();
  await look('nobody');
});

it('says that there is no network, waits for none, and goes on when it is back', LONG, async () => {
  await page.goto(`${world.site}/portal/patients/${ADA.patient}`);
  await expect.poll(points, { timeout: 20_000 }).toBeGreaterThan(200);
  await context.setOffline(true);
  await page.getByText('You are offline.').waitFor();
  // A page that was never here: no skeleton that waits for ever.
  await page.getByRole('link', { name: 'Organizations' }).click();
  await page.getByRole('heading', { name: 'The exchange cannot be reached' }).waitFor({ timeout: 20_000 });
  await look('offline');
  await context.setOffline(false);
  await expect.poll(text, { timeout: 20_000 }).toMatch(/Riverside Metabolic Clinic/);
  expect(await page.getByText('You are offline.').count()).toBe(0);
  expect(faults).toEqual([]);
});
