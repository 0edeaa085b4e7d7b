/** The authorization server alone on a database of its own, with a browser that keeps cookies, for the tests here. */
import { createHash, randomBytes } from 'node:crypto';
import type { LightMyRequestResponse } from 'fastify';
import { openTestDatabase, TEST_SEALING_KEYS, type TestDatabase } from '../../../../tests/setup/database.ts';
import { createGate, type Gate } from '../access/gate.ts';
import { hashPassword } from '../access/password.ts';
import { createSealing } from '../access/sealing.ts';
import { createSystem, type System } from '../access/system.ts';
import { type App, createApp } from '../app.ts';
import { type Config, parseConfig } from '../config.ts';
import { hashClientSecret } from '../domain/client-secret.ts';
import { openSignIn, type SignIn } from '../sign-in.ts';

export const SITE = 'http://localhost:8000';
export const PASSWORD = 'correct horse battery';

export type World = Readonly<{
  app: App;
  config: Config;
  database: TestDatabase;
  gate: Gate;
  system: System;
  server: SignIn;
  /** What was logged. */
  faults: object[];
  /** What was noted in the log without being a fault. */
  infos: object[];
  setClock(at: Date | null): void;
  request(options: RequestOptions): Promise<LightMyRequestResponse>;
  browser(): Browser;
  close(): Promise<void>;
}>;

export type RequestOptions = {
  method?: 'GET' | 'POST' | 'OPTIONS';
  url: string;
  form?: Record<string, string>;
  headers?: Record<string, string>;
};

/** Follows nothing by itself; keeps cookies by name and path as a browser does. */
export type Browser = { go(options: RequestOptions): Promise<LightMyRequestResponse> };

/**
 * People: 10001 practitioner (password) of the organization 20001, which keeps the records 40001, 40002 and 40004;
 * 10002 deactivated, 10003 patient (record 40001), 10004 superuser (record 40004).
 * Clients: jhe-portal (ours, public), hub (not ours, public), broker (confidential, secret "hush-hush"), app (patients').
 */
export async function openWorld(siteUrl = SITE): Promise<World> {
  const database = await openTestDatabase();
  const hash = await hashPassword(PASSWORD);
  await database.owner.query(
    `insert into app_user (id, email, password_hash, first_name, last_name, email_verified, active, superuser) values
       (10001, 'Rivera@example.org', $1, 'Luz', 'Rivera', true, true, false),
       (10002, 'gone@example.org', $1, 'Gone', 'Away', true, false, false),
       (10003, 'ada@example.org', null, 'Ada', 'Lovelace', false, true, false),
       (10004, 'root@example.org', $1, 'Root', 'User', true, true, true)`,
    [hash],
  );
  await database.owner.query('insert into practitioner (id, user_id) values (80001, 10001)');
  await database.owner.query(
    `insert into organization (id, name, type, part_of) values (20001, 'Clinic', 'prov', 0);
     insert into membership (practitioner_id, organization_id, role) values (80001, 20001, 'member');
     insert into patient (id, user_id, name_given, name_family, contact_email, keeper_organization_id) values
       (40001, 10003, 'Ada', 'Lovelace', 'ada@example.org', 20001), (40002, null, null, 'Nobody', null, 20001),
       (40004, 10004, null, 'Root', null, 20001);
     insert into patient_organization (patient_id, organization_id) values (40001, 20001), (40002, 20001), (40004, 20001)`,
  );
  await database.owner.query(
    `insert into client (id, client_id, name, client_type, redirect_uris, post_logout_redirect_uris, client_secret,
       skip_authorization, default_scopes) values
       (1, 'jhe-portal', 'the portal', 'public', $1, $2, null, true, 'user/*.cruds'),
       (2, 'hub', 'Notebook Hub', 'public', '{https://hub.example.org/hub/oauth_callback}', '{}', null, false, 'user/*.rs'),
       (3, 'broker', 'Broker', 'confidential', '{https://broker.example.org/cb}', '{}', $3, true, 'user/*.rs'),
       (4, 'app', 'CareX', 'public', $1, '{}', null, true, 'patient/*.cruds'),
       (99, 'jhe-account', 'your account', 'public', $4, '{}', null, true, '')`,
    [
      [`${siteUrl}/auth/callback`],
      [`${siteUrl}/`],
      hashClientSecret('hush-hush'),
      [`${siteUrl}/accounts/callback/`],
    ],
  );

  // What is made from here on does not get the ids of those above.
  await database.owner.query(
    "select setval(pg_get_serial_sequence('app_user', 'id'), 19000), setval(pg_get_serial_sequence('patient', 'id'), 49000)",
  );

  let now: Date | null = null;
  const clock = () => now ?? new Date();
  const faults: object[] = [];
  const infos: object[] = [];
  const log = {
    info: (detail: object, message: string) => {
      infos.push({ message, ...detail });
    },
    error: (detail: object, message: string) => {
      faults.push({ message, ...detail });
    },
  };
  const sealingKeys = TEST_SEALING_KEYS.read();
  const config = { ...parseConfig({ PORT: '8000', JHE_SEED: 'none' }), siteUrl, sealingKeys };
  const gate = createGate(database.server);
  const system = createSystem(database.server, createSealing(TEST_SEALING_KEYS));
  const server = await openSignIn({ config, system, gate, clock, log });
  const app = await createApp({
    config,
    gate,
    log,
    verifyToken: server.verifyToken,
    provesKey: server.provesKey,
    faces: server.faces.filter(({ name }) => name !== 'api-keys'),
    mounts: [server.mount],
  });

  const request = ({ method = 'GET', url, form, headers = {} }: RequestOptions) =>
    app.http.inject({
      method,
      url,
      headers: {
        host: 'localhost:8000',
        ...(form ? { 'content-type': 'application/x-www-form-urlencoded' } : {}),
        ...headers,
      },
      ...(form ? { payload: new URLSearchParams(form).toString() } : {}),
    });

  return {
    app,
    config,
    database,
    gate,
    system,
    server,
    faults,
    infos,
    request,
    setClock: (at) => {
      now = at;
    },
    browser: () => openBrowser(request, siteUrl),
    async close() {
      await app.http.close();
      await database.close();
    },
  };
}

/** A browser that asks the server at `siteUrl` by `request`. */
export function openBrowser(request: World['request'], siteUrl = SITE): Browser {
  const jar = new Map<string, { value: string; path: string }>();
  return {
    async go(options) {
      const path = new URL(options.url, siteUrl).pathname;
      const cookie = [...jar]
        .filter(([, kept]) => path.startsWith(kept.path))
        .map(([key, kept]) => `${key.split(' ')[0]}=${kept.value}`)
        .join('; ');
      const url = options.url.replace(siteUrl, '');
      const response = await request({
        ...options,
        url,
        headers: { ...(cookie ? { cookie } : {}), ...options.headers },
      });
      for (const set of response.cookies) {
        const key = `${set.name} ${set.path ?? '/'}`;
        if (set.value === '') jar.delete(key);
        else jar.set(key, { value: set.value, path: set.path ?? '/' });
      }
      return response;
    },
  };
}

export type CodeRequest = {
  clientId?: string;
  redirectUri?: string;
  scope?: string | null;
  more?: Record<string, string>;
};

/** An authorization request with a fresh verifier. */
export function codeRequest({
  clientId = 'jhe-portal',
  redirectUri = `${SITE}/auth/callback`,
  scope = 'openid',
  more = {},
}: CodeRequest = {}) {
  const verifier = randomBytes(32).toString('base64url');
  const query = new URLSearchParams({
    response_type: 'code',
    client_id: clientId,
    redirect_uri: redirectUri,
    state: 'some-state',
    code_challenge: createHash('sha256').update(verifier).digest('base64url'),
    code_challenge_method: 'S256',
    ...(scope === null ? {} : { scope }),
    ...more,
  });
  return { url: `/o/authorize/?${query}`, verifier, clientId, redirectUri };
}

/** Signs in on the page that the request leads to; returns the page's own answer. */
export async function signIn(
  browser: Browser,
  url: string,
  email: string,
  password = PASSWORD,
): Promise<LightMyRequestResponse> {
  const start = await browser.go({ url });
  return browser.go({ method: 'POST', url: String(start.headers.location), form: { email, password } });
}

/** A page's form as it stands: the boxes that are ticked, and the first patient of a list. */
export function asTheyStand(page: string): Record<string, string> {
  const form: Record<string, string> = {};
  for (const [, name = ''] of page.matchAll(/type="checkbox"[^>]* name="([^"]+)" value="yes" checked/g)) {
    form[name.replaceAll('&amp;', '&')] = 'yes';
  }
  const patient = /name="patient" value="(\d+)"/.exec(page)?.[1];
  return patient === undefined ? form : { ...form, patient };
}

/** From a request for a code to the token reply, signing in as a practitioner unless somebody is signed in already. */
export async function fetchTokens(
  world: World,
  browser: Browser,
  request: ReturnType<typeof codeRequest>,
  form: Record<string, string> = {},
  headers: Record<string, string> = {},
) {
  let answer = await browser.go({ url: request.url });
  let location = String(answer.headers.location);
  while (!location.startsWith(request.redirectUri)) {
    const isPage = location.includes('/interaction/');
    answer = await browser.go(
      isPage
        ? {
            method: 'POST',
            url: location,
            form: {
              email: 'rivera@example.org',
              password: PASSWORD,
              decision: 'allow',
              ...asTheyStand((await browser.go({ url: location })).body),
            },
          }
        : { url: location },
    );
    if (answer.statusCode >= 400) throw new Error(`${answer.statusCode} at ${location}: ${answer.body}`);
    location = String(answer.headers.location);
  }
  const back = new URL(location);
  const response = await world.request({
    method: 'POST',
    url: '/o/token/',
    headers,
    form: {
      grant_type: 'authorization_code',
      code: back.searchParams.get('code') ?? '',
      redirect_uri: request.redirectUri,
      client_id: request.clientId,
      code_verifier: request.verifier,
      ...form,
    },
  });
  return { back, response, tokens: response.json() as Record<string, string> };
}
