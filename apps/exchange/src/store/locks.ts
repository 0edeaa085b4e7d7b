/**
 * What a deed holds to the end of its transaction, always in this order: people, organizations, studies (what is below
 * them, enrolments, consents and series, is held by holding the person), each list by id. Shared, unless the deed changes
 * the thing: an upload shares the person, an answer and an enrolment change it. So two deeds about one person follow each
 * other, and none decides by facts that another is just taking away.
 */
import type { Sight } from '../access/sight.ts';
import { sql } from '../database/sql.ts';

type Queryable = Pick<Sight, 'query'>;
export type Hold = 'shared' | 'exclusive';

/** What is held, in the order in which it is; the number keeps ids of different things apart. */
const THINGS = { people: 1, organizations: 2, studies: 3 } as const;

async function hold(
  sight: Queryable,
  thing: keyof typeof THINGS,
  ids: readonly number[],
  how: Hold,
): Promise<void> {
  if (ids.length === 0) return;
  const keys = sql`(
    select distinct (${THINGS[thing]}::bigint << 54) + w.id as key
    from unnest(${ids}::bigint[]) as w (id) order by key) k`;
  await sight.query(
    how === 'shared'
      ? sql`select pg_advisory_xact_lock_shared(k.key)::text as held from ${keys}`
      : sql`select pg_advisory_xact_lock(k.key)::text as held from ${keys}`,
  );
}

/** Holds what is about these patients' records. */
export const holdPeople = (sight: Queryable, patientIds: readonly number[], how: Hold) =>
  hold(sight, 'people', patientIds, how);

/** Holds who belongs to these organizations. */
export const holdOrganizations = (sight: Queryable, organizationIds: readonly number[], how: Hold) =>
  hold(sight, 'organizations', organizationIds, how);

/** Holds what these studies are and ask. */
export const holdStudies = (sight: Queryable, studyIds: readonly number[], how: Hold) =>
  hold(sight, 'studies', studyIds, how);

/**
 * What a deed would have had to hold first came to be while it waited for the rest: it cannot be held any more in the order
 * that all keep. The gate begins the deed anew, as it does for `serialization_failure`.
 */
export class Overtaken extends Error {
  override readonly name = 'Overtaken';
  readonly code = '40001';
}
