/** Is a changed policy told apart by a write? The writes that it could answer otherwise, tried until the first that it does. */
import type { Connection } from '../../apps/exchange/src/database/pool.ts';
import type { World } from '../../apps/exchange/src/domain/may.ts';
import { DEFINE_ATTEMPT, grantOf } from './agreement.ts';
import { principalsOf } from './world.ts';
import { type Attempt, attemptsOf } from './write-attempts.ts';

/**
 * The writes of one table that a change could answer otherwise. Policies only ever allow: without one, less is let through,
 * and without a clause of one, more; so that what is refused (or allowed) already needs no asking.
 */
export type Writes = Readonly<{ table: string; cmd: string; letsThrough?: 'more' | 'less' | undefined }>;

type Tried = Attempt & Readonly<{ userId: number; grantId: string; clientId: string }>;

const STATEMENTS: Readonly<Record<string, string>> = {
  INSERT: 'insert into',
  UPDATE: 'update',
  DELETE: 'delete from',
  ALL: '(?:insert into|update|delete from)',
};

export const DEFINE_FIRST_DIFFERENCE = `
  ${DEFINE_ATTEMPT};
  create function pg_temp.first_difference(users text[], grants text[], clients text[], statements text[], expected text[])
  returns integer language plpgsql as $$
  begin
    for i in 1 .. coalesce(cardinality(statements), 0) loop
      perform set_config('jhe.user_id', users[i], true), set_config('jhe.grant_id', grants[i], true),
        set_config('jhe.client_id', clients[i], true);
      if pg_temp.attempt(statements[i]) <> expected[i] then
        return i;
      end if;
    end loop;
    return null;
  end
  $$`;

const EVERY_WRITE = new WeakMap<World, readonly Tried[]>();

/** Every write of everybody, with what the rule says: the same for all that is tried in a world. */
function everyWrite(world: World): readonly Tried[] {
  const known = EVERY_WRITE.get(world);
  if (known) return known;
  const about = world.patients.map(({ id }) => id);
  const all = principalsOf(world).flatMap((principal) =>
    attemptsOf(world, principal, about).map((attempt) => ({
      ...attempt,
      userId: principal.userId,
      grantId: grantOf(principal),
      clientId: principal.clientId,
    })),
  );
  EVERY_WRITE.set(world, all);
  return all;
}

/** Which row a write is about, and who tries. */
const rowOf = ({ statement }: Attempt) =>
  statement
    .match(/\b\d+\b/g)
    ?.slice(0, 3)
    .join() ?? '';
const rowOfOne = (write: Tried) => `${write.userId} ${write.grantId} ${write.clientId} ${rowOf(write)}`;

/**
 * A missing clause shows soonest in a row to which the same person may do something else; then in one to which somebody may;
 * and sometimes in any other: how much of what is tried goes to each.
 */
const SHARES = [0.6, 0.3, 0.1];

/** So many of all, of everybody and everything, other ones for another turn. */
function spread<T>(all: readonly T[], most: number, turn: number): readonly T[] {
  const step = Math.max(1, Math.ceil(all.length / most));
  return all.filter((_, i) => (i + turn) % step === 0);
}

/**
 * Inside an open transaction of the owner, with the changed policy in place. At most `most` writes, spread over everybody
 * and everything, other ones in each world; answers the statement that tells.
 */
export async function toldByWrites(
  owner: Pick<Connection, 'query'>,
  world: World,
  { table, cmd, letsThrough }: Writes,
  most: number,
): Promise<string | undefined> {
  const about = new RegExp(`(?:^|;)\\s*${STATEMENTS[cmd]} ${table}\\b`);
  const ofTable = everyWrite(world).filter(({ statement }) => about.test(statement));
  const possible = ofTable.filter(({ allowed }) => allowed);
  const theirs = new Set(possible.map(rowOfOne));
  const somebodys = new Set(possible.map(rowOf));
  const all = ofTable.filter(
    ({ allowed }) =>
      letsThrough === undefined || typeof allowed === 'number' || allowed === (letsThrough === 'less'),
  );
  const nearness = (write: Tried) => (theirs.has(rowOfOne(write)) ? 0 : somebodys.has(rowOf(write)) ? 1 : 2);
  const turn = world.enrollments.length;
  const tried = SHARES.flatMap((share, near) =>
    spread(
      all.filter((write) => nearness(write) === near),
      most * share,
      turn,
    ),
  );
  await owner.query('set local role jhe_writer');
  try {
    const { rows } = await owner.query<{ first: number | null }>(
      'select pg_temp.first_difference($1, $2, $3, $4, $5) as first',
      [
        tried.map(({ userId }) => String(userId)),
        tried.map(({ grantId }) => grantId),
        tried.map(({ clientId }) => clientId),
        tried.map(({ statement }) => statement),
        tried.map(({ allowed }) => String(Number(allowed))),
      ],
    );
    const first = rows[0]?.first ?? null;
    return first === null ? undefined : tried[first - 1]!.statement;
  } finally {
    await owner.query('reset role').catch(() => {});
  }
}
