/**
 * What PostgreSQL means to do for a page, as the role that reads: it goes through an index, of readings, people and the
 * trail, and reads nobody's rows but those on the way of the page. And the pages are those that reading everything gives.
 */
import type { Filter, SortKey } from '@jhe/fhir';
import { afterAll, beforeAll, describe, expect, test } from 'vitest';
import { createGate, type Gate } from '../../apps/exchange/src/access/gate.ts';
import type { Sight } from '../../apps/exchange/src/access/sight.ts';
import { type Sql, sql } from '../../apps/exchange/src/database/sql.ts';
import type { Principal } from '../../apps/exchange/src/domain/principal.ts';
import * as auditEvents from '../../apps/exchange/src/store/audit-events.ts';
import * as observations from '../../apps/exchange/src/store/observations.ts';
import * as patientSearch from '../../apps/exchange/src/store/patient-search.ts';
import { openTestDatabase, type TestDatabase } from '../setup/database.ts';

/** More than are walked one by one, in each of two organizations that see nothing of one another. */
const PEOPLE = 400;
const READINGS = 24_000;
const MANAGER = 1;
const ADMINISTRATOR = 3;
const FULL = [{ context: 'user', type: '*', letters: 'cruds' }] as const;

let database: TestDatabase;
let gate: Gate;

beforeAll(async () => {
  database = await openTestDatabase();
  gate = createGate(database.server);
  await database.owner.query(`
    insert into app_user (id, email, user_type, email_verified, superuser)
      select n, 'u' || n || '@example.com', 'practitioner', true, n = ${ADMINISTRATOR} from generate_series(1, 3) n;
    insert into practitioner (id, user_id) select n, n from generate_series(1, 2) n;
    insert into organization (id, name, type, part_of, had_manager) select n, 'o' || n, 'team', 0, true from generate_series(1, 2) n;
    insert into membership (practitioner_id, organization_id, role) select n, n, 'manager' from generate_series(1, 2) n;
    insert into code (id, system, code, text) values (1, 's', 'c', 'c');
    insert into study (id, organization_id, name, description)
      select s, 1 + s % 2, 's', 's' from generate_series(10, 13) s;
    insert into requested_code (study_id, code_id) select id, 1 from study;
    insert into patient (id, keeper_organization_id, name_family, name_given)
      select n, 1 + n % 2, 'Family' || n, 'Given' || n from generate_series(1000, ${999 + 2 * PEOPLE}) n;
    insert into patient_organization select id, keeper_organization_id from patient;
    insert into enrollment (patient_id, study_id, organization_id)
      select p.id, s.id, s.organization_id from patient p join study s on s.organization_id = p.keeper_organization_id
      where s.id < 12 or p.id < 1020;
    insert into consent (patient_id, study_id, code_id, permitted, opens, basis, decided_at)
      select patient_id, study_id, 1, true, true, 'form', now() from enrollment;
    insert into observation (patient_id, id, code_id, data_point_uuid, effective_start, data_point)
      select 1000 + n * 7 % ${2 * PEOPLE}, n, 1, gen_random_uuid(),
        case when n % 50 > 0 then timestamptz '2026-01-01' + n * 9973 % ${READINGS} * interval '5 minutes' end, '{}'
      from generate_series(1, ${READINGS}) n;
    insert into observation_identifier (patient_id, observation_id, code_id, system, value)
      select patient_id, id, code_id, 's', id::text from observation;
    insert into patient_identifier (patient_id, organization_id, system, value)
      select id, keeper_organization_id, 'mrn', id::text from patient;
    insert into series (patient_id, code_id, observations) select patient_id, code_id, count(*) from observation group by 1, 2;
    insert into audit_event (request_id, interaction, resource, outcome) select 'r', 'read', 'Patient', 'ok' from generate_series(1, 20000)`);
  await database.owner.query('vacuum analyze');
});
afterAll(() => database?.close());

async function principalOf(userId: number): Promise<Principal> {
  const session = { kind: 'person', grantId: 'g' } as const;
  return (await gate.identify(userId, 'jhe-portal', FULL, undefined, session))!;
}

type Plan = { 'Node Type': string; 'Relation Name'?: string; 'Index Name'?: string; Plans?: Plan[] };

/** What a body asks for, planned as the reader's role: the tables that are read from end to end, and the indexes. */
async function plansOf(userId: number, body: (sight: Sight) => Promise<unknown>) {
  const whole = new Set<string>();
  const indexes = new Set<string>();
  const note = (plan: Plan): void => {
    if (plan['Node Type'] === 'Seq Scan') whole.add(plan['Relation Name']!);
    if (plan['Index Name']) indexes.add(plan['Index Name']);
    for (const inner of plan.Plans ?? []) note(inner);
  };
  await gate.read(
    await principalOf(userId),
    { requestId: 'r', interaction: 'search', resource: 'Observation' },
    async (sight) => {
      const explaining: Sight = {
        ...sight,
        async query<Row extends object>(statement: Sql): Promise<Row[]> {
          const [row] = await sight.query<Record<string, string>>(sql`explain (format json) ${statement}`);
          note(JSON.parse(Object.values(row!)[0]!)[0].Plan);
          return sight.query<Row>(statement);
        },
      };
      await body(explaining);
    },
  );
  return { whole: [...whole].filter((name) => OF_PEOPLE.has(name)), indexes };
}

/** Consents apart: the look at how many series a study shares stops after some hundred, in whatever order. */
const OF_PEOPLE: ReadonlySet<string> = new Set([
  'observation',
  'observation_identifier',
  'series',
  'enrollment',
  'patient',
  'patient_organization',
  'patient_identifier',
  'audit_event',
]);

const study = (id: number): Filter => ({
  type: 'reference',
  name: 'study',
  target: 'Group',
  ids: [String(id)],
});
const patient: Filter = { type: 'reference', name: 'patient', target: 'Patient', ids: ['1000'] };
const from = Date.UTC(2026, 1, 1);
const day = {
  type: 'date',
  name: 'date',
  values: [{ prefix: 'eq', start: from, end: from + 86_400_000 }],
} as Filter;
const byDate: SortKey[] = [{ key: 'date', descending: true }];
const page =
  (filters: Filter[], sort: SortKey[] = []) =>
  (sight: Sight) =>
    observations.search(sight, { filters, sort, count: 100 });

describe('reads nobody from end to end for', () => {
  test.each([
    ['one patient, newest first', page([patient]), 'observation_'],
    ['one patient and a day', page([patient, day]), 'observation_'],
    ['a study, newest first', page([study(10)]), 'observation_arrival'],
    ['a study of few among many', page([study(12)]), 'observation_'],
    ['a study, by date', page([study(10)], byDate), 'observation_date'],
    ['everything in sight', page([]), 'observation_arrival'],
    [
      'the total of a study and a day',
      (sight: Sight) => observations.count(sight, [study(10), day]),
      'observation_date',
    ],
  ])('%s', async (_name, body, index) => {
    const { whole, indexes } = await plansOf(MANAGER, body);
    expect(whole).toEqual([]);
    expect([...indexes].join(' ')).toContain(index);
  });

  test('a page of the trail', async () => {
    const { indexes } = await plansOf(ADMINISTRATOR, (sight) =>
      auditEvents.list(sight, {}, { limit: 100, offset: 0 }),
    );
    expect(indexes).toContain('audit_event_arrival');
  });

  test('patients by the beginning of a name', async () => {
    const filters = [{ type: 'string', name: 'name', match: 'starts-with', values: ['family123'] } as Filter];
    const { whole, indexes } = await plansOf(MANAGER, (sight) =>
      patientSearch.search(sight, { filters, sort: [], count: 100 }),
    );
    expect(whole).toEqual([]);
    expect(indexes).toContain('patient_family_folded');
  });
});

describe('every page, one after the other, both ways, holds what is shared and nothing else', () => {
  const shared = (where: string, order: string) => `
    select o.id from observation o join consent c using (patient_id, code_id) where ${where} order by ${order}`;
  test.each([
    ['many series, newest first', [study(10)], [], 'study_id = 10', 'o.id desc'],
    ['few series, newest first', [study(12)], [], 'study_id = 12', 'o.id desc'],
    ['many series by date', [study(10)], byDate, 'study_id = 10', 'effective_start desc nulls last, o.id'],
    ['few series by date', [study(12)], byDate, 'study_id = 12', 'effective_start desc nulls last, o.id'],
    [
      'one patient, oldest first',
      [patient],
      [{ key: 'date', descending: false }],
      'study_id = 10 and patient_id = 1000',
      'effective_start nulls last, o.id',
    ],
  ] as [string, Filter[], SortKey[], string, string][])('%s', async (_name, filters, sort, where, order) => {
    const { rows } = await database.owner.query<{ id: number }>(shared(where, order));
    const expected = rows.map(({ id }) => id);
    expect(expected.length).toBeGreaterThan(0);
    const count = Math.ceil(expected.length / 7);
    const principal = await principalOf(MANAGER);
    const read = (at?: observations.ObservationPage['from']) =>
      gate.read(principal, { requestId: 'r', interaction: 'search', resource: 'Observation' }, (sight) =>
        observations.search(sight, { filters, sort, count, ...(at ? { from: at } : {}) }),
      );
    const ahead: number[] = [];
    let last = await read();
    for (;;) {
      ahead.push(...last.rows.map(({ id }) => id));
      if (!last.hasMore) break;
      last = await read({ place: last.rows.at(-1)!.place, backwards: false });
    }
    expect(ahead).toEqual(expected);
    const back = last.rows.map(({ id }) => id);
    for (;;) {
      const before = await read({ place: last.rows[0]!.place, backwards: true });
      back.unshift(...before.rows.map(({ id }) => id));
      if (!before.hasMore) break;
      last = before;
    }
    expect(back).toEqual(expected);
  });
});
