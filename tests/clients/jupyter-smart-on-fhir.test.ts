/**
 * The Jupyter server extension jupyter-smart-on-fhir from PyPI, unmodified, in a Jupyter server where the launch is the
 * login: it takes the access token for a JWT, always asks for the scope `launch`, and sends an empty `launch` when it
 * was opened without one.
 */
import { existsSync, mkdtempSync, readFileSync, rmSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { afterAll, beforeAll, expect, it } from 'vitest';
import { signIn } from '../setup/clients.ts';
import { ADA, type IdentityWorld, openIdentityWorld, RIVERA } from '../setup/identity-world.ts';
import { type Answers, openPerson } from '../setup/person.ts';
import { type Program, startProgram } from '../setup/program.ts';
import { type Installed, installPython, requireInstalled } from '../setup/python.ts';
import { freePort } from '../setup/server-process.ts';

const PACKAGES = ['jupyter-smart-on-fhir==0.2.1', 'jupyter-server==2.21.1'];
const CLIENT_ID = 'jupyter-smart';

let world: IdentityWorld;
let installed: Installed | { missing: string };
let jupyter: Program | undefined;
let url: string;
const directory = mkdtempSync(join(tmpdir(), 'jhe-jupyter-'));
const tokenFile = join(directory, 'smart_token.json');

beforeAll(async () => {
  [world, installed] = await Promise.all([openIdentityWorld(), installPython('smart', PACKAGES)]);
  if ('missing' in installed) return;
  const port = await freePort();
  url = `http://localhost:${port}`;
  await world.register({
    clientId: CLIENT_ID,
    name: 'Notebooks',
    redirectUris: [`${url}/smart-on-fhir/callback`],
    launchUri: `${url}/smart-on-fhir/launch`,
  });
  jupyter = await startProgram(
    installed.python,
    [
      '-m',
      'jupyter_server',
      '--no-browser',
      '--allow-root',
      `--port=${port}`,
      '--ServerApp.port_retries=0',
      `--ServerApp.root_dir=${directory}`,
      '--ServerApp.jpserver_extensions={"jupyter_smart_on_fhir": True}',
      '--ServerApp.identity_provider_class=jupyter_smart_on_fhir.server_extension.SMARTIdentityProvider',
      `--SMARTExtensionApp.client_id=${CLIENT_ID}`,
      `--SMARTExtensionApp.token_file=${tokenFile}`,
    ],
    {
      cwd: directory,
      url: `${url}/smart-on-fhir/launch`,
      env: {
        HOME: directory,
        JUPYTER_CONFIG_DIR: directory,
        JUPYTER_DATA_DIR: directory,
        JUPYTER_RUNTIME_DIR: directory,
      },
    },
  );
}, 300_000);
afterAll(async () => {
  await jupyter?.close();
  await world?.close();
  rmSync(directory, { recursive: true, force: true });
});

type TokenFile = {
  token: { access_token: string; id_token: string; scope: string; patient?: string; profile?: object };
  fhir_url: string;
  smart_config: Record<string, unknown>;
};

/** Opens the launch address at the Jupyter server and goes all the way; then what it wrote for its notebooks. */
async function launch(address: string, answers: Answers): Promise<TokenFile & { user: string }> {
  rmSync(tokenFile, { force: true });
  const person = openPerson(answers);
  // The callback leads to the start page once the token is there.
  await person.follow(`${address}&next=%2Fapi%2Fme`, `${url}/api/me`);
  if (!existsSync(tokenFile)) throw new Error(`no token: ${jupyter?.output()}`);
  const me = (await (await person.visit(`${url}/api/me`)).json()) as { identity: { username: string } };
  return {
    ...(JSON.parse(readFileSync(tokenFile, 'utf8')) as TokenFile),
    user: me.identity.username,
  };
}

const patients = async (file: TokenFile) => {
  const reply = await fetch(`${file.fhir_url.replace(/\/$/, '')}/Patient`, {
    headers: { authorization: `Bearer ${file.token.access_token}` },
  });
  return {
    status: reply.status,
    body: (await reply.json()) as { total: number; entry: { resource: { id: string } }[] },
  };
};

it('jupyter-smart-on-fhir: EHR launch from the exchange', { timeout: 300_000 }, async ({ skip }) => {
  requireInstalled('jupyter-smart-on-fhir', installed, skip);
  const rivera = await signIn(world.site, RIVERA.email);
  const made = await rivera.post<{ launchUrl: string }>('/api/v1/launches', {
    clientId: CLIENT_ID,
    patientId: ADA.patient,
  });
  expect(made.status).toBe(201);
  const file = await launch(made.body.launchUrl, RIVERA);
  expect(file.token).toMatchObject({
    token_type: 'Bearer',
    patient: String(ADA.patient),
    profile: { reference: `Practitioner/${RIVERA.practitioner}` },
  });
  // Notebooks put a path right behind it.
  expect(file.fhir_url).toBe(`${world.fhir}/`);
  expect(file.smart_config).toHaveProperty('scopes_supported');
  expect(file.user, 'from the access token').toBe(String(RIVERA.userId));
  const { status, body } = await patients(file);
  expect(status).toBe(200);
  expect(body.entry.map(({ resource }) => resource.id)).toEqual([String(ADA.patient)]);
});

it.for([
  ['a patient, as their own', ADA, ''],
  [
    'a practitioner, who chooses the patient; base in lower case with a slash',
    { ...RIVERA, patient: ADA.patient },
    '/',
  ],
] as const)(
  'jupyter-smart-on-fhir: standalone launch with an empty launch, of %s',
  { timeout: 300_000 },
  async ([, answers, slash], { skip }) => {
    requireInstalled('jupyter-smart-on-fhir', installed, skip);
    const base = slash === '' ? world.fhir : `${world.site}/fhir/r5/`;
    const file = await launch(`${url}/smart-on-fhir/launch?iss=${encodeURIComponent(base)}`, answers);
    expect(file.token.patient).toBe(String(ADA.patient));
    expect(file.token.scope.split(' ')).not.toContain('launch');
    const { status, body } = await patients(file);
    expect(status).toBe(200);
    expect(body.total).toBe(1);
  },
);
