/**
 * Do the three statements of the access rule agree on this world? domain/may.ts (the words), access/compile.ts (wall 1)
 * and the row security of PostgreSQL (wall 2), for every person, every relation and every row, and for every kind of
 * write. Answers the first disagreements found, in words; none means agreement.
 */
import type { compile } from '../../apps/exchange/src/access/compile.ts';
import type { Relations } from '../../apps/exchange/src/access/sight.ts';
import type { Connection } from '../../apps/exchange/src/database/pool.ts';
import { type Sql, sql } from '../../apps/exchange/src/database/sql.ts';
import type { World } from '../../apps/exchange/src/domain/may.ts';
import * as may from '../../apps/exchange/src/domain/may.ts';
import type { Principal } from '../../apps/exchange/src/domain/principal.ts';
import { CODES, NARROWINGS, principalsOf } from './world.ts';
import { attemptsOf } from './write-attempts.ts';

type Database = Pick<Connection, 'query'>;
type Compile = typeof compile;
type Row = Record<string, number>;

/** One relation: how wall 1 names it, the bare table or view of wall 2, the columns that tell rows apart, the rule. */
type Relation = {
  wall1: keyof Relations;
  wall2: string;
  columns: readonly string[];
  rule(world: World, principal: Principal, row: Row): boolean;
};

const seriesRule = (world: World, principal: Principal, row: Row) =>
  may.mayReadSeries(world, principal, { patientId: row.patient_id!, codeId: row.code_id! });
const patientRule = (world: World, principal: Principal, row: Row) =>
  may.mayReadPatient(world, principal, { patientId: row.patient_id! });
const studyRule = (world: World, principal: Principal, row: Row) =>
  may.mayReadStudy(world, principal, { studyId: row.study_id! });
const consentRule = (world: World, principal: Principal, row: Row) =>
  may.mayReadConsent(world, principal, { patientId: row.patient_id!, studyId: row.study_id! });
const signedIn = (world: World, principal: Principal) =>
  world.users.some((user) => user.id === principal.userId && user.active);

const PROTECTED: readonly Relation[] = [
  { wall1: 'observations', wall2: 'observation', columns: ['patient_id', 'code_id', 'id'], rule: seriesRule },
  {
    wall1: 'observationIdentifiers',
    wall2: 'observation_identifier',
    columns: ['patient_id', 'code_id'],
    rule: seriesRule,
  },
  { wall1: 'series', wall2: 'series', columns: ['patient_id', 'code_id'], rule: seriesRule },
  {
    wall1: 'patients',
    wall2: '(select *, id as patient_id from patient)',
    columns: ['patient_id'],
    rule: patientRule,
  },
  {
    wall1: 'nameablePatients',
    wall2: '(select *, id as patient_id from patient)',
    columns: ['patient_id'],
    rule: (w, p, row) => may.mayNamePatient(w, p, { patientId: row.patient_id! }),
  },
  { wall1: 'patientIdentifiers', wall2: 'patient_identifier', columns: ['patient_id'], rule: patientRule },
  {
    wall1: 'patientOrganizations',
    wall2: 'patient_organization',
    columns: ['patient_id', 'organization_id'],
    rule: (w, p, row) =>
      may.mayReadPatientOrganization(w, p, {
        patientId: row.patient_id!,
        organizationId: row.organization_id!,
      }),
  },
  {
    wall1: 'studies',
    wall2: '(select *, id as study_id from study)',
    columns: ['id'],
    rule: (w, p, row) => may.mayReadStudy(w, p, { studyId: row.id! }),
  },
  { wall1: 'requestedCodes', wall2: 'requested_code', columns: ['study_id', 'code_id'], rule: studyRule },
  { wall1: 'studyClients', wall2: 'study_client', columns: ['study_id'], rule: studyRule },
  { wall1: 'studyDataSources', wall2: 'study_data_source', columns: ['study_id'], rule: studyRule },
  { wall1: 'enrollments', wall2: 'enrollment', columns: ['patient_id', 'study_id'], rule: consentRule },
  { wall1: 'consents', wall2: 'consent', columns: ['patient_id', 'study_id', 'code_id'], rule: consentRule },
  { wall1: 'consentEvents', wall2: 'consent_event', columns: ['patient_id', 'study_id'], rule: consentRule },
  {
    wall1: 'invitations',
    wall2: '(select id, patient_id from invitation)',
    columns: ['patient_id'],
    rule: (w, p, row) => may.mayReadInvitation(w, p, { patientId: row.patient_id! }),
  },
  {
    wall1: 'auditEvents',
    wall2: 'audit_event',
    columns: ['patient_id', 'id'],
    rule: (w, p, row) => may.mayReadAuditEvent(w, p, { patientId: row.patient_id! }),
  },
  {
    wall1: 'users',
    wall2: '(select id, email from app_user)',
    columns: ['id'],
    rule: (w, p, row) => may.mayReadUser(w, p, { userId: row.id! }),
  },
  {
    wall1: 'practitioners',
    wall2: 'practitioner',
    columns: ['id', 'user_id'],
    rule: (w, p, row) => may.mayReadPractitioner(w, p, { practitionerId: row.id!, userId: row.user_id! }),
  },
  {
    wall1: 'organizations',
    wall2: 'organization',
    columns: ['id'],
    rule: (w, p, row) => may.mayReadOrganization(w, p, { organizationId: row.id! }),
  },
  {
    wall1: 'memberships',
    wall2: 'membership',
    columns: ['practitioner_id', 'organization_id'],
    rule: (w, p, row) =>
      may.mayReadMembership(w, p, {
        practitionerId: row.practitioner_id!,
        organizationId: row.organization_id!,
      }),
  },
  { wall1: 'codes', wall2: 'code', columns: ['id'], rule: signedIn },
  { wall1: 'dataSources', wall2: 'data_source', columns: ['id'], rule: signedIn },
  { wall1: 'dataSourceCodes', wall2: 'data_source_code', columns: ['id'], rule: signedIn },
  { wall1: 'clients', wall2: '(select id from client)', columns: ['id'], rule: signedIn },
  { wall1: 'clientDataSources', wall2: 'client_data_source', columns: ['id'], rule: signedIn },
];

/** Who may act where: relations whose universe is every combination of ids. */
const AUTHORITY: readonly Relation[] = [
  {
    wall1: 'managedOrganizations',
    wall2: 'managed_organization',
    columns: ['organization_id'],
    rule: (w, p, row) => may.mayManage(w, p, { organizationId: row.organization_id! }),
  },
  {
    wall1: 'governedOrganizations',
    wall2: 'governed_organization',
    columns: ['organization_id'],
    rule: (w, p, row) => may.mayGovern(w, p, { organizationId: row.organization_id! }),
  },
  {
    wall1: 'manageableStudies',
    wall2: 'manageable_study',
    columns: ['study_id', 'organization_id'],
    rule: (w, p, row) =>
      w.studies.some((s) => s.id === row.study_id && s.organizationId === row.organization_id) &&
      may.mayManage(w, p, { organizationId: row.organization_id! }),
  },
  {
    wall1: 'manageablePatients',
    wall2: 'manageable_patient',
    columns: ['patient_id', 'organization_id'],
    rule: (w, p, row) =>
      w.patientOrganizations.some(
        (po) => po.patientId === row.patient_id && po.organizationId === row.organization_id,
      ) && may.mayManage(w, p, { organizationId: row.organization_id! }),
  },
  {
    wall1: 'readableSeries',
    wall2: 'readable_series',
    columns: ['patient_id', 'code_id', 'study_id'],
    rule: (w, p, row) => {
      const through = { ...w, studies: w.studies.filter((s) => s.id === row.study_id) };
      // As a stranger to the patient, so that only the way through the study counts.
      const stranger = {
        ...through,
        patients: through.patients.filter((patient) => patient.userId !== p.userId),
      };
      return may.mayReadSeries(
        stranger,
        { ...p, grants: FULL },
        { patientId: row.patient_id!, codeId: row.code_id! },
      );
    },
  },
  {
    wall1: 'sharedSeries',
    wall2: 'shared_series',
    columns: ['patient_id', 'code_id', 'study_id', 'organization_id'],
    rule: (w, p, row) => {
      const series = { patientId: row.patient_id!, codeId: row.code_id! };
      const study = w.studies.find((s) => s.id === row.study_id && s.organizationId === row.organization_id);
      return study !== undefined && may.mayReadSharedSeries(w, p, { ...series, studyId: study.id });
    },
  },
  {
    wall1: 'answerableSeries',
    wall2: 'answerable_series',
    columns: ['patient_id', 'study_id', 'code_id'],
    rule: (w, p, row) =>
      may.mayAnswer(w, p, { patientId: row.patient_id!, studyId: row.study_id!, codeId: row.code_id! }),
  },
  {
    wall1: 'recordableSeries',
    wall2: 'recordable_series',
    columns: ['patient_id', 'code_id'],
    rule: (w, p, row) => may.mayRecord(w, p, { patientId: row.patient_id!, codeId: row.code_id! }),
  },
];

const FULL = [{ context: 'user', type: '*', letters: 'cruds' }] as const;

/** What to compare; everything unless told otherwise. `writesTo` keeps the attempts whose statement names a table. */
export type Scope = Readonly<{
  stopAtFirst?: boolean;
  sides?: readonly ('wall 1' | 'wall 2' | 'writes')[];
  writesTo?: RegExp;
  /** Of wall 1 only what this compiler, which is known to agree, says otherwise. */
  changedFrom?: Compile;
}>;
const ALL_SIDES = ['wall 1', 'wall 2', 'writes'] as const;

/** Wall 1 does not know of deactivation: the gate makes no Principal of a deactivated person. */
const isActive = (world: World, principal: Principal) => signedIn(world, principal);

/**
 * Runs inside an open transaction of the owner (a superuser, whom no row security binds).
 * `compileWith` is the compiler under test.
 */
export async function disagreements(
  owner: Database,
  world: World,
  compileWith: Compile,
  { stopAtFirst = false, sides = ALL_SIDES, writesTo = /./, changedFrom }: Scope = {},
): Promise<string[]> {
  const found: string[] = [];
  const universe = await readUniverse(owner, world);
  const done = () => stopAtFirst && found.length > 0;

  for (const [index, principal] of principalsOf(world).entries()) {
    if (sides.includes('wall 2')) found.push(...(await compareWall2(owner, world, principal, universe)));
    if (done()) return found;
    if (sides.includes('writes')) found.push(...(await compareWrites(owner, world, principal, writesTo)));
    if (done()) return found;
    if (!sides.includes('wall 1') || !isActive(world, principal)) continue;
    // Half of them, other ones for the next person and in the next world: each statement takes long to plan.
    const turn = index + world.enrollments.length;
    const narrowings = NARROWINGS.filter((_, i) => (i + turn) % 2 === 0);
    for (const { grants, launchedFor } of [{ grants: principal.grants }, ...narrowings]) {
      const narrowed = { ...principal, grants, patientInContext: launchedFor ?? principal.patientInContext };
      found.push(...(await compareWall1(owner, world, narrowed, universe, compileWith, changedFrom)));
      if (done()) return found;
    }
  }
  return found;
}

type Universe = Map<Relation, Row[]>;

async function readUniverse(owner: Database, world: World): Promise<Universe> {
  const universe: Universe = new Map();
  const texts = PROTECTED.map((relation) => listOf(relation, relation.wall2));
  const { rows } = await owner.query({ text: `select ${texts.join(', ')}`, rowMode: 'array' });
  for (const [i, relation] of PROTECTED.entries()) {
    universe.set(
      relation,
      (rows[0] as unknown as string[][])[i]!.map((key) => toRow(relation, String(key))),
    );
  }
  const values: Record<string, number[]> = {
    organization_id: world.organizations.map((o) => o.id),
    study_id: world.studies.map((s) => s.id),
    patient_id: world.patients.map((p) => p.id),
    code_id: CODES,
  };
  for (const relation of AUTHORITY) {
    const combinations = relation.columns.reduce<Row[]>(
      (partial, column) =>
        partial.flatMap((row) => values[column]!.map((value) => ({ ...row, [column]: value }))),
      [{}],
    );
    universe.set(relation, combinations);
  }
  return universe;
}

async function compareWall1(
  owner: Database,
  world: World,
  principal: Principal,
  universe: Universe,
  compileWith: Compile,
  changedFrom?: Compile,
): Promise<string[]> {
  const relations = compileWith(principal);
  const known = changedFrom?.(principal);
  const all = [...PROTECTED, ...AUTHORITY].filter(
    ({ wall1 }) => known === undefined || !isSameSql(relations[wall1], known[wall1]),
  );
  if (all.length === 0) return [];
  let statement: Sql = sql`select 1`;
  for (const relation of all) {
    const columns = relation.columns.map((column) => `t.${column}`).join(" || '/' || ");
    statement = sql`${statement}, (select coalesce(array_agg(distinct ${raw(columns)}), '{}') from ${relations[relation.wall1]} t)`;
  }
  // The views of the rule answer for the user of the transaction, as the gate sets it.
  await owner.query(`set local jhe.user_id = '${principal.userId}'`);
  const { rows } = await owner.query({ text: statement.text, values: statement.values, rowMode: 'array' });
  const [, ...seen] = rows[0] as unknown as [number, ...string[][]];
  return all.flatMap((relation, i) =>
    compare('wall 1', relation, relation.wall1, world, principal, universe, seen[i]!),
  );
}

const isSameSql = (one: Sql, other: Sql) =>
  one.text === other.text && JSON.stringify(one.values) === JSON.stringify(other.values);

async function compareWall2(
  owner: Database,
  world: World,
  principal: Principal,
  universe: Universe,
): Promise<string[]> {
  const all = [...PROTECTED, ...AUTHORITY];
  const texts = all.map((relation) => listOf(relation, relation.wall2));
  const { rows } = await asRole(owner, 'jhe_reader', principal, () =>
    owner.query({ text: `select ${texts.join(', ')}`, rowMode: 'array' }),
  );
  const seen = rows[0] as unknown as string[][];
  return all.flatMap((relation, i) =>
    compare('wall 2', relation, relation.wall2, world, principal, universe, seen[i]!),
  );
}

function compare(
  wall: string,
  relation: Relation,
  name: string,
  world: World,
  principal: Principal,
  universe: Universe,
  seen: readonly string[],
): string[] {
  const sees = new Set(seen);
  const should = new Set(
    universe
      .get(relation)!
      .filter((row) => relation.rule(world, principal, row))
      .map((row) => keyOf(relation, row)),
  );
  const who = `user ${principal.userId} about ${principal.patientInContext} with ${JSON.stringify(principal.grants)}`;
  return [
    ...[...sees].filter((key) => !should.has(key)).map((key) => `${wall} shows ${name} ${key} to ${who}`),
    ...[...should].filter((key) => !sees.has(key)).map((key) => `${wall} hides ${name} ${key} from ${who}`),
  ];
}

/** Every write that anybody might try, straight at the tables: wall 2 must take exactly those that the rule allows. */
async function compareWrites(
  owner: Database,
  world: World,
  principal: Principal,
  writesTo: RegExp,
): Promise<string[]> {
  const attempts = attemptsOf(world, principal).filter(({ statement }) => writesTo.test(statement));
  const { rows } = await asRole(owner, 'jhe_writer', principal, () =>
    owner.query<{ result: string }>(
      'select pg_temp.attempt(s) as result from unnest($1::text[]) with ordinality as t (s, i) order by i',
      [attempts.map((attempt) => attempt.statement)],
    ),
  );
  return attempts.flatMap(({ statement, allowed }, i) => {
    const result = rows[i]!.result;
    if (result === String(Number(allowed))) return [];
    return [
      `wall 2 answers ${result} to user ${principal.userId}, who ${allowed ? 'may' : 'may not'}: ${statement}`,
    ];
  });
}

/** Tries a statement and undoes it: how many rows it would have changed, 0 when refused, the error otherwise. */
export const DEFINE_ATTEMPT = `
  create function pg_temp.attempt(statement text) returns text language plpgsql as $$
  declare
    changed integer;
  begin
    begin
      execute statement;
      get diagnostics changed = row_count;
      raise exception using errcode = 'JHE01', message = changed::text;
    exception
      when sqlstate 'JHE01' then return sqlerrm;
      when insufficient_privilege then return '0';
      when others then return sqlerrm;
    end;
  end
  $$`;

async function asRole<T>(
  owner: Database,
  role: string,
  principal: Principal,
  body: () => Promise<T>,
): Promise<T> {
  await owner.query(`set local role ${role}; set local jhe.user_id = '${principal.userId}'`);
  try {
    return await body();
  } finally {
    // After a failed statement the transaction is aborted and this fails too; the first error is the one to see.
    await owner.query('reset role').catch(() => {});
  }
}

const listOf = (relation: Relation, from: string) =>
  `(select coalesce(array_agg(distinct ${relation.columns.map((c) => `t.${c}`).join(" || '/' || ")}), '{}') from ${from} t)`.replace(
    /distinct (t\.\w+)\)/,
    'distinct $1::text)',
  );

const keyOf = (relation: Relation, row: Row) => relation.columns.map((column) => row[column]).join('/');

function toRow(relation: Relation, key: string): Row {
  const parts = key.split('/');
  return Object.fromEntries(relation.columns.map((column, i) => [column, Number(parts[i])]));
}

function raw(columns: string): Sql {
  const text = columns.includes('||') ? columns : `${columns}::text`;
  return sql([text]);
}
