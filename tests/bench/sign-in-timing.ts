/**
 * How long a refused sign-in takes for accounts that exist and accounts that do not: the medians should not tell them
 * apart. It is no test: a busy computer shows differences that are not there.
 *
 *   node tests/bench/sign-in-timing.ts [--rounds 200]
 */
import { createHash, randomBytes } from 'node:crypto';
import { parseArgs } from 'node:util';
import { hashPassword } from '../../apps/exchange/src/access/password.ts';
import { startSubject } from './subject.ts';

const { values } = parseArgs({ options: { rounds: { type: 'string', default: '200' } } });
const rounds = Number(values.rounds);
if (!Number.isSafeInteger(rounds) || rounds < 10) throw new Error('--rounds: a whole number from 10');

const SITE = 'http://localhost:8000';
const subject = await startSubject();
try {
  const hash = await hashPassword('correct horse battery');
  await subject.owner.query(
    `insert into app_user (email, password_hash, email_verified, active)
     select 'known' || n || '@example.org', $1, true, true from generate_series(1, $2::int) n
     union all select 'gone' || n || '@example.org', $1, true, false from generate_series(1, $2::int) n
     union all select 'bare' || n || '@example.org', null, true, true from generate_series(1, $2::int) n`,
    [hash, rounds],
  );
  const guess = await openSignInPage();
  for (let warm = 0; warm < 20; warm++) await guess(`warm${warm}@example.org`);

  const open: Record<string, (round: number) => string> = {
    known: (round) => `known${round}@example.org`,
    unknown: (round) => `other${round}@example.org`,
    deactivated: (round) => `gone${round}@example.org`,
    'without a password': (round) => `bare${round}@example.org`,
  };
  await report('refused (400)', open, 400, guess);

  await subject.owner.query('delete from sign_in_attempt');
  const closed = { known: () => 'known1@example.org', unknown: () => 'other1@example.org' };
  for (const email of Object.values(closed)) for (let count = 0; count < 10; count++) await guess(email());
  await report('closed (429)', closed, 429, guess);
} finally {
  await subject.stop();
}

type Guess = (email: string) => Promise<{ status: number; ms: number }>;

async function report(
  title: string,
  kinds: Readonly<Record<string, (round: number) => string>>,
  status: number,
  guess: Guess,
): Promise<void> {
  const times: Record<string, number[]> = {};
  for (let round = 1; round <= rounds; round++) {
    // In turn and in changing order, so that whatever else the computer does hits all of them.
    const names = Object.keys(kinds).sort(() => Math.random() - 0.5);
    for (const name of names) {
      await subject.owner.query("delete from sign_in_attempt where key not like 'account:%'");
      const answer = await guess(kinds[name]!(round));
      if (answer.status !== status) throw new Error(`${name}: ${answer.status} instead of ${status}`);
      times[name] = [...(times[name] ?? []), answer.ms];
    }
  }
  process.stdout.write(`${title}, ${rounds} of each, milliseconds\n`);
  for (const [name, all] of Object.entries(times)) {
    const sorted = all.toSorted((a, b) => a - b);
    const at = (share: number) => sorted[Math.floor(sorted.length * share)]!.toFixed(2).padStart(8);
    process.stdout.write(`  ${name.padEnd(20)} p10${at(0.1)}  p50${at(0.5)}  p90${at(0.9)}\n`);
  }
}

/** A sign-in page of the portal as one browser has it open. */
async function openSignInPage(): Promise<Guess> {
  const query = new URLSearchParams({
    response_type: 'code',
    client_id: 'jhe-portal',
    redirect_uri: `${SITE}/auth/callback`,
    scope: 'openid',
    state: 'timing',
    code_challenge: createHash('sha256').update(randomBytes(32)).digest('base64url'),
    code_challenge_method: 'S256',
  });
  const start = await fetch(`${subject.origin}/o/authorize/?${query}`, { redirect: 'manual' });
  const cookie = start.headers
    .getSetCookie()
    .map((line) => line.split(';')[0])
    .join('; ');
  const page = `${subject.origin}${new URL(start.headers.get('location') ?? '', SITE).pathname}`;
  return async (email) => {
    const begin = performance.now();
    const reply = await fetch(page, {
      method: 'POST',
      headers: { cookie, 'content-type': 'application/x-www-form-urlencoded' },
      body: new URLSearchParams({ email, password: 'wrong' }),
    });
    await reply.text();
    return { status: reply.status, ms: performance.now() - begin };
  };
}
