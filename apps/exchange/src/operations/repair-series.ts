import type { Sight } from '../access/sight.ts';
import { holdPeople } from '../store/locks.ts';
import * as series from '../store/series-repair.ts';

type Queryable = Pick<Sight, 'query'>;

/** `check` only counts. */
export type RepairMode = 'check' | 'repair';

/**
 * Compares every series with the readings that it counts, and mends those that differ: some patients at a time, each time
 * in a transaction that `inTransaction` opens, so that nobody waits long, until `isOver`. Returns how many differed.
 */
export async function repairSeries(
  inTransaction: <T>(body: (sight: Queryable) => Promise<T>) => Promise<T>,
  mode: RepairMode,
  isOver: () => boolean = () => false,
): Promise<number> {
  let wrong = 0;
  for (let after: number | undefined = 0; after !== undefined && !isOver(); ) {
    const from: number = after;
    const round = await inTransaction(async (sight) => {
      const patientIds = await series.nextPatients(sight, from);
      if (mode === 'repair') await holdPeople(sight, patientIds, 'exclusive');
      const compare = mode === 'repair' ? series.repair : series.countWrong;
      return { last: patientIds.at(-1), found: await compare(sight, patientIds) };
    });
    wrong += round.found;
    after = round.last;
  }
  return wrong;
}
