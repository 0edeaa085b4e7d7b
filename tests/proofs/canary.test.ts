/**
 * The canary sweep: every registered route is called by people who may see little or nothing, in a world where every
 * place about a patient holds an unmistakable text. Such a text in a body, a header, an error, a count or a log line,
 * where the access rule in words does not allow it, fails and names the route.
 */
import { afterAll, beforeAll, describe, expect, it } from 'vitest';
import { isPage } from '../../apps/exchange/src/app.ts';
import type { World } from '../../apps/exchange/src/domain/may.ts';
import { type Grant, PROGRAM, type Session } from '../../apps/exchange/src/domain/principal.ts';
import { openTestExchange, type TestExchange } from '../setup/exchange.ts';
import { type MintOptions, mintToken } from '../setup/tokens.ts';
import {
  codeNames,
  codes,
  OMH,
  organizations,
  patients,
  studies,
  users,
} from '../worlds/two-organizations.ts';
import { keepState } from './kept-state.ts';
import {
  fillMarkedWorld,
  LINKS,
  type Marker,
  maySee,
  READINGS,
  SHOWN_TO_NO_TOKEN,
  UMA,
} from './marked-world.ts';
import type { Entitled, Probe, Sweep } from './sweep.ts';
import { SWEEP } from './sweep-routes.ts';
import { EVERYTHING, principalIn, readWorld } from './world-of.ts';

type Caller = Readonly<{
  name: string;
  userId?: number;
  /** The scope of the token; `user/*.cruds` when not given. */
  scope?: string;
  grants?: readonly Grant[];
  /** The token is no good any more, or the person is not: nothing at all may show. */
  isRefused?: boolean;
  token?: Partial<MintOptions>;
  /** What must not show whatever the access rule says: the sweep does not stand on the rule alone. */
  never: (marker: Marker) => boolean;
}>;

const everything = () => true;
const isReading = ({ kind }: Marker) => kind === 'reading';
const isIdentity = ({ kind }: Marker) => kind === 'identity' || kind === 'detail' || kind === 'identifier';
/** Ada's answers and what was attested for Ben: blood glucose and heart rate of both. */
const readingsNotShared = (marker: Marker) =>
  isReading(marker) && (marker.patientId === patients.cleo || marker.codeId === codes.sleep);
/** A login with nothing behind it: people see what the login itself says of them. */
const notTheLogin = (patientId: number) => (m: Marker) => m.kind !== 'identity' || m.patientId !== patientId;
/** Of Ben, by a link of Lakeside's into the app of its first study: what that study is about, and who he is to Lakeside. */
const notByLink = (m: Marker) =>
  m.kind === 'study'
    ? m.studyId !== studies.glucose
    : m.patientId !== patients.ben ||
      m.kind === 'trace' ||
      m.kind === 'invitation' ||
      (isReading(m) && m.codeId !== codes.glucose) ||
      (m.kind === 'consent' && m.studyId !== studies.glucose);
const APP: readonly Grant[] = [{ context: 'patient', type: '*', letters: 'cruds' }];
const grant = (type: string, letters = 'rs'): readonly Grant[] => [{ context: 'user', type, letters }];

const CALLERS: readonly Caller[] = [
  { name: 'nobody', isRefused: true, never: everything },
  {
    name: 'expired token',
    userId: users.rivera,
    token: { expiresInSeconds: -1 },
    isRefused: true,
    never: everything,
  },
  {
    name: 'token for another audience',
    userId: users.rivera,
    token: { audience: 'https://elsewhere.example' },
    isRefused: true,
    never: everything,
  },
  { name: 'deactivated practitioner', userId: users.vic, isRefused: true, never: everything },
  {
    name: 'scope for devices only',
    userId: users.rivera,
    scope: 'user/Device.rs',
    grants: grant('Device'),
    never: everything,
  },
  {
    name: "app's scope without being a patient",
    userId: users.rivera,
    scope: 'patient/*.cruds',
    grants: APP,
    never: ({ kind }) => kind !== 'study',
  },
  {
    name: 'scope for patients only',
    userId: users.rivera,
    scope: 'user/Patient.rs',
    grants: grant('Patient'),
    never: (m) => !isIdentity(m) && m.kind !== 'invitation',
  },
  {
    name: 'scope without reading',
    userId: users.rivera,
    scope: 'user/*.cud',
    grants: grant('*', 'cud'),
    never: ({ kind }) => kind !== 'study',
  },
  { name: 'practitioner of no organization', userId: users.nina, never: everything },
  { name: 'manager with an unverified address', userId: UMA.userId, never: everything },
  {
    name: 'session of a link',
    userId: users.ben,
    scope: 'patient/*.cruds',
    grants: APP,
    token: LINKS.ben,
    never: notByLink,
  },
  { name: 'session of a link with the widest scope', userId: users.ben, token: LINKS.ben, never: notByLink },
  {
    name: 'session of a link whose organization keeps the record no more',
    userId: users.ada,
    token: LINKS.ada,
    never: notTheLogin(patients.ada),
  },
  {
    name: 'another session of the login of a record in keeping',
    userId: users.ben,
    never: notTheLogin(patients.ben),
  },
  {
    name: "a program with a patient's login",
    userId: users.ada,
    token: { isProgram: true },
    never: notTheLogin(patients.ada),
  },
  {
    name: 'another patient with the widest scope',
    userId: users.cleo,
    never: (m) => m.patientId === patients.ada || m.patientId === patients.ben,
  },
  { name: 'superuser', userId: users.root, never: isReading },
  {
    name: 'manager of the other organization',
    userId: users.hana,
    never: (m) =>
      (isReading(m) && m.patientId !== patients.cleo) ||
      m.kind === 'trace' ||
      (m.kind === 'identifier' && m.organizationId !== organizations.harbor),
  },
  { name: 'manager of the same organization', userId: users.mo, never: readingsNotShared },
  { name: 'member of the same organization', userId: users.rivera, never: readingsNotShared },
  {
    name: 'patient',
    userId: users.ada,
    scope: 'patient/*.cruds',
    grants: APP,
    never: (m) => m.patientId !== 0 && m.patientId !== patients.ada,
  },
]; // prettier-ignore

const readingsOfAda = (m: Marker) => readingsNotShared(m) || (isReading(m) && m.patientId === patients.ada);
const AFTER_WITHDRAWAL: readonly Caller[] = [
  { name: 'manager after the withdrawal', userId: users.mo, never: readingsOfAda },
  { name: 'member after the withdrawal', userId: users.rivera, never: readingsOfAda },
  {
    name: 'patient after the withdrawal',
    userId: users.ada,
    scope: 'patient/*.cruds',
    grants: APP,
    never: (m) => m.patientId !== 0 && m.patientId !== patients.ada,
  },
]; // prettier-ignore

const ENTITLED: Readonly<Record<Entitled, string>> = {
  ada: 'patient',
  ben: 'session of a link',
  cleo: 'another patient with the widest scope',
  rivera: 'member of the same organization',
  mo: 'manager of the same organization',
  hana: 'manager of the other organization',
  root: 'superuser',
};

let exchange: TestExchange;
let markers: readonly Marker[];
let world: World;
let restore: () => Promise<void>;

/** What each caller saw and was answered, by `METHOD path`, for the proof that the sweep asks for something. */
const seen = new Map<string, Map<string, { kinds: Set<string>; statuses: number[][] }>>();
const seenMarkers = new Set<string>();

beforeAll(async () => {
  exchange = await openTestExchange();
  markers = await fillMarkedWorld(exchange.database.owner);
  await exchange.database.owner.query('update app_user set active = false where id = $1', [users.vic]);
  restore = await keepState(exchange.database.owner);
  world = await readWorld(exchange.database.owner);
  await exchange.database.owner.query('analyze');
});
afterAll(() => exchange?.close());

const routes = () =>
  exchange.app.registry
    .filter((route) => !isPage(route))
    .map((route) => ({
      ...route,
      key: `${route.method} ${route.path.replace(/^\/fhir\/r5/, '/FHIR/R5')}`,
      prefix: route.path.startsWith('/fhir/r5') ? '/fhir/r5' : '/FHIR/R5',
    }));

/** The session that a caller's token is of. */
const sessionOf = ({ userId = 0, token }: Caller): Session =>
  token?.isProgram ? PROGRAM : { kind: 'person', grantId: token?.grantId ?? `own-${userId}` };

/** Calls every route as somebody; returns what showed that must not. */
async function sweep(caller: Caller, address: string): Promise<string[]> {
  const faults: string[] = [];
  const token =
    caller.userId === undefined
      ? undefined
      : await mintToken(exchange, {
          userId: caller.userId,
          scope: caller.scope ?? 'user/*.cruds',
          ...caller.token,
        });
  const principal =
    caller.userId === undefined || caller.isRefused
      ? null
      : principalIn(world, caller.userId, caller.grants ?? EVERYTHING, sessionOf(caller));
  const readsNothing = !markers.some(
    (m) => isReading(m) && principal !== null && maySee(world, principal, m),
  );
  const results = new Map<string, { kinds: Set<string>; statuses: number[][] }>();
  seen.set(caller.name, results);
  // What changes the world comes last; each change is taken back before the next.
  const ordered = routes().sort((a, b) => Number(a.method !== 'GET') - Number(b.method !== 'GET'));
  for (const { key, method, prefix } of ordered) {
    const { probes, countsReadings } = SWEEP[key] as Sweep;
    const result = results.get(key) ?? { kinds: new Set(), statuses: probes.map((): number[] => []) };
    results.set(key, result);
    // The other spelling of the FHIR base has the same handlers: one probe shows that it has the same guard.
    const used = prefix === '/fhir/r5' && key.includes('/FHIR/') ? probes.slice(0, 1) : probes;
    for (const [index, probe] of used.entries()) {
      const url = probe.url.replace(/^\/FHIR\/R5/, prefix);
      const fault = (what: string) => faults.push(`${method} ${url}: ${what}`);
      const logged = exchange.logLines.length;
      const reply = await send(method, url, probe, token, address);
      result.statuses[index]?.push(reply.statusCode);
      if (reply.statusCode >= 500 || reply.statusCode === 429) fault(`answered ${reply.statusCode}`);
      const shown = JSON.stringify(reply.headers) + reply.body + decoded(reply.body);
      const lines = JSON.stringify(exchange.logLines.slice(logged));
      const asked = `${decodeURIComponent(url)} ${JSON.stringify(probe)} ${JSON.stringify(probe.form ?? '')}`;
      const isDeed = reply.statusCode < 300 && !/^GET|_search$/.test(key);
      for (const marker of markers) {
        if (lines.includes(marker.text)) fault(`logged ${marker.kind} ${marker.text}`);
        // A reply may repeat what the request said; whether that finds anything is seen by the counts.
        if (!shown.includes(marker.text) || asked.includes(marker.text)) continue;
        result.kinds.add(marker.kind);
        seenMarkers.add(marker.text);
        const allowed = principal !== null && maySee(world, principal, marker) && !caller.never(marker);
        if (!allowed) fault(`showed ${marker.kind} ${marker.text}`);
      }
      if (countsReadings && readsNothing && reply.statusCode < 300) {
        for (const number of sizes(reply.json())) if (number !== 0) fault(`counted ${number}`);
      }
      if (isDeed) await restore();
    }
  }
  return faults;
}

function send(method: string, url: string, probe: Probe, token: string | undefined, remoteAddress: string) {
  const payload = probe.form
    ? new URLSearchParams(probe.form).toString()
    : probe.body && JSON.stringify(probe.body);
  return exchange.app.http.inject({
    method: method as 'GET',
    url,
    remoteAddress,
    headers: {
      ...(token ? { authorization: `Bearer ${token}` } : {}),
      ...(payload
        ? { 'content-type': probe.form ? 'application/x-www-form-urlencoded' : 'application/json' }
        : {}),
    },
    ...(payload ? { payload } : {}),
  });
}

/** Data points travel as base64. */
function decoded(body: string): string {
  return [...body.matchAll(/"data":"([^"]+)"/g)]
    .map((match) => Buffer.from(match[1]!, 'base64').toString())
    .join();
}

/** Every number or length by which a reply tells how many there are. */
function sizes(body: unknown): number[] {
  if (Array.isArray(body)) return [body.length];
  const { total, count, entry, results, points } = body as Record<string, unknown>;
  const matches = Array.isArray(entry) ? entry.filter((e) => e.search?.mode === 'match') : [];
  const lists = [matches, results, points].filter(Array.isArray);
  return [total, count, ...lists.map((list) => list.length)].filter((size) => typeof size === 'number');
}

describe('the canary sweep', () => {
  it('knows every registered route, and no other', () => {
    const registered = new Set(routes().map(({ key }) => key));
    expect(
      [...registered].filter((key) => !(key in SWEEP)),
      'routes without an entry in SWEEP',
    ).toEqual([]);
    expect(
      Object.keys(SWEEP).filter((key) => !registered.has(key)),
      'entries without a route',
    ).toEqual([]);
  });

  it.each(CALLERS.map((caller, i) => [caller.name, caller, i] as const))(
    'shows nothing that it must not to: %s',
    { timeout: 120_000 },
    async (_name, caller, i) => {
      expect(await sweep(caller, `10.0.0.${i}`)).toEqual([]);
    },
  );

  it('asked for something: every probe succeeds for somebody, and shows what it should to those who may see it', () => {
    const faults: string[] = [];
    for (const [key, { probes, answers, shows = {} }] of Object.entries(SWEEP)) {
      const entitled = Object.values(ENTITLED).map((name) => seen.get(name)?.get(key));
      for (const [index, probe] of probes.entries()) {
        const statuses = entitled.flatMap((result) => result?.statuses[index] ?? []);
        const good = (status: number) => (answers === undefined ? status < 300 : status === answers);
        const some = statuses.some(good);
        if (some === (probe.isClosed ?? false))
          faults.push(`${key} ${probe.url} is ${[...new Set(statuses)]}`);
      }
      for (const [who, kinds] of Object.entries(shows) as [Entitled, readonly string[]][]) {
        for (const kind of kinds) {
          if (!seen.get(ENTITLED[who])?.get(key)?.kinds.has(kind))
            faults.push(`${key} shows no ${kind} to ${who}`);
        }
      }
    }
    expect(faults).toEqual([]);
    // Every marker that somebody may see is in a place that is really shown to them, or else it guards nothing.
    const entitled = CALLERS.filter(({ name }) => Object.values(ENTITLED).includes(name)).map((caller) =>
      principalIn(world, caller.userId ?? 0, caller.grants ?? EVERYTHING, sessionOf(caller)),
    );
    const hidden = markers.filter(
      (marker) =>
        !SHOWN_TO_NO_TOKEN.includes(marker.kind) &&
        !seenMarkers.has(marker.text) &&
        entitled.some((principal) => maySee(world, principal, marker)),
    );
    expect(hidden.map(({ text }) => text)).toEqual([]);
  });

  it('counts exactly the readings that the caller may see', async () => {
    for (const caller of CALLERS) {
      const { name, userId, scope, grants, isRefused, token: options } = caller;
      if (isRefused || userId === undefined) continue;
      const principal = principalIn(world, userId, grants ?? EVERYTHING, sessionOf(caller));
      const series = new Set(
        markers
          .filter((m) => isReading(m) && maySee(world, principal, m))
          .map(({ patientId, codeId }) => `${patientId}/${codeId}`),
      );
      const token = await mintToken(exchange, { userId, scope: scope ?? 'user/*.cruds', ...options });
      for (const query of ['_count=1', '_summary=count', 'date=ge1900&_summary=count', 'status=final']) {
        const reply = await exchange.request('GET', `/FHIR/R5/Observation?${query}`, { token });
        const total = reply.statusCode === 403 ? 0 : reply.json().total;
        expect([name, query, total]).toEqual([name, query, series.size * READINGS]);
      }
    }
  });

  describe('after the patient withdrew', () => {
    beforeAll(async () => {
      const reply = await exchange.request('PATCH', `/api/v1/patients/${patients.ada}/consents`, {
        token: await mintToken(exchange, { userId: users.ada, scope: 'patient/*.cruds' }),
        body: {
          studyScopeConsents: [
            {
              studyId: studies.glucose,
              scopeConsents: [codeNames.glucose, codeNames.heartRate].map((codingCode) => ({
                codingSystem: OMH,
                codingCode,
                consented: false,
              })),
            },
          ],
        },
      });
      expect(reply.statusCode).toBe(200);
      restore = await keepState(exchange.database.owner);
      world = await readWorld(exchange.database.owner);
    });

    it.each(AFTER_WITHDRAWAL.map((caller, i) => [caller.name, caller, i] as const))(
      'shows nothing that it must not to: %s',
      { timeout: 120_000 },
      async (_name, caller, i) => {
        expect(await sweep(caller, `10.0.1.${i}`)).toEqual([]);
      },
    );
  });
});
