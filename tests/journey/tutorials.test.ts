/** The tutorials, and a page that goes on from one, command by command, against the server as a process on the demo world. */
import { afterAll, beforeAll, expect, it } from 'vitest';
import { type ServerProcess, startServer } from '../setup/server-process.ts';
import { type RunStep, runPage } from './run-page.ts';

let server: ServerProcess;
beforeAll(async () => {
  server = await startServer();
});
afterAll(() => server?.close());

const saysWhatItShows = (steps: readonly RunStep[]) => {
  for (const { commands, printed, expected } of steps) {
    if (expected) expect(printed, commands).toMatch(expected);
  }
};

it('quick-start: a study in ten steps with nothing but curl', async () => {
  const steps = await runPage('tutorials/quick-start.md', server.site);
  saysWhatItShows(steps);
  // Ten steps, and the two commands about a no; every one shows what it prints.
  expect(steps).toHaveLength(12);
  expect(steps.filter(({ expected }) => expected === undefined)).toEqual([]);
  // curl, and what every shell has.
  const programs = new Set(
    steps.flatMap(({ commands }) => commands.match(/\b(?:curl|wget|jq|openssl|python3?|node|npx)\b/g) ?? []),
  );
  expect([...programs]).toEqual(['curl']);
});

it('enroll-on-paper: participants without names and addresses, from the list to the link', async () => {
  const steps = await runPage('how-to/enroll-on-paper.md', server.site, {
    path: 'tutorials/quick-start.md',
    blocks: 4,
  });
  saysWhatItShows(steps);
  expect(steps).toHaveLength(8);
  expect(steps.filter(({ expected }) => expected === undefined)).toEqual([]);
});

it('make-the-record-yours: from the link in the app to a no that nobody turns back', async () => {
  // Nora is new here: the quick start has made her where it was run before.
  const another = await startServer();
  const beginning = { path: 'tutorials/quick-start.md', blocks: 10 };
  const steps = await runPage('tutorials/make-the-record-yours.md', another.site, beginning).finally(() =>
    another.close(),
  );
  saysWhatItShows(steps);
  expect(steps).toHaveLength(18);
  // All but the helpers show what they print.
  expect(steps.filter(({ expected }) => expected === undefined)).toHaveLength(1);
});

it('first-reading: Ada shares her steps, and withdraws', async () => {
  const steps = await runPage('tutorials/first-reading.md', server.site);
  const [, me, asked, refused, sent, seen, withdrawn, kept, history, trail] = steps.map(
    ({ printed }) => printed,
  );
  expect(me).toMatch(/^{"id":40006,"jheUserId":10013/);
  const consents = JSON.parse(asked!);
  expect(consents.studiesPendingConsent).toMatchObject([
    { id: 30006, pendingScopeConsents: [{ code: { codingCode: 'omh:step-count:3.0' } }] },
  ]);
  const answers: { consented: boolean; confirmed: boolean }[] = consents.studies[0].scopeConsents;
  expect(answers.map(({ consented }) => consented).sort()).toEqual([false, true, true, true, true]);
  expect(answers.every(({ confirmed }) => confirmed)).toBe(true);
  expect(refused).toMatch(/has not been consented for any studies by this Patient.*\n403$/s);
  const said = sent!.split('\n');
  expect([said[1], said[3], said.at(-1)]).toEqual(['201', '201', '200']);
  const idOf = (text: string | undefined) => /"id":"(\d+)"/.exec(text ?? '')?.[1];
  expect(idOf(said.at(-2))).toBe(idOf(said[2]));
  expect(JSON.parse(seen!)).toMatchObject({ total: 1, entry: [{ resource: { id: idOf(said[2]) } }] });
  expect(JSON.parse(withdrawn!.split('\n').at(-1)!)).toMatchObject({ total: 0, entry: [] });
  expect(JSON.parse(kept!)).toMatchObject({ total: 1 });
  expect(JSON.parse(history!).results).toMatchObject([
    { decision: 'withdraw', confirmed: true },
    { decision: 'permit', confirmed: true },
  ]);
  expect(JSON.parse(trail!).results).toContainEqual(
    expect.objectContaining({ userId: 10012, interaction: 'search', resource: 'Observation' }),
  );
});
