/**
 * Lane 3: what checking a token costs a request, and how many tokens a program can fetch, beside the bare floor of the
 * same server over the same connections.
 */
import { randomUUID } from 'node:crypto';
import { Agent, request } from 'node:http';
import { exportJWK, generateKeyPair, SignJWT } from 'jose';
import { hashClientSecret } from '../../apps/exchange/src/domain/client-secret.ts';
import { mintToken } from '../setup/tokens.ts';
import { median } from './ingest.ts';
import type { Subject } from './subject.ts';

const CHECKS = 1500;
const WARM_UP = 300;
const CONNECTIONS = 8;
const FETCHES = 3000;
const SITE = 'http://localhost:8000';
const SECRET = 'bench-secret-bench-secret';
const OWNER = 900_001;
/** Tokens of this client are revoked: they are checked in full, and then the answer is that of a request without one. */
const REVOKED = 'bench-revoked';

export async function benchTokens(subject: Subject): Promise<string[]> {
  return [...(await benchChecks(subject)), ...(await benchFetches(subject))];
}

/**
 * One guarded route answers 401 without a token; with a token of a revoked client it does all that it does for a good
 * one (signature, issuer, audience, expiry, revocation) and answers 401 as well. The difference is the check. A token
 * that was seen before has its signature remembered.
 */
async function benchChecks(subject: Subject): Promise<string[]> {
  await subject.owner.query(
    `insert into oauth_model (model, id, payload, expires_at)
     values ('Revocation', 'client ' || $1, '{}', now() + interval '1 day') on conflict do nothing`,
    [REVOKED],
  );
  const database = { owner: subject.owner } as never;
  const mint = () => mintToken({ database }, { userId: OWNER, clientId: REVOKED });
  const known = await mint();
  const fresh: string[] = [];
  for (let n = 0; n < CHECKS + WARM_UP; n++) fresh.push(await mint());
  const agent = new Agent({ keepAlive: true, maxSockets: 1 });
  const get = (path: string, token?: string) =>
    call(agent, subject.origin, {
      path,
      status: path === '/health' ? 200 : 401,
      headers: token === undefined ? {} : { authorization: `Bearer ${token}` },
    });
  const route = '/api/v1/data_sources';
  // The list of revocations is read again every second; the sleep lets the server see the one above.
  await new Promise((resolve) => setTimeout(resolve, 1_500));
  await get(route, known);
  const times = {
    health: [] as number[],
    none: [] as number[],
    known: [] as number[],
    fresh: [] as number[],
  };
  for (const [n, token] of fresh.entries()) {
    // In turn, so that all see the same machine.
    const round = {
      health: await timed(() => get('/health')),
      none: await timed(() => get(route)),
      known: await timed(() => get(route, known)),
      fresh: await timed(() => get(route, token)),
    };
    if (n < WARM_UP) continue;
    for (const name of Object.keys(times) as (keyof typeof times)[]) times[name].push(round[name]);
  }
  agent.destroy();
  const floor = median(times.none);
  const line = (text: string, series: number[], mark = '') => {
    const p50 = median(series);
    return `  ${text.padEnd(38)} ${p50.toFixed(3)} ms   ${(p50 - floor).toFixed(3).padStart(6)} ms more   ${(p50 / floor).toFixed(2)}${mark}`;
  };
  return [
    '',
    `tokens: checking one, GET ${route}, ${CHECKS} requests on one connection, p50`,
    line('GET /health', times.health),
    line('without a token (401)', times.none),
    line('with a token seen before (401)', times.known, '   (mark: less than 0.3 ms more)'),
    line('with a token never seen (401)', times.fresh, '   (once for each token)'),
  ];
}

async function benchFetches(subject: Subject): Promise<string[]> {
  const keys = new Map<string, CryptoKey>();
  const jwks = [];
  for (const alg of ['ES384', 'RS384']) {
    const { publicKey, privateKey } = await generateKeyPair(alg);
    keys.set(alg, privateKey);
    jwks.push({ ...(await exportJWK(publicKey)), kid: alg, alg, use: 'sig' });
  }
  await subject.owner.query(
    `insert into app_user (id, email, user_type, email_verified)
     values (${OWNER}, 'owner@example.com', 'practitioner', true) on conflict do nothing`,
  );
  await subject.owner.query(
    `insert into client (id, client_id, name, client_type, grant_types, client_secret, owner_user_id, default_scopes, jwks)
     values (900001, 'bench-secret', 'Bench', 'confidential', '{client_credentials}', $1, ${OWNER}, 'system/*.rs', null),
       (900002, 'bench-signs', 'Bench', 'confidential', '{client_credentials}', null, ${OWNER}, 'system/*.rs', $2)
     on conflict do nothing`,
    [hashClientSecret(SECRET), JSON.stringify({ keys: jwks })],
  );
  const agent = new Agent({ keepAlive: true, maxSockets: CONNECTIONS });
  const post = (body: string) =>
    call(agent, subject.origin, {
      path: '/o/token/',
      status: 200,
      headers: { 'content-type': 'application/x-www-form-urlencoded' },
      body,
    });
  const secret = new URLSearchParams({
    grant_type: 'client_credentials',
    client_id: 'bench-secret',
    client_secret: SECRET,
  }).toString();
  const signed = (alg: string) =>
    Promise.all(Array.from({ length: FETCHES }, () => assertion(alg, keys.get(alg)!)));
  const perSecond = async (send: (n: number) => Promise<void>): Promise<number> => {
    for (let n = 0; n < WARM_UP; n++) await send(n);
    let next = WARM_UP;
    const started = performance.now();
    await Promise.all(
      Array.from({ length: CONNECTIONS }, async () => {
        for (let n = next++; n < FETCHES; n = next++) await send(n);
      }),
    );
    return ((FETCHES - WARM_UP) / (performance.now() - started)) * 1000;
  };
  const floor = await perSecond(() =>
    call(agent, subject.origin, { path: '/health', status: 200, headers: {} }),
  );
  const bySecret = await perSecond(() => post(secret));
  const rates = new Map<string, number>();
  for (const alg of keys.keys()) {
    const bodies = await signed(alg);
    rates.set(alg, await perSecond((n) => post(bodies[n]!)));
  }
  agent.destroy();
  const line = (text: string, rate: number, mark = '   (mark: at least 200/s)') =>
    `  ${text.padEnd(38)} ${rate.toFixed(0).padStart(6)} /s   ${(rate / floor).toFixed(2)}${mark}`;
  return [
    '',
    `tokens: client credentials, ${FETCHES - WARM_UP} requests on ${CONNECTIONS} connections`,
    line('GET /health', floor, ''),
    line('POST /o/token/ client_secret', bySecret),
    ...[...rates].map(([alg, rate]) => line(`POST /o/token/ private_key_jwt ${alg}`, rate)),
  ];
}

async function assertion(alg: string, key: CryptoKey): Promise<string> {
  const now = Math.floor(Date.now() / 1000);
  const client_assertion = await new SignJWT({
    iss: 'bench-signs',
    sub: 'bench-signs',
    aud: `${SITE}/o/token/`,
    iat: now,
    exp: now + 280,
    jti: randomUUID(),
  })
    .setProtectedHeader({ alg, kid: alg, typ: 'JWT' })
    .sign(key);
  return new URLSearchParams({
    grant_type: 'client_credentials',
    scope: 'system/*.rs',
    client_assertion_type: 'urn:ietf:params:oauth:client-assertion-type:jwt-bearer',
    client_assertion,
  }).toString();
}

async function timed(body: () => Promise<void>): Promise<number> {
  const started = performance.now();
  await body();
  return performance.now() - started;
}

type Call = { path: string; status: number; headers: Record<string, string>; body?: string };

/** One request; anything but the expected status ends the bench. */
function call(agent: Agent, origin: string, { path, status, headers, body }: Call): Promise<void> {
  return new Promise((resolve, reject) => {
    const sent = request(`${origin}${path}`, { agent, headers, method: body === undefined ? 'GET' : 'POST' });
    sent.on('error', reject);
    sent.on('response', (response) => {
      const chunks: Buffer[] = [];
      response.on('data', (chunk: Buffer) => chunks.push(chunk));
      response.on('end', () => {
        if (response.statusCode === status) return resolve();
        reject(new Error(`${path}: ${response.statusCode} ${Buffer.concat(chunks).toString('utf8')}`));
      });
    });
    sent.end(body);
  });
}
