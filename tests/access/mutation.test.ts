/**
 * Does every clause matter? Each is removed in turn, from the compiler and from PostgreSQL's policies and views, and
 * some world must show the difference. A clause that nobody misses is either untested or not needed.
 */
import { readFile } from 'node:fs/promises';
import { stripTypeScriptTypes } from 'node:module';
import fc from 'fast-check';
import { afterAll, beforeAll, expect, test } from 'vitest';
import { compile } from '../../apps/exchange/src/access/compile.ts';
import type { Connection } from '../../apps/exchange/src/database/pool.ts';
import { readRule } from '../../apps/exchange/src/database/rule.ts';
import { join, sql } from '../../apps/exchange/src/database/sql.ts';
import type { World } from '../../apps/exchange/src/domain/may.ts';
import { isOwnPage } from '../../apps/exchange/src/domain/own-pages.ts';
import { grantsFor } from '../../apps/exchange/src/domain/principal.ts';
import { openTestDatabase, type TestDatabase } from '../setup/database.ts';
import { rounds, timeLimit } from '../setup/nightly.ts';
import { disagreements, PLAN_BRIEFLY, type Scope } from './agreement.ts';
import { removeEachClause } from './clauses.ts';
import { loadWorld } from './load-world.ts';
import { COMPARED } from './relations.ts';
import { DEFINE_FIRST_DIFFERENCE, toldByWrites, type Writes } from './told-by-writes.ts';
import { anyWorld } from './world.ts';

const SOURCE = new URL('../../apps/exchange/src/', import.meta.url);
/** Worlds tried until one tells the mutant apart. */
const WORLDS = fc.sample(anyWorld, { seed: 20261123, numRuns: 60 });

let database: TestDatabase;
let owner: Connection;

beforeAll(async () => {
  database = await openTestDatabase();
  owner = await database.owner.connect();
  await owner.query(`${PLAN_BRIEFLY}; ${DEFINE_FIRST_DIFFERENCE}`);
});
afterAll(async () => {
  owner?.release();
  await database?.close();
});

/**
 * Which tables and views depend on each view or function of the rule, through any number of others: what nothing of it is
 * in cannot differ, and need not be asked.
 */
async function readDependents(): Promise<(changed: string) => ReadonlySet<string>> {
  const { rows } = await owner.query<{ name: string; text: string }>(`
    select viewname as name, definition as text from pg_views where schemaname = 'public'
    union all select proname, prosrc from pg_proc where pronamespace = 'public'::regnamespace and prokind = 'f'
    union all select tablename, coalesce(qual, '') || ' ' || coalesce(with_check, '') from pg_policies
      where schemaname = 'public'`);
  return (changed) => {
    const reached = new Set([changed]);
    for (let size = 0; size < reached.size; ) {
      size = reached.size;
      for (const { name, text } of rows)
        if (!reached.has(name) && [...reached].some((of) => new RegExp(`\\b${of}\\b`).test(text)))
          reached.add(name);
    }
    return reached;
  };
}

/** A view that can be compared is compared itself; what is only inside others, by some of those. */
function closest(changed: string, reached: ReadonlySet<string>, most = 6): ReadonlySet<string> {
  const views = [...reached].filter((name) => COMPARED.has(name) && name !== changed);
  return new Set(most === 6 && COMPARED.has(changed) ? [changed] : views.slice(0, most));
}

/** Told apart by what is compared, or by the writes that it could answer otherwise. */
type Mutant = {
  name: string;
  scope?: Scope;
  writes?: Writes;
  statement?: string;
  compileWith?: typeof compile;
};

/** Writes tried in each world: what these do not tell, others in the next world do. */
const MOST_WRITES = 250;

/** The mutants that no world tells apart from the original. Everything a mutant does is undone. */
async function survivors(mutants: readonly Mutant[], worlds: readonly World[] = WORLDS): Promise<string[]> {
  let alive = [...mutants];
  for (const world of worlds) {
    if (alive.length === 0) break;
    await owner.query('begin');
    try {
      await loadWorld(owner, world);
      const next: Mutant[] = [];
      for (const mutant of alive) if (!(await isTold(mutant, world))) next.push(mutant);
      alive = next;
    } finally {
      await owner.query('rollback');
    }
  }
  return alive.map(({ name }) => name);
}

async function isTold(
  { scope, writes, statement, compileWith = compile }: Mutant,
  world: World,
): Promise<boolean> {
  await owner.query('savepoint mutant');
  try {
    if (statement) await owner.query(statement);
    if (writes) return (await toldByWrites(owner, world, writes, MOST_WRITES)) !== undefined;
    return (await disagreements(owner, world, compileWith, { ...scope, stopAtFirst: true })).length > 0;
  } catch {
    // A mutant that cannot even run is told apart by every test there is.
    return true;
  } finally {
    await owner.query('rollback to savepoint mutant');
  }
}

test('every clause of the compiler matters', { timeout: timeLimit(600_000) }, async () => {
  const source = await readFile(new URL('access/compile.ts', SOURCE), 'utf8');
  const clauses = removeEachClause(source);
  const conditions = CONDITIONS.flatMap(([from, to]) => {
    const parts = source.split(from);
    expect(parts.length, `${from} stands in compile.ts`).toBeGreaterThan(1);
    return parts.slice(1).map((_, i) => ({
      name: `${from} -> ${to} (${i + 1})`,
      text: parts.slice(0, i + 1).join(from) + to + parts.slice(i + 1).join(from),
    }));
  });
  expect(clauses.length).toBe(4);
  // What is as it was needs no comparing: agreement.test.ts has shown that the compiler agrees.
  const mutants = [...clauses, ...conditions].map(({ name, text }) => ({
    name,
    scope: { sides: ['wall 1'], changedFrom: compile } as const,
    compileWith: load(text),
  }));
  expect(await survivors(mutants)).toEqual([]);
  // Were the compiler itself told apart as well, the others would have proved nothing.
  const itself: Mutant = { name: 'unchanged', scope: { sides: ['wall 1'] }, compileWith: load(source) };
  expect(await survivors([itself], WORLDS.slice(0, 3))).toEqual(['unchanged']);
});

/** Ways and limits of the compiler, each with its absence (or with the absence of any limit). */
const CONDITIONS: readonly (readonly [string, string])[] = [
  ["granted('Observation', 'r', { code: sql`t.code_id` })", 'sql`true`'],
  ["granted('Observation', 'r', { code: sql`t.code_id` })", "granted('Observation', 'r')"],
  ["granted('Observation', 'c', { code: sql`t.code_id` })", 'sql`true`'],
  ["granted('Observation', 'c', { code: sql`t.code_id` })", "granted('Observation', 'c')"],
  ["granted('Consent', 'r')", 'sql`true`'],
  ["granted('Consent', 'u')", 'sql`true`'],
  ["granted('Patient', 'r')", 'sql`true`'],
  ["granted('Patient', 'r', { patient: sql`t.id` })", 'sql`true`'],
  ["about('Observation', 's')", 'sql`true`'],
  [", about('Observation', 's')", ''],
  ["anyOf(granted('Patient', 'r', { patient: sql`t.id` }), ", 'anyOf('],
  ["granted('AuditEvent', 'r')", 'sql`true`'],
  ["granted('Practitioner', 'r', { patient: sql`null::bigint` })", 'sql`true`'],
  ["context === 'user'", 'true'],
  ["context === 'user'", 'false'],
  ['codes === undefined ?', 'true ?'],
  ['codes === undefined ?', 'codes !== undefined ?'],
  ['return sql`false`;', 'return sql`true`;'],
  ['allowed.length === 0 ? sql`false`', 'allowed.length === 0 ? sql`true`'],
  ['system === null ?', 'true ?'],
  ['sql`c.system = ${system} and c.code = ${code}`', 'sql`c.system = ${system}`'],
  ['superuser && sql`true`', 'sql`true`'],
  ['superuser && sql`true`', 'sql`false`'],
  ['anyOf(own, consented)', 'sql`true`'],
  ['anyOf(own, consented)', 'anyOf(own)'],
  ['anyOf(own, consented)', 'anyOf(consented)'],
  ['anyOf(own, consentedSeries)', 'sql`true`'],
  ['anyOf(own, consentedSeries)', 'anyOf(own)'],
  ['anyOf(own, consentedSeries)', 'anyOf(consentedSeries)'],
  [' and r.code_id = t.code_id', ''],
  ['r.patient_id = t.patient_id and ', ''],
  [' where v.patient_id = t.id', ''],
  [' where v.user_id = t.id', ''],
  [' where m.patient_id = t.patient_id', ''],
  ['anyOf(ownInStudy, ofLinkStudy, ofMemberStudy, administer)', 'sql`true`'],
  ['anyOf(ownInStudy, ofLinkStudy, ofMemberStudy, administer)', 'anyOf(ownInStudy, ofLinkStudy, administer)'],
  [
    'anyOf(ownInStudy, ofLinkStudy, ofMemberStudy, administer)',
    'anyOf(ownInStudy, ofMemberStudy, administer)',
  ],
  [
    'anyOf(ownInStudy, ofLinkStudy, ofMemberStudy, administer)',
    'anyOf(ofLinkStudy, ofMemberStudy, administer)',
  ],
  [
    'anyOf(ownInStudy, ofLinkStudy, ofMemberStudy, administer)',
    'anyOf(ownInStudy, ofLinkStudy, ofMemberStudy)',
  ],
  ['anyOf(ownInOrganization, ofLink, ofMembership)', 'sql`true`'],
  ['anyOf(ownInOrganization, ofLink, ofMembership)', 'anyOf(ofLink, ofMembership)'],
  ['anyOf(ownInOrganization, ofLink, ofMembership)', 'anyOf(ownInOrganization, ofMembership)'],
  ['anyOf(ownInOrganization, ofLink, ofMembership)', 'anyOf(ownInOrganization, ofLink)'],
  ['anyOf(ownInOrganization, ofLink, ofMembership, administer)', 'sql`true`'],
  ['anyOf(ownInOrganization, ofLink, ofMembership, administer)', 'anyOf(ofLink, ofMembership, administer)'],
  [
    'anyOf(ownInOrganization, ofLink, ofMembership, administer)',
    'anyOf(ownInOrganization, ofMembership, administer)',
  ],
  [
    'anyOf(ownInOrganization, ofLink, ofMembership, administer)',
    'anyOf(ownInOrganization, ofLink, administer)',
  ],
  [
    'anyOf(ownInOrganization, ofLink, ofMembership, administer)',
    'anyOf(ownInOrganization, ofLink, ofMembership)',
  ],
  ['anyOf(ownInOrganization, ofMembership)', 'sql`true`'],
  ['anyOf(ownInOrganization, ofMembership)', 'anyOf(ownInOrganization)'],
  ['anyOf(ownInOrganization, ofMembership)', 'anyOf(ofMembership)'],
  ['anyOf(ownOnOwnPages), ', 'sql`true`, '],
  ['anyOf(ownOnOwnPages), ', 'anyOf(own), '],
  ['anyOf(ownOnOwnPages), ', 'sql`false`, '],
  ['isOwnPage(clientId) && own', 'own'],
  ['ownOnOwnPages ||', ''],
  [' and t.study_id in (select s.study_id from app_study s)', ''],
  ['sql`(${ofOwn} and t.study_id in', 'sql`(t.study_id in'],
  [
    '(t.patient_id, t.organization_id) in (select o.patient_id, o.organization_id from own_organization o)',
    'true',
  ],
  ['(isPractitioner || isLink) &&', 'isPractitioner &&'],
  ['(isPractitioner || isLink) &&', 'isLink &&'],
  ['anyOf(own, administer)', 'sql`true`'],
  ['anyOf(own, administer)', 'anyOf(own)'],
  ['anyOf(own, administer)', 'anyOf(administer)'],
  // What stands on a line of its own is a way to be allowed; without it something is hidden.
  ['sql`t.id = ${userId}`,', ''],
  ['isPatient && sql`t.id = any(${patientIds}::bigint[])`,', ''],
  ['isLink && sql`t.id = ${link.patientId}`,', ''],
  ['ofMembership,', ''],
  ['sql`t.organization_id in (select g.organization_id from governed_organization g)`', 'sql`true`'],
  ['isPractitioner && sql`exists (select from visible_patient v where v.patient_id = t.id offset 0)`,', ''],
  ['isPractitioner && sql`exists (select from visible_patient_user v where v.user_id = t.id offset 0)`,', ''],
  ['isPractitioner && sql`t.id in (select c.user_id from colleague c)`,', ''],
  ['isPractitioner && sql`t.practitioner_id = ${practitionerId}`,', ''],
  ['sql`t.id in (select v.organization_id from visible_organization v)`,', ''],
  ['sql`t.id in (select f.organization_id from founded_organization f)`,', ''],
  ['anyOf(oneself, ofColleague', 'anyOf(ofColleague'],
  ['anyOf(oneself, granted', 'anyOf(granted'],
  ['ofColleague(sql`t.id`), ', ''],
  ['sql`${column} in (select v.study_id from visible_study v)`, ', ''],
  ['sql`exists (select from manageable_patient m where m.patient_id = t.patient_id)`', 'sql`true`'],
  ['relation(all, sql`shared_series`, sql`true`, readings)', 'relation(all, sql`shared_series`, sql`true`)'],
];

/** A compiler from changed source text. */
function load(text: string): typeof compile {
  const body = stripTypeScriptTypes(text)
    .replace(/^import [^;]*;$/gm, '')
    .replace('export function compile', 'function compile');
  return new Function('grantsFor', 'isOwnPage', 'join', 'sql', `${body}; return compile;`)(
    grantsFor,
    isOwnPage,
    join,
    sql,
  ) as typeof compile;
}

/** The statements of the rule; what stands between $$ is part of one. */
async function statementsOfRule(): Promise<string[]> {
  const statements: string[] = [];
  for (const { text } of (await readRule()).files) {
    let statement = '';
    for (const part of text.split(';\n')) {
      statement += part;
      if (statement.split('$$').length % 2 === 1) {
        statements.push(statement);
        statement = '';
      } else statement += ';\n';
    }
  }
  return statements;
}

/** The functions that every view begins with; what deeds ask (rule/05) has tests of its own. */
const ACTING = ['acting', 'acting_links', 'link_studies'];
const STATED = /^create (view|function) (\w+)(?= as|\(\) returns table)/m;
const orReplace = (statement: string) =>
  statement.slice(statement.search(STATED)).replace('create', 'create or replace');

test('every clause of the rule views matters', { timeout: timeLimit(600_000) }, async () => {
  const statements = await statementsOfRule();
  const views = statements.filter((statement) => {
    const [, kind, name] = STATED.exec(statement) ?? [];
    return kind === 'view' || ACTING.includes(name ?? '');
  });
  const { rows: known } = await owner.query(
    "select from pg_views where schemaname = 'public' union all select from pg_proc where proname = any($1)",
    [ACTING],
  );
  expect(views.length, 'every view of the database is one of the folder').toBe(known.length);
  expect(views.length).toBeGreaterThan(12);
  const dependents = await readDependents();
  const mutants = views.flatMap((view) => {
    const name = STATED.exec(view)![2]!;
    return removeEachClause(view).map((clause) => ({
      name: `${name}: ${clause.name}`,
      changed: name,
      statement: orReplace(clause.text),
    }));
  });
  expect(mutants.length).toBeGreaterThan(60);
  // What shows a change most directly is asked first, everything else only about what that did not show.
  const narrow = await survivors(
    mutants.map(({ changed, ...mutant }) => ({
      ...mutant,
      scope: { sides: ['wall 2'], among: closest(changed, dependents(changed)) },
    })),
    WORLDS.slice(0, 12),
  );
  const rest = mutants.filter(({ name }) => narrow.includes(name));
  expect(
    await survivors(
      rest.map(({ changed, ...mutant }) => ({
        ...mutant,
        scope: {
          sides: ['wall 2', 'writes'],
          writesTo: changed === 'founded_organization' ? /into membership/ : /^never$/,
          among: dependents(changed),
        },
      })),
    ),
  ).toEqual([]);
  const itself = views.map((view) => ({
    name: 'unchanged',
    scope: { sides: ['wall 2'] } as const,
    statement: orReplace(view),
  }));
  expect(await survivors(itself.slice(0, 2), WORLDS.slice(0, 1))).toEqual(['unchanged', 'unchanged']);
});

test('every policy matters, whole and clause by clause', { timeout: timeLimit(600_000) }, async () => {
  const { rows } = await owner.query<Policy>(
    `select tablename as table, policyname as name, cmd, roles::text[] as roles, qual, with_check as "withCheck" from pg_policies
     where policyname <> 'system' and tablename not in ('setting', 'oauth_model', 'signing_key')
       -- What the rule itself writes, it writes in functions: rule-role.test.ts.
       and (policyname = 'rule' and tablename <> 'series' or roles <> '{jhe_rule}')`,
  );
  expect(rows.length).toBeGreaterThan(80);
  const dependents = await readDependents();
  const whole = rows.flatMap((policy): (Mutant & { rule: boolean })[] => [
    {
      name: `drop ${policy.name} on ${policy.table}`,
      ...(policy.name === 'rule'
        ? { scope: { sides: ['wall 2'], among: closest(policy.table, dependents(policy.table)) } }
        : toldBy(policy, 'less')),
      rule: policy.name === 'rule',
      statement: dropped(policy),
    },
    ...(['qual', 'withCheck'] as const)
      .filter((part) => policy[part] !== null && policy.name !== 'rule')
      .map((part) => ({
        name: `${policy.name} on ${policy.table} ${part === 'qual' ? 'using' : 'with check'} (true)`,
        ...toldBy(policy, 'more'),
        rule: false,
        statement: recreated(policy, { [part]: 'true' }),
      })),
  ]);
  const statements = (await statementsOfRule()).filter(
    (statement) => /^create policy/m.test(statement) && !statement.includes('format('),
  );
  const clauses = statements.flatMap((statement) => {
    const [, name, table] = /create policy (\w+) on (\w+)/.exec(statement)!;
    const policy = rows.find((row) => row.name === name && row.table === table);
    if (!policy) return [];
    return removeEachClause(statement).map((mutant) => ({
      name: `${name} on ${table}: ${mutant.name}`,
      // Without a clause of what must not be, less is let through.
      ...toldBy(policy, /not (exists|in)/.test(statement) ? undefined : 'more'),
      rule: false,
      statement: `${dropped(policy)}; ${mutant.text.replace(/^[\s\S]*create policy/, 'create policy')}`,
    }));
  });
  expect(clauses.length).toBeGreaterThan(8);
  const mutants = [...whole, ...clauses];
  expect(await survivors(mutants.filter(({ writes, rule }) => !writes && !rule))).toEqual([]);
  // A write that is tried is planned with every policy of its table: minutes, so that this is every night's.
  if (rounds(0, 1) === 1) {
    expect(await survivors(mutants.filter(({ writes }) => writes))).toEqual([]);
    // What the rule itself does not see shows in what stands on it: in the nearest first, then in everything.
    const unseen = await survivors(
      mutants.filter(({ rule }) => rule),
      WORLDS.slice(0, 4),
    );
    const rest = mutants.filter(({ name }) => unseen.includes(name));
    expect(await survivors(rest.map((mutant) => ({ ...mutant, scope: { sides: ['wall 2'] } })))).toEqual([]);
  }
  const itself = rows.slice(0, 2).map((policy) => ({
    name: 'unchanged',
    ...toldBy(policy, 'less'),
    statement: recreated(policy, {}),
  }));
  expect(await survivors(itself, WORLDS.slice(0, 1))).toEqual(['unchanged', 'unchanged']);
});

test('row security itself matters on every table', { timeout: timeLimit(600_000) }, async () => {
  const { rows } = await owner.query<{ table: string }>(
    `select distinct tablename as table from pg_policies
     where policyname <> 'system' and roles <> '{jhe_rule}'
       and tablename not in ('setting', 'oauth_model', 'signing_key')`,
  );
  const mutants = rows.map(({ table }) => ({
    name: `disable row level security on ${table}`,
    scope: { sides: ['wall 2'], among: new Set([table]) } as const,
    statement: `alter table ${table} disable row level security`,
  }));
  expect(await survivors(mutants)).toEqual([]);
});

type Policy = {
  table: string;
  name: string;
  cmd: string;
  roles: string[];
  qual: string | null;
  withCheck: string | null;
};

/** Reading shows a policy for reading; the writes of its table show the others. */
function toldBy({ cmd, table }: Policy, letsThrough: Writes['letsThrough']): Partial<Mutant> {
  if (cmd === 'SELECT') return { scope: { sides: ['wall 2'], among: new Set([table]) } };
  return { writes: { table, cmd, letsThrough } };
}

const dropped = ({ name, table }: Policy) => `drop policy ${name} on ${table}`;

function recreated(policy: Policy, change: { qual?: string; withCheck?: string }): string {
  const { name, table, cmd, roles, qual, withCheck } = { ...policy, ...change };
  return `${dropped(policy)}; create policy ${name} on ${table} for ${cmd} to ${roles.join(', ')}
    ${qual === null ? '' : `using (${qual})`} ${withCheck === null ? '' : `with check (${withCheck})`}`;
}
