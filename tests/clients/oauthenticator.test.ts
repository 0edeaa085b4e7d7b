/**
 * oauthenticator's GenericOAuthenticator from PyPI in a JupyterHub of its own, configured as hubs in the field are:
 * scope `openid`, the user's name from `/api/v1/users/profile`, groups from `/api/v1/users/organizations`.
 */
import { randomBytes } from 'node:crypto';
import { mkdtempSync, readFileSync, rmSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { fileURLToPath } from 'node:url';
import { afterAll, beforeAll, expect, it } from 'vitest';
import { type IdentityWorld, openIdentityWorld, RIVERA } from '../setup/identity-world.ts';
import { openPerson } from '../setup/person.ts';
import { type Program, startProgram } from '../setup/program.ts';
import { installPython, requireInstalled } from '../setup/python.ts';
import { freePort } from '../setup/server-process.ts';

const CONFIG = fileURLToPath(new URL('jupyterhub_config.py', import.meta.url));
const PACKAGES = ['oauthenticator==17.4.0', 'jupyterhub==6.1.1'];
/** A public client: the authenticator sends an empty secret for it. */
const CLIENT_ID = 'notebook-hub';
const RIVERSIDE = 20009;

let world: IdentityWorld;
beforeAll(async () => {
  world = await openIdentityWorld();
});
afterAll(() => world?.close());

type HubUser = {
  name: string;
  groups: string[];
  auth_state: { access_token: string; refresh_token: string; scope: string[] } | null;
};

type Hub = Program & {
  url: string;
  user(): Promise<HubUser>;
  /** Starts the person's notebook server; what a notebook in it knows. */
  startNotebook(): Promise<{
    JUPYTERHUB_API_URL: string;
    JUPYTERHUB_API_TOKEN: string;
    JUPYTERHUB_USER: string;
  }>;
};

async function startHub(python: string): Promise<Hub> {
  const [port, directory, apiToken] = [
    await freePort(),
    mkdtempSync(join(tmpdir(), 'jhe-hub-')),
    randomBytes(32).toString('hex'),
  ];
  const url = `http://localhost:${port}`;
  await world.register({
    clientId: CLIENT_ID,
    name: 'Notebook Hub',
    redirectUris: [`${url}/hub/oauth_callback`],
    defaultScopes: 'user/*.rs',
  });
  const program = await startProgram(python, ['-m', 'jupyterhub', '-f', CONFIG], {
    cwd: directory,
    url: `${url}/hub/health`,
    env: {
      JHE_URL: world.site,
      HUB_PORT: String(port),
      HUB_DIR: directory,
      HUB_API_TOKEN: apiToken,
      HUB_CLIENT_ID: CLIENT_ID,
      HUB_GROUPS: JSON.stringify([String(RIVERSIDE)]),
      JUPYTERHUB_CRYPT_KEY: randomBytes(32).toString('hex'),
    },
  });
  return {
    ...program,
    url,
    async user() {
      const reply = await fetch(`${url}/hub/api/users/${RIVERA.email}`, {
        headers: { authorization: `token ${apiToken}` },
      });
      if (!reply.ok) throw new Error(`${reply.status} ${await reply.text()} ${program.output()}`);
      return (await reply.json()) as HubUser;
    },
    async startNotebook() {
      const reply = await fetch(`${url}/hub/api/users/${RIVERA.email}/server`, {
        method: 'POST',
        headers: { authorization: `token ${apiToken}` },
      });
      if (!reply.ok) throw new Error(`${reply.status} ${await reply.text()} ${program.output()}`);
      return JSON.parse(readFileSync(join(directory, 'notebook.json'), 'utf8'));
    },
    async close() {
      await program.close();
      rmSync(directory, { recursive: true, force: true });
    },
  };
}

it('GenericOAuthenticator: sign-in, groups, and a new token when the old one has ended', {
  timeout: 300_000,
}, async ({ skip }) => {
  const { python } = requireInstalled('oauthenticator', await installPython('hub', PACKAGES), skip);
  const hub = await startHub(python);
  const end = (token: string) =>
    fetch(`${world.issuer}/revoke_token/`, {
      method: 'POST',
      body: new URLSearchParams({ token, client_id: CLIENT_ID }),
    });
  try {
    const person = openPerson(RIVERA);
    const home = await person.follow(`${hub.url}/hub/oauth_login?next=%2Fhub%2Fhome`, `${hub.url}/hub/home`);
    expect((await person.visit(home)).status).toBe(200);
    const before = await hub.user();
    expect(before).toMatchObject({ name: RIVERA.email, groups: [String(RIVERSIDE)] });
    const { access_token, refresh_token } = before.auth_state!;

    const patients = await fetch(`${world.fhir}/Patient`, {
      headers: { authorization: `Bearer ${access_token}` },
    });
    expect(patients.status, 'the default scopes of the client count').toBe(200);

    // The token ends before its time; the hub notices and refreshes on the next visit.
    await end(access_token);
    const renewed = async () => {
      await person.visit(home);
      return (await hub.user()).auth_state!.access_token;
    };
    await expect.poll(renewed, { timeout: 20_000, interval: 300 }).not.toBe(access_token);
    const after = (await hub.user()).auth_state!;
    expect(after.refresh_token).not.toBe(refresh_token);

    // A notebook asks the hub, with nothing but what its server was started with, and never holds a token that has ended.
    const notebook = await hub.startNotebook();
    const ask = async () => {
      const { JUPYTERHUB_API_URL: api, JUPYTERHUB_API_TOKEN: own, JUPYTERHUB_USER: name } = notebook;
      const reply = await fetch(`${api}/users/${name}`, { headers: { authorization: `token ${own}` } });
      if (!reply.ok) throw new Error(`${reply.status} ${await reply.text()}`);
      return ((await reply.json()) as HubUser).auth_state!.access_token;
    };
    const old = await ask();
    await end(old);
    await expect.poll(ask, { timeout: 20_000, interval: 300 }).not.toBe(old);
    const read = await fetch(`${world.fhir}/Patient`, {
      headers: { authorization: `Bearer ${await ask()}` },
    });
    expect(read.status).toBe(200);

    // Without a token that can be refreshed the hub asks to sign in again.
    await end((await hub.user()).auth_state!.refresh_token);
    const asked = async () => (await person.visit(home)).headers.get('location') ?? '';
    await expect.poll(asked, { timeout: 20_000, interval: 300 }).toContain('/hub/login');
  } finally {
    await hub.close();
  }
});
