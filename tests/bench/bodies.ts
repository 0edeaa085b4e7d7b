/**
 * Lane 4: large bodies, sixteen at once, without a token and with a patient's; how the server answers everybody else
 * meanwhile, and what memory it takes.
 */
import { randomUUID } from 'node:crypto';
import { Agent, request } from 'node:http';
import { bloodGlucose } from '@jhe/omh';
import { median } from './ingest.ts';
import { watchMemory } from './memory.ts';
import type { Subject } from './subject.ts';
import { type Cohort, glucosePoint, SOURCE } from './world.ts';

const AT_ONCE = 16;
const MIB = 1024 * 1024;
const LARGE = 32 * MIB;
/** A batch just below the largest that is taken. */
const ADMITTED = 8 * MIB - 64 * 1024;
const HEALTH_EVERY_MS = 50;
const LASTS_MS = 15_000;
const FIRST_USER = 700_000;

type Case = Readonly<{ name: string; body: (n: number) => Buffer; token: (n: number) => string | undefined }>;

export async function benchBodies(subject: Subject, cohort: Cohort): Promise<string[]> {
  const patients = cohort.patients.slice(0, AT_ONCE);
  const tokens = await signIn(subject, patients);
  const large = Buffer.from(`{"resourceType":"Bundle","type":"batch","entry":["${'x'.repeat(LARGE)}"]}`);
  const batches = patients.map(batchOf);
  const cases: Case[] = [
    { name: '32 MiB, without a token', body: () => large, token: () => undefined },
    { name: '32 MiB, with a patient’s token', body: () => large, token: () => tokens[0] },
    {
      name: 'a batch of 8 MiB, with a patient’s token',
      body: () => batches[0]!,
      token: () => tokens[0],
    },
    {
      name: 'a batch of 8 MiB each of 16 patients',
      body: (n) => batches[n]!,
      token: (n) => tokens[n],
    },
  ];
  const lines = [
    '',
    `bodies: ${AT_ONCE} at once, again and again for ${LASTS_MS / 1000} s, beside GET /health every ${HEALTH_EVERY_MS} ms`,
  ];
  for (const one of cases) lines.push(await measure(subject, one));
  lines.push('  (mark: /health within 1000 ms throughout, memory under 600 MB)');
  return lines;
}

async function measure(subject: Subject, { name, body, token }: Case): Promise<string> {
  const memory = watchMemory(subject.pid);
  const until = performance.now() + LASTS_MS;
  const statuses = new Map<string, number>();
  const connections = new Agent({ keepAlive: true });
  const senders = Array.from({ length: AT_ONCE }, async (_, n) => {
    while (performance.now() < until) {
      const status = await send(subject.origin, connections, body(n), token(n));
      statuses.set(status, (statuses.get(status) ?? 0) + 1);
      // Whoever is told to come back in a second does.
      if (status === '503' || status === '429') await new Promise((go) => setTimeout(go, 1000));
    }
  });
  const health: number[] = [];
  const agent = new Agent({ keepAlive: true, maxSockets: 1 });
  const asking = (async () => {
    while (performance.now() < until) {
      health.push(await timeHealth(subject.origin, agent));
      await new Promise((go) => setTimeout(go, HEALTH_EVERY_MS));
    }
  })();
  await Promise.all([...senders, asking]);
  agent.destroy();
  connections.destroy();
  const peak = memory.stop();
  const answers = [...statuses]
    .sort()
    .map(([status, count]) => `${status} ${count}x`)
    .join(', ');
  return (
    `  ${name.padEnd(42)} /health p50 ${median(health).toFixed(1).padStart(6)} ms, max ${Math.max(...health)
      .toFixed(0)
      .padStart(5)} ms` + `   memory ${peak.before} to ${peak.most} MB   answers: ${answers}`
  );
}

/** The status of an upload, or why there was none. */
function send(origin: string, agent: Agent, body: Buffer, token: string | undefined): Promise<string> {
  return new Promise((resolve) => {
    const sent = request(`${origin}/FHIR/R5`, {
      method: 'POST',
      agent,
      headers: {
        'content-type': 'application/fhir+json',
        'content-length': body.length,
        ...(token === undefined ? {} : { authorization: `Bearer ${token}` }),
      },
    });
    sent.on('response', (response) => {
      response.resume().on('end', () => resolve(String(response.statusCode)));
    });
    sent.on('error', (error: Error & { code?: string }) => resolve(error.code ?? error.message));
    sent.end(body);
  });
}

function timeHealth(origin: string, agent: Agent): Promise<number> {
  const started = performance.now();
  return new Promise((resolve, reject) => {
    request(`${origin}/health`, { agent })
      .on('response', (response) => {
        response.resume().on('end', () => resolve(performance.now() - started));
      })
      .on('error', reject)
      .end();
  });
}

/** Logins for patients of the cohort, and their tokens. */
async function signIn({ owner, token }: Subject, patients: readonly number[]): Promise<string[]> {
  await owner.query(
    `insert into app_user (id, email, user_type, email_verified)
     select ${FIRST_USER} + n, 'patient' || n || '@example.com', 'patient', true from generate_series(0, $1 - 1) n
     on conflict do nothing`,
    [patients.length],
  );
  const tokens: string[] = [];
  for (const [n, id] of patients.entries()) {
    await owner.query('update patient set user_id = $1 where id = $2', [FIRST_USER + n, id]);
    tokens.push(await token(FIRST_USER + n));
  }
  return tokens;
}

/** As many new readings as a batch takes. */
function batchOf(patientId: number): Buffer {
  const entries: string[] = [];
  let size = 100;
  while (entries.length < 5000) {
    const at = new Date(Date.UTC(2020, 0, 1) + entries.length * 300_000).toISOString();
    const point = glucosePoint(randomUUID(), at, 100);
    const note = 'n'.repeat(700);
    const text = JSON.stringify({ ...point, note });
    const entry = JSON.stringify({
      resource: {
        resourceType: 'Observation',
        status: 'final',
        code: { coding: [{ system: bloodGlucose.system, code: bloodGlucose.code }] },
        subject: { reference: `Patient/${patientId}` },
        device: { reference: `Device/${SOURCE}` },
        valueAttachment: { contentType: 'application/json', data: Buffer.from(text).toString('base64') },
      },
      request: { method: 'POST', url: 'Observation' },
    });
    size += entry.length + 1;
    if (size > ADMITTED) break;
    entries.push(entry);
  }
  return Buffer.from(`{"resourceType":"Bundle","type":"batch","entry":[${entries.join(',')}]}`);
}
