/** fhirclient, the SMART library of browser apps, in Chromium on an origin of its own: standalone and EHR launch. */
import { readFileSync } from 'node:fs';
import { createRequire } from 'node:module';
import type { Browser, Page } from 'playwright-core';
import { afterAll, beforeAll, expect, it } from 'vitest';
import { launchChromium, type StaticSite, serveFiles, signInAtPage } from '../../setup/chromium.ts';
import { signIn } from '../../setup/clients.ts';
import { ADA, type IdentityWorld, openIdentityWorld, RIVERA } from '../../setup/identity-world.ts';
import type { Answers } from '../../setup/person.ts';

const bundle = createRequire(import.meta.url)
  .resolve('fhirclient/package.json')
  .replace(/package\.json$/, 'build/fhir-client.js');

/** `/launch.html?iss=...[&launch=...]` begins; what it asks for stands behind #. */
const LAUNCH = `<!doctype html><title>Launch</title><script src="/fhir-client.js"></script><script>
  FHIR.oauth2.authorize({
    clientId: 'smart-app',
    scope: decodeURIComponent(location.hash.slice(1)),
    redirectUri: location.origin + '/app.html',
    pkceMode: 'required',
  }).catch((error) => { document.title = String(error); });
</script>`;
const APP = `<!doctype html><title>App</title><script src="/fhir-client.js"></script><script>
  window.client = FHIR.oauth2.ready();
</script>`;

let world: IdentityWorld;
let app: StaticSite;
let browser: Browser;
beforeAll(async () => {
  app = await serveFiles({
    '/fhir-client.js': readFileSync(bundle, 'utf8'),
    '/launch.html': LAUNCH,
    '/app.html': APP,
  });
  [world, browser] = await Promise.all([openIdentityWorld(), launchChromium()]);
  await world.register({
    clientId: 'smart-app',
    name: 'Growth Chart',
    redirectUris: [`${app.origin}/app.html`],
    launchUri: `${app.origin}/launch.html`,
  });
});
afterAll(async () => {
  await browser?.close();
  await world?.close();
  await app?.close();
});

/** Walks from the launch to the app: signs in, chooses Ada where a patient is asked for, and allows. */
async function launch(url: string, scope: string, person: Answers, choosesPatient: boolean): Promise<Page> {
  const page = await (await browser.newContext()).newPage();
  await page.goto(`${url}#${encodeURIComponent(scope)}`);
  await signInAtPage(page, person);
  if (choosesPatient) await page.locator(`button[name=patient][value="${ADA.patient}"]`).click();
  await page.locator('button[name=decision][value=allow]').click();
  await page.waitForURL(`${app.origin}/app.html**`);
  return page;
}

type Seen = { patient: string; name: string; readings: number; user: string; scope: string; token: string };

const read = (page: Page) =>
  page.evaluate<Seen>(`(async () => {
    const client = await window.client;
    const patient = await client.patient.read();
    const readings = await client.request('Observation?patient=' + client.patient.id + '&_count=5');
    return {
      patient: client.patient.id,
      name: patient.name[0].family,
      readings: readings.entry.length,
      user: client.user.fhirUser,
      scope: client.state.tokenResponse.scope,
      token: client.state.tokenResponse.access_token,
    };
  })()`);

const SCOPE = 'openid fhirUser offline_access launch/patient patient/Patient.rs patient/Observation.rs';

it.each([
  [
    'practitioner, who chooses a patient',
    RIVERA,
    `${SCOPE} user/Practitioner.r`,
    { type: 'Practitioner', id: RIVERA.practitioner, family: 'Rivera' },
  ],
  ['patient, who is their own', ADA, SCOPE, { type: 'Patient', id: ADA.patient, family: 'Marlow' }],
])(
  'fhirclient: standalone launch of a %s',
  { timeout: 60_000 },
  async (_who, person, scope, { type, id, family }) => {
    const page = await launch(
      `${app.origin}/launch.html?iss=${encodeURIComponent(world.fhir)}`,
      scope,
      person,
      person === RIVERA,
    );
    const seen = await read(page);
    expect(seen).toMatchObject({ patient: String(ADA.patient), name: 'Marlow', readings: 5 });
    expect(seen.user).toBe(`${type}/${id}`);
    expect(
      await page.evaluate('window.client.then((client) => client.user.read())'),
      'the resource that fhirUser names',
    ).toMatchObject({ resourceType: type, id: String(id), name: [{ family }] });

    const renewed = await page.evaluate<{ access_token: string }>(
      'window.client.then((client) => client.refresh()).then((state) => state.tokenResponse)',
    );
    expect(renewed.access_token).not.toBe(seen.token);
    expect(await read(page)).toMatchObject({ patient: String(ADA.patient), token: renewed.access_token });
  },
);

it('fhirclient: EHR launch of a patient in context', { timeout: 60_000 }, async () => {
  const rivera = await signIn(world.site, RIVERA.email);
  const made = await rivera.post<{ launchUrl: string }>('/api/v1/launches', {
    clientId: 'smart-app',
    patientId: ADA.patient,
    intent: 'reconcile-medications',
  });
  expect(made.status).toBe(201);
  const page = await launch(
    made.body.launchUrl,
    'openid fhirUser launch patient/Patient.rs patient/Observation.rs',
    RIVERA,
    false,
  );
  expect(await read(page)).toMatchObject({ patient: String(ADA.patient), name: 'Marlow', readings: 5 });
  const reply = await page.evaluate<Record<string, unknown>>(
    'window.client.then((client) => client.state.tokenResponse)',
  );
  expect(reply).toMatchObject({ intent: 'reconcile-medications', need_patient_banner: true });
});
