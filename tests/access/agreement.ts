/**
 * Do the three statements of the access rule agree on this world? domain/may.ts (the words), access/compile.ts (wall 1)
 * and the row security of PostgreSQL (wall 2), for every person, every relation and every row, and for every kind of
 * write. Answers the first disagreements found, in words; none means agreement.
 */
import type { compile } from '../../apps/exchange/src/access/compile.ts';
import type { Connection } from '../../apps/exchange/src/database/pool.ts';
import { type Sql, sql } from '../../apps/exchange/src/database/sql.ts';
import type { World } from '../../apps/exchange/src/domain/may.ts';
import type { Principal } from '../../apps/exchange/src/domain/principal.ts';
import { AUTHORITY, nameOf, PROTECTED, type Relation, type Row, signedIn } from './relations.ts';
import { CODES, NARROWINGS, principalsOf } from './world.ts';
import { attemptsOf } from './write-attempts.ts';

type Database = Pick<Connection, 'query'>;
type Compile = typeof compile;

/** What to compare; everything unless told otherwise. `writesTo` keeps the attempts whose statement names a table. */
export type Scope = Readonly<{
  stopAtFirst?: boolean;
  sides?: readonly ('wall 1' | 'wall 2' | 'writes')[];
  writesTo?: RegExp;
  /** Of the writes at most so many for each person, other ones for the next person and in the next world. */
  mostWrites?: number;
  /** Of wall 2 only what is one of these tables and views. */
  among?: ReadonlySet<string>;
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
  { stopAtFirst = false, sides = ALL_SIDES, writesTo = /./, mostWrites, changedFrom, among }: Scope = {},
): Promise<string[]> {
  const found: string[] = [];
  const universe = await readUniverse(owner, world);
  const done = () => stopAtFirst && found.length > 0;

  for (const [index, principal] of principalsOf(world).entries()) {
    if (sides.includes('wall 2'))
      found.push(...(await compareWall2(owner, world, principal, universe, among)));
    if (done()) return found;
    // Two of the patients besides one's own, other ones for the next person and in the next world: each takes its time.
    const about = world.patients
      .filter(({ id }, i) => id === principal.patientId || (i + index + world.enrollments.length) % 3 === 0)
      .map(({ id }) => id);
    if (sides.includes('writes'))
      found.push(
        ...(await compareWrites(owner, world, principal, { writesTo, mostWrites, turn: index }, about)),
      );
    if (done()) return found;
    if (!sides.includes('wall 1') || !isActive(world, principal)) continue;
    // Some of them, other ones for the next person and in the next world: each statement takes long to plan. A changed
    // compiler meets them all: only what it changed is asked.
    const turn = index + world.enrollments.length;
    const narrowings = NARROWINGS.filter((_, i) => changedFrom !== undefined || (i + turn) % 4 === 0);
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
    keeper: [0, 1, 2, 3],
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
  await owner.query(actingAs(principal));
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
  among?: ReadonlySet<string>,
): Promise<string[]> {
  const all = [...PROTECTED, ...AUTHORITY].filter(
    (relation) => among === undefined || among.has(nameOf(relation)),
  );
  if (all.length === 0) return [];
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
  { writesTo, mostWrites, turn }: { writesTo: RegExp; mostWrites: number | undefined; turn: number },
  about: readonly number[],
): Promise<string[]> {
  const all = attemptsOf(world, principal, about).filter(({ statement }) => writesTo.test(statement));
  const step = mostWrites === undefined ? 1 : Math.max(1, Math.ceil(all.length / mostWrites));
  const attempts = all.filter((_, i) => (i + turn + world.enrollments.length) % step === 0);
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

/** Thousands of small statements, each planned with every policy of its table: what takes long is the plan, not the rows. */
export const PLAN_BRIEFLY = 'set jit = off; set from_collapse_limit = 3; set join_collapse_limit = 3';

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
  await owner.query(`set local role ${role}; ${actingAs(principal)}`);
  try {
    return await body();
  } finally {
    // After a failed statement the transaction is aborted and this fails too; the first error is the one to see.
    await owner.query('reset role').catch(() => {});
  }
}

export const grantOf = ({ session }: Principal) => (session.kind === 'person' ? session.grantId : '');

/** As the gate says who acts, in which session. */
const actingAs = (principal: Principal) =>
  `set local jhe.user_id = '${principal.userId}'; set local jhe.client_id = '${principal.clientId}';
   set local jhe.grant_id = '${grantOf(principal)}'`;

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
