/**
 * Lane 2b: what a page costs beside its bare SQL, as the people in sight grow, on a connection in use and on one that was
 * just made. `npm run bench -- --search`.
 */
import { setTimeout as sleep } from 'node:timers/promises';
import { median } from './ingest.ts';
import { ADMINISTRATOR, type People } from './people.ts';
import type { Subject } from './subject.ts';
import { CODE } from './world.ts';

const SAMPLES = 25;
const NEW_CONNECTIONS = 5;
const CODE_TEXT = encodeURIComponent('https://w3id.org/openmhealth|omh:blood-glucose:4.0');
const FHIR = '/FHIR/R5';

type Lane = Readonly<{
  name: string;
  /** Whose token. */
  user(people: People): number;
  path(people: People): string;
  /** The same rows for whoever may see everything. */
  floor(people: People): string;
}>;

const inStudy = (study: number) => `exists (
  select from consent c where c.patient_id = o.patient_id and c.code_id = o.code_id and c.study_id = ${study} and c.opens)`;
const page = (where: string, order = 'o.id desc', limit = 101) =>
  `select o.* from observation o where ${where} order by ${order} limit ${limit}`;
const manager = ({ user }: People) => user;
const study = (id: number) => `patient._has:Group:member:_id=${id}`;

const LANES: readonly Lane[] = [
  {
    name: 'one patient, code, date',
    user: manager,
    path: (p) =>
      `${FHIR}/Observation?patient=${p.patient}&code=${CODE_TEXT}&date=ge2026-02-01&_count=100&_total=none`,
    floor: (p) =>
      page(`o.patient_id = ${p.patient} and o.code_id = ${CODE} and o.effective_start >= '2026-02-01'`),
  },
  {
    name: '... by date, with a total',
    user: manager,
    path: (p) => `${FHIR}/Observation?patient=${p.patient}&code=${CODE_TEXT}&_sort=-date&_count=100`,
    floor: (p) =>
      page(`o.patient_id = ${p.patient} and o.code_id = ${CODE}`, 'o.effective_start desc nulls last, o.id'),
  },
  {
    name: 'a study, newest first',
    user: manager,
    path: (p) => `${FHIR}/Observation?${study(p.study)}&_count=100&_total=none`,
    floor: (p) => page(inStudy(p.study)),
  },
  {
    name: '... with its total',
    user: manager,
    path: (p) => `${FHIR}/Observation?${study(p.study)}&_count=100`,
    floor: (p) => page(inStudy(p.study)),
  },
  {
    name: 'a study of twenty, newest first',
    user: manager,
    path: (p) => `${FHIR}/Observation?${study(p.small)}&_count=100&_total=none`,
    floor: (p) => page(inStudy(p.small)),
  },
  {
    name: 'a study and a week',
    user: manager,
    path: (p) =>
      `${FHIR}/Observation?${study(p.study)}&date=ge2026-02-01&date=lt2026-02-08&_count=100&_total=none`,
    floor: (p) =>
      page(`${inStudy(p.study)} and o.effective_start >= '2026-02-01' and o.effective_start < '2026-02-08'`),
  },
  {
    name: 'a study, _sort=-date',
    user: manager,
    path: (p) => `${FHIR}/Observation?${study(p.study)}&_sort=-date&_count=100&_total=none`,
    floor: (p) => page(inStudy(p.study), 'o.effective_start desc nulls last, o.id'),
  },
  {
    name: 'the total of a study and a day',
    user: manager,
    path: (p) => `${FHIR}/Observation?${study(p.study)}&date=2026-02-01&_summary=count`,
    floor: (p) =>
      `select count(*) from observation o where ${inStudy(p.study)} and o.effective_start >= '2026-02-01' and o.effective_start < '2026-02-02'`,
  },
  {
    name: 'Admin list of observations',
    user: manager,
    path: () => '/api/v1/observations?pageSize=100',
    floor: (p) =>
      page(`exists (select from consent c join study s on s.id = c.study_id
        where c.patient_id = o.patient_id and c.code_id = o.code_id and c.opens and s.organization_id = ${p.study})`),
  },
  {
    name: 'a page of the trail',
    user: () => ADMINISTRATOR,
    path: () => '/api/v1/audit_events?pageSize=100',
    floor: () => 'select * from audit_event order by id desc limit 100',
  },
  {
    name: 'patients by name',
    user: manager,
    path: () => `${FHIR}/Patient?name=family77&_count=100&_total=none`,
    floor: (p) =>
      `select p.* from patient p join patient_organization po on po.patient_id = p.id
       where po.organization_id = ${p.study} and (p.name_family ilike 'family77%' or p.name_given ilike 'family77%')
       order by p.name_family, p.id limit 101`,
  },
];

export async function benchSight(subject: Subject, worlds: readonly People[]): Promise<string[]> {
  const tokens = new Map<number, string>();
  for (const user of [ADMINISTRATOR, ...worlds.map(manager)]) tokens.set(user, await subject.token(user));
  const get = async (lane: Lane, people: People) => {
    const started = performance.now();
    const response = await fetch(subject.origin + lane.path(people), {
      headers: { authorization: `Bearer ${tokens.get(lane.user(people))}` },
    });
    const body = await response.text();
    if (!response.ok) throw new Error(`${lane.name}: ${response.status} ${body}`);
    return performance.now() - started;
  };
  const raw = async (lane: Lane, people: People) => {
    const started = performance.now();
    await subject.owner.query(lane.floor(people));
    return performance.now() - started;
  };

  const lines = [
    '',
    `pages of 100, p50 of ${SAMPLES}: bare SQL, ours, and ours on a connection just made, in ms`,
    `  ${''.padEnd(32)}${worlds.map(({ count }) => `${count.toLocaleString('en')} people`.padStart(30)).join('')}   most/least`,
  ];
  for (const lane of LANES) {
    const cells: string[] = [];
    const ours: number[] = [];
    for (const people of worlds) {
      const fresh: number[] = [];
      for (let n = 0; n < NEW_CONNECTIONS; n++) {
        await breakConnections(subject);
        fresh.push(await get(lane, people));
      }
      const warm: number[] = [];
      const floor: number[] = [];
      // Slow ones are not waited for twenty-five times.
      for (let n = -10, spent = 0; n < SAMPLES && spent < 4_000; n++) {
        const [theirs, taken] = [await raw(lane, people), await get(lane, people)];
        spent += theirs + taken;
        if (n < 0 && spent < 1_500) continue;
        floor.push(theirs);
        warm.push(taken);
      }
      ours.push(median(warm));
      cells.push(
        `${[median(floor), median(warm), median(fresh)].map((ms) => ms.toFixed(1).padStart(8)).join('')}`.padStart(
          30,
        ),
      );
    }
    lines.push(
      `  ${lane.name.padEnd(32)}${cells.join('')}   ${(Math.max(...ours) / Math.min(...ours)).toFixed(2)}`,
    );
  }
  return lines;
}

/** Ends the server's connections, and leaves it the time to make others. */
async function breakConnections({ owner }: Subject): Promise<void> {
  await owner.query(`
    select pg_terminate_backend(pid) from pg_stat_activity
    where usename = 'jhe_server' and datname = current_database() and pid <> pg_backend_pid()`);
  await sleep(400);
}
