/**
 * A whole exchange with two organizations, where Ada and Ben share their blood glucose with Lakeside (Dr Rivera sees
 * both), three apps, and a way from an authorization request to its end that looks at every page on it.
 */
import type { LightMyRequestResponse } from 'fastify';
import { GLUCOSE, observation } from '../../../../../tests/journey/fhir-upload.ts';
import { openTestExchange, type TestExchange } from '../../../../../tests/setup/exchange.ts';
import { mintToken } from '../../../../../tests/setup/tokens.ts';
import { fillTwoOrganizations, patients, users } from '../../../../../tests/worlds/two-organizations.ts';
import { hashPassword } from '../../access/password.ts';
import {
  asTheyStand,
  type Browser,
  codeRequest,
  openBrowser,
  PASSWORD,
  type RequestOptions,
} from '../world.test-data.ts';

export const CHART = 'https://chart.example.org/callback';
/** The values of the readings of each patient. */
export const READINGS = { ada: [101, 102], ben: [201] } as const;

export type Person = keyof typeof users;

export type Walk = Readonly<{
  scope: string;
  /** Signs in as; needed when nobody is signed in. */
  as?: Person;
  clientId?: string;
  more?: Record<string, string>;
  /** Chosen where a patient is asked for; the first of the list when not given. */
  patient?: number;
  /** Sentences of the approval page to untick. */
  untick?: readonly string[];
  /** Boxes to tick that are not. */
  tick?: readonly string[];
  browser?: Browser;
}>;

/** Where a request ended: `error` or tokens, and the pages on the way. */
export type End = Readonly<{
  error: string | null;
  pages: readonly string[];
  tokens: Record<string, unknown> & { access_token: string; refresh_token: string; scope: string };
}>;

export type LaunchWorld = Readonly<{
  exchange: TestExchange;
  /** Turns the clock; null is now. */
  setClock(at: Date | null): void;
  browser(): Browser;
  request(options: RequestOptions): Promise<LightMyRequestResponse>;
  walk(options: Walk): Promise<End>;
  /** Opens an app as this person from within the exchange. */
  launch(who: Person, body: object, scope?: string): Promise<LightMyRequestResponse>;
  refresh(tokens: { refresh_token: string }, more?: Record<string, string>): Promise<LightMyRequestResponse>;
  fhir(token: string, path: string): Promise<LightMyRequestResponse>;
  close(): Promise<void>;
}>;

/** Apps: `chart` (asks for approval), `ours` (does not), `waiting` (not approved yet); `hub` cannot be launched. */
export async function openLaunchWorld(): Promise<LaunchWorld> {
  let now: Date | null = null;
  const exchange = await openTestExchange({ clock: () => now ?? new Date() });
  const { owner } = exchange.database;
  await fillTwoOrganizations(owner);
  await owner.query('update app_user set password_hash = $1', [await hashPassword(PASSWORD)]);
  await owner.query(
    `insert into consent (patient_id, study_id, code_id, permitted, opens, basis, decided_at)
     values (40002, 30001, 50001, true, true, 'a signed form', '2026-01-05T10:00:00Z')`,
  );
  await owner.query(
    `insert into client (client_id, name, redirect_uris, launch_uri, skip_authorization, default_scopes, approved_at) values
       ('chart', 'Chart', $1, 'https://chart.example.org/launch?site=a', false, 'user/Patient.rs', now()),
       ('ours', 'Our app', $1, 'https://ours.example.org/launch', true, 'user/*.rs', now()),
       ('waiting', 'Waiting', $1, 'https://waiting.example.org/launch', false, '', null),
       ('hub', 'Hub', $1, null, false, '', now())`,
    [[CHART]],
  );
  for (const who of ['ada', 'ben'] as const) {
    // Ben's record is in Lakeside's keeping, whose manager records for him.
    const token = await mintToken(exchange, {
      userId: who === 'ben' ? users.mo : users.ada,
      clientId: 'glucose-app',
      defaultScope: who === 'ben' ? 'user/*.cruds' : 'patient/*.cruds',
    });
    for (const value of READINGS[who]) {
      const at = `2026-03-01T08:00:${String(value % 60).padStart(2, '0')}-08:00`;
      const reading = observation({ patientId: patients[who], deviceId: 70001, code: GLUCOSE, value, at });
      const { statusCode, body } = await exchange.request('POST', '/FHIR/R5/Observation', {
        token,
        body: reading,
      });
      if (statusCode !== 201) throw new Error(body);
    }
  }

  const request: LaunchWorld['request'] = ({ method = 'GET', url, form, headers }) =>
    exchange.request(method, url, { ...(form ? { form } : {}), ...(headers ? { headers } : {}) });
  const browser = () => openBrowser(request);

  async function walk(options: Walk): Promise<End> {
    const { clientId = 'chart', scope, more = {}, as = 'rivera' } = options;
    const it = options.browser ?? browser();
    const asked = codeRequest({ clientId, redirectUri: CHART, scope, more });
    const pages: string[] = [];
    let answer = await it.go({ url: asked.url });
    let location = String(answer.headers.location);
    while (!location.startsWith(CHART)) {
      if (answer.statusCode !== 303 && answer.statusCode !== 302) throw new Error(answer.body);
      if (!location.includes('/interaction/')) {
        answer = await it.go({ url: location });
      } else {
        const page = (await it.go({ url: location })).body;
        pages.push(page);
        answer = await it.go({ method: 'POST', url: location, form: fill(page, { ...options, as }) });
      }
      location = String(answer.headers.location);
    }
    const back = new URL(location);
    const error = back.searchParams.get('error');
    if (error !== null) return { error, pages, tokens: {} as End['tokens'] };
    const reply = await request({
      method: 'POST',
      url: '/o/token/',
      form: {
        grant_type: 'authorization_code',
        code: back.searchParams.get('code') ?? '',
        redirect_uri: CHART,
        client_id: clientId,
        code_verifier: asked.verifier,
      },
    });
    if (reply.statusCode !== 200) throw new Error(reply.body);
    return { error, pages, tokens: reply.json() };
  }

  return {
    exchange,
    setClock: (at) => {
      now = at;
    },
    browser,
    request,
    walk,
    async launch(who, body, scope = 'openid') {
      const token = await mintToken(exchange, {
        userId: users[who],
        scope,
        ...(now === null ? {} : { issuedAt: now }),
      });
      return exchange.request('POST', '/api/v1/launches', { token, body });
    },
    refresh: ({ refresh_token }, more = {}) =>
      request({
        method: 'POST',
        url: '/o/token/',
        form: { grant_type: 'refresh_token', refresh_token, client_id: 'chart', ...more },
      }),
    fhir: (token, path) => exchange.request('GET', `/FHIR/R5/${path}`, { token }),
    close: () => exchange.close(),
  };
}

/** What a person sends on each of the pages. */
function fill(page: string, { as, patient, untick = [], tick = [] }: Walk): Record<string, string> {
  if (page.includes('name="password"')) return { email: `${as}@example.org`, password: PASSWORD };
  const form = asTheyStand(page);
  if (form.patient !== undefined) return { patient: String(patient ?? form.patient) };
  if (page.includes('Choose a patient')) return patient === undefined ? {} : { patient: String(patient) };
  for (const [, name = '', sentence = ''] of page.matchAll(
    / name="((?:allow|show) [^"]+)" value="yes"[^>]*>\s*<label[^>]*>([^<]+)</g,
  )) {
    if (untick.includes(sentence)) delete form[name];
    if (tick.includes(sentence)) form[name] = 'yes';
  }
  return { ...form, decision: 'allow' };
}
