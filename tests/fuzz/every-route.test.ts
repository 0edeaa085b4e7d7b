/**
 * Every route, called by everybody, with requests made from good ones by changing a little or a lot of their address,
 * their head or their body. Whatever is asked: an answer comes, it is never 500, it tells nothing of the
 * program's insides, and the process is as it was. `npm test` sends 20,000 with a fixed seed, `npm run nightly` 330,000
 * with another each night.
 */
import { setTimeout as sleep } from 'node:timers/promises';
import { setFlagsFromString } from 'node:v8';
import { runInNewContext } from 'node:vm';
import { afterAll, beforeAll, expect, test } from 'vitest';
import { isPage } from '../../apps/exchange/src/app.ts';
import { keepState } from '../proofs/kept-state.ts';
import { fillMarkedWorld } from '../proofs/marked-world.ts';
import type { Probe } from '../proofs/sweep.ts';
import { SWEEP } from '../proofs/sweep-routes.ts';
import { openTestExchange, type TestExchange } from '../setup/exchange.ts';
import { rounds, seedOf, timeLimit } from '../setup/nightly.ts';
import { mintToken } from '../setup/tokens.ts';
import { users } from '../worlds/two-organizations.ts';
import { changeBody, changeDataPoints, changeForm, changeHeaders, changeUrl } from './mutate.ts';
import { PROVIDER_REQUESTS } from './provider-requests.ts';
import { createRandom, type Random } from './random.ts';

const REQUESTS = rounds(20_000, 330_000);
const AT_ONCE = 16;
/** The world is put back after so many: what was deleted can be found again. */
const A_WORLD = 5_000;
/** An answer that takes longer never comes. */
const HANGS_MS = 60_000;
/** How often a request is sent that is not served now, a second apart. */
const MOST_TIMES = 30;
const NOT_NOW = 'not now';
/** What is found beyond this is the same again. */
const MOST_FAULTS = 20;

/** Parts of all requests: what goes deepest, and what is not ours and slow by intent (it hashes passwords). */
const UPLOADED = 0.15;
const PROVIDED = 0.1;
/** What pages are asked with, before it is changed. */
const PAGE_FORM = {
  email: 'somebody@example.org',
  code: '123456',
  password: 'x',
  step: 'prove',
  decision: 'allow',
};
const filled = (path: string) => path.replace(/:token/, 'A'.repeat(32)).replace(/:\w+/g, 'somewhere');
const UPLOADS = /^\/FHIR\/R5(\/Observation)?$/;

type Target = readonly [method: string, probe: Probe];
type Sent = { method: string; url: string; headers: Record<string, string>; payload?: string | Buffer };

let exchange: TestExchange;
let targets: readonly (readonly Target[])[];
let uploads: readonly Target[];
let tokens: readonly (string | undefined)[];
let restore: () => Promise<void>;
const statuses = new Map<number, number>();

beforeAll(async () => {
  exchange = await openTestExchange();
  await fillMarkedWorld(exchange.database.owner);
  const registered = exchange.app.registry.map((route): readonly Target[] => {
    const { method, path } = route;
    if (isPage(route))
      return [[method, { url: filled(path), ...(method === 'POST' ? { form: PAGE_FORM } : {}) }]];
    const { probes } = SWEEP[`${method} ${path.replace(/^\/fhir\/r5/, '/FHIR/R5')}`]!;
    return probes.map((probe) => [method, probe]);
  });
  targets = registered;
  uploads = registered.flat().filter(([method, { url }]) => method === 'POST' && UPLOADS.test(url));
  const scopes = {
    ada: 'patient/*.cruds',
    ben: 'patient/*.cruds',
    rivera: undefined,
    mo: undefined,
    hana: undefined,
    root: undefined,
  }; // prettier-ignore
  tokens = [
    undefined,
    ...(await Promise.all(
      Object.entries(scopes).map(([name, scope]) =>
        mintToken(exchange, {
          userId: users[name as keyof typeof users],
          ...(scope === undefined ? {} : { scope }),
          expiresInSeconds: 24 * 60 * 60,
        }),
      ),
    )),
  ];
  restore = await keepState(exchange.database.owner);
});
afterAll(() => exchange?.close());

function make(random: Random): Sent {
  const isUpload = random.chance(UPLOADED);
  const [method, probe] = isUpload
    ? random.pick(uploads)
    : random.chance(PROVIDED)
      ? random.pick(PROVIDER_REQUESTS)
      : random.pick(random.pick(targets));
  // Most uploads as somebody who may: what a reading holds is looked at last.
  if (isUpload && random.chance(0.5)) {
    const body = JSON.stringify(changeDataPoints(probe.body, random));
    const headers = { authorization: `Bearer ${tokens[1]}`, 'content-type': 'application/fhir+json' };
    return { method, url: probe.url, headers, payload: body };
  }
  const token = random.chance(0.9) ? random.pick(tokens) : undefined;
  const headers: Record<string, string> = {
    ...(token === undefined ? {} : { authorization: `Bearer ${token}` }),
  };
  const url = random.chance(0.6) ? changeUrl(probe.url, random) : probe.url;
  const isForm = probe.form !== undefined || (probe.body === undefined && method !== 'GET');
  if (method === 'GET') return { method, url, headers: maybe(headers, random) };
  headers['content-type'] = isForm ? 'application/x-www-form-urlencoded' : 'application/json';
  const payload = isForm ? changeForm(probe.form ?? {}, random) : changeBody(probe.body, random);
  return { method, url, headers: maybe(headers, random), payload };
}

const maybe = (headers: Record<string, string>, random: Random) =>
  random.chance(0.25) ? changeHeaders(headers, random) : headers;

const LEAKS = /node_modules|\.ts:\d+|at \w+ \(|SQLSTATE|relation "|syntax error at|pg_|Error: /;

/** Asks, and asks again where the answer is "not now": on a machine that does other things as well that is no fault. */
async function faultOf(sent: Sent, remoteAddress: string): Promise<string | null> {
  for (let times = 0; times < MOST_TIMES; times++) {
    const fault = await askOnce(sent, remoteAddress);
    if (fault !== NOT_NOW) return fault;
    await sleep(1000);
  }
  return `was not served in ${MOST_TIMES} times`;
}

/** What is wrong with the answer to a request; null when nothing is. */
async function askOnce(sent: Sent, remoteAddress: string): Promise<string | null> {
  let timer: NodeJS.Timeout | undefined;
  const late = new Promise<'late'>((resolve) => {
    timer = setTimeout(() => resolve('late'), HANGS_MS);
  });
  const { method, url, headers, payload } = sent;
  const asked = exchange.app.http.inject({
    method: method as 'GET',
    url,
    headers,
    remoteAddress,
    ...(payload === undefined ? {} : { payload }),
  });
  const reply = await Promise.race([asked, late]).catch((error: Error) => error);
  clearTimeout(timer);
  if (reply === 'late') return 'no answer';
  // Some addresses cannot even be sent by the test's own client.
  if (reply instanceof TypeError && reply.message === 'Invalid URL') return null;
  if (reply instanceof Error) return `threw ${reply.message}`;
  statuses.set(reply.statusCode, (statuses.get(reply.statusCode) ?? 0) + 1);
  // Without its build the portal says so by a 503.
  if (reply.statusCode >= 500 && !/^\/(portal|auth)/.test(url)) {
    if (reply.statusCode === 503 && reply.headers['retry-after'] !== undefined) return NOT_NOW;
    const logged = exchange.logLines.filter(({ level }) => level === 'error').at(-1);
    return `answered ${reply.statusCode} (${JSON.stringify(logged)})`;
  }
  // Challenges and states are 43 random letters, in which anything may stand.
  const said = reply.body.replace(/[\w-]{43}/g, '');
  if (LEAKS.test(said) && !LEAKS.test(`${url}${payload}`)) return `told ${LEAKS.exec(said)?.[0]}`;
  if (/json/.test(String(reply.headers['content-type'])) && method !== 'HEAD' && reply.body !== '') {
    try {
      JSON.parse(reply.body);
    } catch {
      return 'answered broken JSON';
    }
  }
  return null;
}

const shown = ({ method, url, headers, payload }: Sent) =>
  `${method} ${url.slice(0, 300)} ${JSON.stringify({ ...headers, authorization: headers.authorization?.slice(0, 12) })} ${JSON.stringify(String(payload ?? '').slice(0, 1500))}`;

test(`${REQUESTS} requests`, { timeout: timeLimit(10 * 60_000) }, async () => {
  const random = createRandom(seedOf('fuzzing', 20_261_124));
  const faults: string[] = [];
  const before = heapInUse();
  for (let done = 0; done < REQUESTS && faults.length < MOST_FAULTS; done += A_WORLD) {
    let left = Math.min(A_WORLD, REQUESTS - done);
    const worker = async () => {
      while (left > 0 && faults.length < MOST_FAULTS) {
        left--;
        const sent = make(random);
        const fault = await faultOf(
          sent,
          `10.${random.below(250)}.${random.below(250)}.${random.below(250)}`,
        );
        if (fault !== null) faults.push(`${fault}: ${shown(sent)}`);
      }
    };
    await Promise.all(Array.from({ length: AT_ONCE }, worker));
    await restore();
  }
  expect(faults).toEqual([]);
  // What was refused as "not now" was served later.
  const errors = exchange.logLines.filter(({ level, message }) => level === 'error' && !/busy/.test(message));
  expect(errors).toEqual([]);
  expect(({} as { polluted?: unknown }).polluted).toBeUndefined();
  expect((await exchange.request('GET', '/health')).statusCode).toBe(200);
  // Not all of it was turned away at the door.
  for (const status of [200, 201, 400, 401, 403, 404, 409, 422])
    expect(statuses.get(status), `answers ${status}`).toBeGreaterThan(0);
  expect(statuses.get(200)).toBeGreaterThan(REQUESTS / 10);
  // Nothing of a request is left behind. What the engine keeps for itself is far less than what has passed.
  expect(heapInUse() - before).toBeLessThan(150 * 1024 * 1024);
});

/** Bytes, after collecting what nobody holds. */
function heapInUse(): number {
  setFlagsFromString('--expose-gc');
  const collect = runInNewContext('gc') as () => void;
  collect();
  return process.memoryUsage().heapUsed;
}
