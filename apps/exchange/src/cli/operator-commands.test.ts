/** What operators do from the command line: clients, keys, accounts, settings. */
import { mkdtemp, rm, writeFile } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { afterAll, beforeAll, beforeEach, expect, it, vi } from 'vitest';
import { codeRequest, fetchTokens, openWorld, type World } from '../authorization/world.test-data.ts';
import { listKeys } from '../store/oauth-keys.ts';
import { listSettings } from '../store/oauth-settings.ts';
import {
  addClientCommand,
  approveClientCommand,
  listClientsCommand,
  removeClientCommand,
  replaceSecretCommand,
} from './client.ts';
import { listKeysCommand, rotateKeysCommand } from './keys.ts';
import type { Command } from './main.ts';
import { endSessionsCommand } from './sessions.ts';
import { getSettingCommand, listSettingsCommand, setSettingCommand } from './settings.ts';
import { activateUserCommand, deactivateUserCommand } from './user-access.ts';
import { forgetAuthenticatorCommand } from './user-authenticator.ts';

let world: World;
let folder: string;
beforeAll(async () => {
  world = await openWorld();
  await world.database.owner.query("select setval(pg_get_serial_sequence('client', 'id'), 1000)");
  folder = await mkdtemp(join(tmpdir(), 'jhe-operator-'));
});
afterAll(async () => {
  await world?.close();
  await rm(folder, { recursive: true, force: true });
});
beforeEach(() => world.setClock(null));

async function run(command: Command, ...args: string[]): Promise<string> {
  let output = '';
  const written = vi.spyOn(process.stdout, 'write').mockImplementation((text) => {
    output += String(text);
    return true;
  });
  try {
    await command.run(args, { ...world.config, databaseUrl: world.database.ownerUrl });
  } finally {
    written.mockRestore();
  }
  return output;
}
const rowOf = async (clientId: string) =>
  (await world.database.owner.query('select * from client where client_id = $1', [clientId])).rows[0];
const post = (form: Record<string, string>) => world.request({ method: 'POST', url: '/o/token/', form });

const HUB = 'https://hub2.example.org/hub/oauth_callback';

it('registers a hub that can sign people in, and shows its secret once', async () => {
  const output = await run(
    addClientCommand,
    ...['--id', 'hub2', '--name', 'Second hub', '--redirect', HUB, '--confidential', '--skip-approval'],
    ...[
      '--scopes',
      'openid user/*.rs',
      '--origin',
      'https://hub2.example.org',
      '--access-token-seconds',
      '7200',
    ],
  );
  const secret = /shown this once: (\S+)/.exec(output)?.[1] ?? '';
  expect(secret.length).toBeGreaterThanOrEqual(43);
  const row = await rowOf('hub2');
  expect(JSON.stringify(row)).not.toContain(secret);
  expect(row).toMatchObject({
    client_type: 'confidential',
    grant_types: ['authorization_code', 'refresh_token'],
    allowed_origins: ['https://hub2.example.org'],
    skip_authorization: true,
  });
  const request = codeRequest({ clientId: 'hub2', redirectUri: HUB });
  const { tokens } = await fetchTokens(world, world.browser(), request, { client_secret: secret });
  expect(tokens).toMatchObject({ expires_in: 7200, token_type: 'Bearer' });
  expect((await world.server.verifyToken(tokens.access_token!))?.grants).toHaveLength(1);

  const again = /shown this once: (\S+)/.exec(await run(replaceSecretCommand, 'hub2'))?.[1] ?? '';
  const refresh = { grant_type: 'refresh_token', refresh_token: tokens.refresh_token!, client_id: 'hub2' };
  expect((await post({ ...refresh, client_secret: secret })).json()).toMatchObject({
    error: 'invalid_client',
  });
  const renewed = (await post({ ...refresh, client_secret: again })).json();
  expect(renewed).toHaveProperty('access_token');

  expect(await run(listClientsCommand)).toMatch(/hub2 +approved +confidential/);
  await run(removeClientCommand, 'hub2');
  world.setClock(new Date(Date.now() + 60_000));
  expect(await world.server.verifyToken(renewed.access_token)).toBeNull();
  expect(
    (await post({ ...refresh, refresh_token: renewed.refresh_token, client_secret: again })).statusCode,
  ).toBe(401);
  await expect(run(removeClientCommand, 'hub2')).rejects.toThrow('no client has this id');
  // Its name is free at once: what ended is named by the registration.
  await run(addClientCommand, '--id', 'hub2', '--name', 'Third hub', '--redirect', HUB);
  expect(await world.server.verifyToken(renewed.access_token)).toBeNull();
});

it('registers a program that acts for a person', async () => {
  const add = [
    '--id',
    'nightly',
    '--name',
    'Nightly',
    '--grant',
    'client_credentials',
    '--confidential',
    '--scopes',
    'system/*.rs',
  ];
  await expect(run(addClientCommand, ...add)).rejects.toThrow('--owner');
  await expect(run(addClientCommand, ...add, '--owner', 'nobody@example.org')).rejects.toThrow('--owner');
  await run(addClientCommand, ...add, '--owner', 'RIVERA@example.org');
  expect(await rowOf('nightly')).toMatchObject({
    owner_user_id: 10_001,
    grant_types: ['client_credentials'],
  });
});

const BAD: [option: string, args: string[]][] = [
  ['--id', ['--id', 'a b']],
  ['--id', []],
  ['--name', ['--name', ' ']],
  ['--redirect', ['--redirect', 'http://app.example.org/cb']],
  ['--redirect', ['--redirect', 'javascript:alert(1)']],
  ['--redirect', ['--redirect', `${HUB}#x`]],
  ['--scopes', ['--scopes', 'openid everything']],
  ['--origin', ['--origin', 'https://app.example.org/path']],
  ['--grant', ['--grant', 'password']],
  ['--confidential', ['--grant', 'client_credentials']],
  ['--confidential', ['--jwks-uri', 'https://app.example.org/jwks.json']],
  ['--jwks', ['--confidential', '--jwks', 'MISSING']],
  ['--jwks', ['--confidential', '--jwks', 'PRIVATE']],
  ['--jwks-uri', ['--confidential', '--jwks', 'PRIVATE', '--jwks-uri', 'https://app.example.org/jwks.json']],
  ['--jwks-uri', ['--confidential', '--jwks-uri', 'http://app.example.org/jwks.json']],
  ['--require-dpop', ['--confidential', '--may-exchange-tokens', '--require-dpop']],
  ['--access-token-seconds', ['--access-token-seconds', '5']],
  ['--refresh-token-seconds', ['--refresh-token-seconds', 'long']],
  ['--nonsense', ['--nonsense']],
];
it.each(BAD)('refuses a client and names %s: %j', async (option, args) => {
  const file = join(folder, 'private.json');
  await writeFile(file, JSON.stringify({ keys: [{ kty: 'EC', d: 'secret' }] }));
  const given = args.map((arg) => (arg === 'PRIVATE' ? file : arg === 'MISSING' ? `${file}.missing` : arg));
  const rest = [
    ...(args.includes('--id') || args.length === 0 ? [] : ['--id', 'good']),
    ...(args.includes('--name') ? [] : ['--name', 'Good']),
    ...(args.includes('--redirect') ? [] : ['--redirect', HUB]),
  ];
  await expect(run(addClientCommand, ...rest, ...given)).rejects.toThrow(option);
  expect(await rowOf('good')).toBeUndefined();
});

it('refuses an id that another client has', async () => {
  await expect(run(addClientCommand, '--id', 'hub', '--name', 'x', '--redirect', HUB)).rejects.toThrow(
    '--id',
  );
});

it('lets in a client that registered itself', async () => {
  const reply = await world.app.http.inject({
    method: 'POST',
    url: '/o/register/',
    headers: { 'content-type': 'application/json' },
    payload: { client_name: 'App \u001b[2J', redirect_uris: [HUB], token_endpoint_auth_method: 'none' },
  });
  const { client_id: clientId } = reply.json();
  const list = await run(listClientsCommand);
  expect(list).toMatch(new RegExp(`${clientId} +waits`));
  expect(list).not.toContain('\u001b');
  await expect(run(approveClientCommand, clientId, '--scopes', 'everything')).rejects.toThrow('--scopes');
  await run(approveClientCommand, clientId, '--scopes', 'user/*.rs', '--owner', 'rivera@example.org');
  expect(await rowOf(clientId)).toMatchObject({
    default_scopes: 'user/*.rs',
    owner_user_id: 10_001,
    approved_at: expect.any(Date),
  });
  await expect(run(approveClientCommand, clientId)).rejects.toThrow('waits for approval');
});

it('H-12 closes an account at once, with every token and session of it, and opens it again', async () => {
  const browser = world.browser();
  const { tokens } = await fetchTokens(world, browser, codeRequest());
  await run(deactivateUserCommand, 'RIVERA@example.org');
  const refresh = {
    grant_type: 'refresh_token',
    refresh_token: tokens.refresh_token!,
    client_id: 'jhe-portal',
  };
  expect((await post(refresh)).json()).toMatchObject({ error: 'invalid_grant' });
  expect(await world.gate.identify(10_001, 'jhe-portal', [])).toBeFalsy();
  world.setClock(new Date(Date.now() + 600_000));
  expect(await world.server.verifyToken(tokens.access_token!)).toBeNull();
  expect(String((await browser.go({ url: codeRequest().url })).headers.location)).toContain('/interaction/');

  await run(activateUserCommand, 'rivera@example.org');
  // What was granted before stays ended.
  expect((await post(refresh)).statusCode).toBe(400);
  expect((await fetchTokens(world, world.browser(), codeRequest())).response.statusCode).toBe(200);
  await expect(run(deactivateUserCommand, 'nobody@example.org')).rejects.toThrow('nobody has this address');
});

it('signs everybody out everywhere', async () => {
  const browser = world.browser();
  const { tokens } = await fetchTokens(world, browser, codeRequest());
  // Half way: a password page that is open, and a code that nobody has exchanged.
  const halfWay = world.browser();
  const page = String((await halfWay.go({ url: codeRequest().url })).headers.location);
  const request = codeRequest();
  const back = await browser.go({ url: request.url });
  const code = new URL(String(back.headers.location)).searchParams.get('code') ?? '';

  expect(await run(endSessionsCommand)).toMatch(/^Everybody is signed out: \d+ accounts?, \d+ connected/);
  expect(
    (
      await post({
        grant_type: 'refresh_token',
        refresh_token: tokens.refresh_token ?? '',
        client_id: 'jhe-portal',
      })
    ).json(),
  ).toMatchObject({ error: 'invalid_grant' });
  expect(
    (
      await post({
        grant_type: 'authorization_code',
        code,
        redirect_uri: request.redirectUri,
        client_id: 'jhe-portal',
        code_verifier: request.verifier,
      })
    ).json(),
  ).toMatchObject({ error: 'invalid_grant' });
  expect((await halfWay.go({ url: page })).statusCode).toBe(400);
  expect(String((await browser.go({ url: codeRequest().url })).headers.location)).toContain('/interaction/');
  world.setClock(new Date(Date.now() + 1_200_000));
  expect(await world.server.verifyToken(tokens.access_token ?? '')).toBeNull();
  world.setClock(null);
  // People come back by themselves.
  expect((await fetchTokens(world, world.browser(), codeRequest())).response.statusCode).toBe(200);
});

it('removes a lost authenticator, tells its owner, and leaves a trace', async () => {
  const rows = async (text: string) => (await world.database.owner.query(text)).rows;
  await expect(run(forgetAuthenticatorCommand, 'rivera@example.org')).rejects.toThrow('no authenticator');
  await rows(`insert into authenticator (user_id, secret, confirmed_at) values (10001, 'JBSWY3DPEHPK3PXP', now());
    insert into recovery_code (user_id, code_hash) values (10001, 'one')`);
  await run(forgetAuthenticatorCommand, 'RIVERA@example.org');
  expect(await rows('select 1 from authenticator union all select 1 from recovery_code')).toEqual([]);
  expect(await rows('select subject from mail order by id desc limit 1')).toEqual([
    { subject: 'Your authenticator app was removed' },
  ]);
  expect(
    await rows(
      'select user_id::int, subject_user_id::int, reason, outcome from audit_event order by id desc limit 1',
    ),
  ).toEqual([
    {
      // Nobody is signed in at the command line.
      user_id: null,
      subject_user_id: 10_001,
      reason: 'operator: forget authenticator',
      outcome: 'ok',
    },
  ]);
  await expect(run(forgetAuthenticatorCommand, 'nobody@example.org')).rejects.toThrow(
    'nobody has this address',
  );
});

it('rotates keys and shows what each does, but no key', async () => {
  expect(await run(rotateKeysCommand)).toMatch(/sign from \d{4}-/);
  const list = await run(listKeysCommand);
  expect(list.match(/ waits /g)).toHaveLength(3);
  expect(list.match(/ signs /g)).toHaveLength(3);
  await run(rotateKeysCommand, '--now');
  const after = await run(listKeysCommand);
  expect(after.match(/ signs /g)).toHaveLength(3);
  expect(after.match(/ verifies /g)).toHaveLength(3);
  for (const { key } of await world.system('signing-key', listKeys)) {
    expect(after).not.toContain(String(key.d ?? key.secret));
  }
});

it.each([
  ['smtp.host', 'SMTP_HOST'],
  ['site.mail.from', 'MAIL_FROM'],
  ['email_backend', 'SMTP_HOST'],
  ['site.url', 'SITE_URL'],
  ['auth.signing_key', 'JHE_SEALING_KEY'],
  ['auth.oidc.private_key', 'JHE_SEALING_KEY'],
  ['sealing_key', 'JHE_SEALING_KEY'],
  ['database.url', 'DATABASE_URL'],
])(
  'keeps %s in the environment: no setting holds it, and one that was put there is not shown',
  async (key, name) => {
    await expect(run(setSettingCommand, key, 'https://elsewhere.example.org')).rejects.toThrow(name);
    expect(await world.system('operator', listSettings)).not.toContainEqual(expect.objectContaining({ key }));
    await world.database.owner.query('insert into setting (key, value) values ($1, \'"elsewhere"\')', [key]);
    expect(await run(listSettingsCommand)).not.toContain('elsewhere');
    await world.database.owner.query('delete from setting where key = $1', [key]);
  },
);

it('reads and changes settings, each checked, secrets hidden', async () => {
  await run(setSettingCommand, 'auth.patient.invitation_expiration_days', '3');
  expect(await run(getSettingCommand, 'auth.patient.invitation_expiration_days')).toBe('3\n');
  expect(await run(getSettingCommand, 'auth.patient.invitation_redemption_window_hours')).toBe('12\n');
  await run(setSettingCommand, 'site.registration_invite_code', '1234');
  expect(await run(getSettingCommand, 'site.registration_invite_code')).toBe('"1234"\n');
  await run(setSettingCommand, 'auth.sof.trusted_issuers', '["https://ehr.example.org/oauth2"]');
  await run(setSettingCommand, 'my.extension.color', 'green');
  expect(await run(setSettingCommand, 'ow.api_key', 'hush-hush')).toBe('ow.api_key = ***\n');
  // Wherever such a key belongs.
  expect(await run(setSettingCommand, 'ow.s3.access_key_id', 'A1')).toBe('ow.s3.access_key_id = ***\n');
  await run(setSettingCommand, 'my.extension.secret', '"also hidden"');
  const list = await run(listSettingsCommand);
  expect(list).toMatch(/my\.extension\.color +"green"/);
  expect(list).not.toMatch(/hush-hush|also hidden/);
  const { rows } = await world.database.owner.query("select value from setting where key = 'ow.api_key'");
  expect(rows).toEqual([{ value: { sealed: expect.stringMatching(/^sealed\./) } }]);
  const kept = await world.system('operator', listSettings);
  expect(kept).toContainEqual({ key: 'ow.api_key', value: 'hush-hush' });
});

const BAD_SETTINGS: [key: string, value: string][] = [
  ['auth.patient.invitation_expiration_days', 'soon'],
  ['auth.patient.invitation_expiration_days', '400'],
  ['auth.default_orgs', '20001:king'],
  ['auth.sof.trusted_issuers', '"https://ehr.example.org"'],
  ['auth.sof.trusted_issuers', '["not an address"]'],
  ['organization.self_service_top_level', '"yes"'],
  ['auth.sso.saml2', '"perhaps"'],
  ['Not a key', '1'],
];
it.each(BAD_SETTINGS)('refuses to set %s to %s', async (key, value) => {
  await expect(run(setSettingCommand, key, value)).rejects.toThrow(key);
});
