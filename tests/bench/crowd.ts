/** Lane 5: a thousand connections, each reading a page again and again: how long a page takes, and who is sent away. */
import { Agent, request } from 'node:http';
import { median } from './ingest.ts';
import { watchMemory } from './memory.ts';
import type { Subject } from './subject.ts';
import { CODE, type Cohort } from './world.ts';

const CONNECTIONS = 1000;
/** Ten connections each: what one person may have open is bounded by itself. */
const PEOPLE = 100;
const FIRST_USER = 800_000;

/** For `seconds`; twenty minutes show whether memory stays flat. */
export async function benchCrowd(subject: Subject, cohort: Cohort, seconds: number): Promise<string[]> {
  const tokens = await signIn(subject);
  const agent = new Agent({ keepAlive: true, maxSockets: CONNECTIONS });
  const until = performance.now() + seconds * 1000;
  const memory = watchMemory(subject.pid);
  const pages: number[] = [];
  const away: number[] = [];
  const others = new Map<string, number>();
  await Promise.all(
    Array.from({ length: CONNECTIONS }, async (_, n) => {
      while (performance.now() < until) {
        const patient = cohort.patients[(n * 7 + pages.length) % cohort.patients.length];
        const path = `/FHIR/R5/Observation?patient=${patient}&code=${CODE_TEXT}&_sort=-date&_count=50`;
        const started = performance.now();
        const { status, retryAfter } = await get(`${subject.origin}${path}`, agent, tokens[n % PEOPLE]!);
        const ms = performance.now() - started;
        if (status === '200') pages.push(ms);
        else if (status === '503' && retryAfter > 0) {
          away.push(ms);
          await new Promise((go) => setTimeout(go, retryAfter * 1000));
        } else others.set(status, (others.get(status) ?? 0) + 1);
      }
    }),
  );
  agent.destroy();
  const { before, most, after } = memory.stop();
  const line = (text: string, times: number[]) =>
    `  ${text.padEnd(30)} ${String(times.length).padStart(7)}x   p50 ${at(times, 0.5)} ms   p99 ${at(times, 0.99)} ms   max ${at(times, 1)} ms`;
  return [
    '',
    `crowd: ${CONNECTIONS} connections of ${PEOPLE} people read a page of 50 for ${seconds} s; code ${CODE}`,
    `${line('200', pages)}   ${(pages.length / seconds).toFixed(0)} pages/s   (mark: p99 under 2000 ms)`,
    line('503 with Retry-After', away),
    `  any other answer               ${[...others].map(([status, count]) => `${status} ${count}x`).join(', ') || 'none'}   (mark: none)`,
    `  memory                         ${before} MB before, ${most} MB at most, ${after} MB after`,
  ];
}

const CODE_TEXT = encodeURIComponent('https://w3id.org/openmhealth|omh:blood-glucose:4.0');

function at(times: readonly number[], part: number): string {
  if (times.length === 0) return '-';
  const sorted = [...times].sort((a, b) => a - b);
  const value = part === 0.5 ? median(sorted) : sorted[Math.ceil(part * sorted.length) - 1]!;
  return value.toFixed(0);
}

function get(url: string, agent: Agent, token: string): Promise<{ status: string; retryAfter: number }> {
  return new Promise((resolve) => {
    request(url, { agent, headers: { authorization: `Bearer ${token}` } })
      .on('response', (response) => {
        const retryAfter = Number(response.headers['retry-after'] ?? 0);
        response.resume().on('end', () => resolve({ status: String(response.statusCode), retryAfter }));
      })
      .on('error', (error: Error & { code?: string }) =>
        resolve({ status: error.code ?? error.message, retryAfter: 0 }),
      )
      .end();
  });
}

/** Members of the cohort's organization, and their tokens. */
async function signIn({ owner, token }: Subject): Promise<string[]> {
  await owner.query(`
    insert into app_user (id, email, user_type, email_verified)
      select ${FIRST_USER} + n, 'member' || n || '@example.com', 'practitioner', true from generate_series(0, ${PEOPLE - 1}) n;
    insert into practitioner (id, user_id) select ${FIRST_USER} + n, ${FIRST_USER} + n from generate_series(0, ${PEOPLE - 1}) n;
    insert into membership (practitioner_id, organization_id, role)
      select ${FIRST_USER} + n, 1, 'member' from generate_series(0, ${PEOPLE - 1}) n`);
  const tokens: string[] = [];
  for (let n = 0; n < PEOPLE; n++) tokens.push(await token(FIRST_USER + n));
  return tokens;
}
