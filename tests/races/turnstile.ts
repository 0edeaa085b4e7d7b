/**
 * Races whose outcome is decided: the owner of the database holds a row that the first deed needs in its middle, so that
 * the first stops there while the second goes on; then the row is let go. The clock of the machine decides nothing.
 */
import { setTimeout as pause } from 'node:timers/promises';
import type { Connection, Pool } from '../../apps/exchange/src/database/pool.ts';
import type { TestDatabase } from '../setup/database.ts';

const LONGEST_WAIT_MS = 10_000;

/**
 * `hold` is a statement that locks a row until it is rolled back. The second deed begins when the first waits for it (or
 * has ended without), and the row is let go when the second has ended, or waits itself. Answers both.
 */
export async function passInTurn<First, Second>(
  { owner }: Pick<TestDatabase, 'owner'>,
  hold: Readonly<{ text: string; values?: unknown[] }>,
  first: () => Promise<First>,
  second: () => Promise<Second>,
): Promise<[First, Second]> {
  const holder: Connection = await owner.connect();
  let one: Promise<First> | undefined;
  let two: Promise<Second> | undefined;
  try {
    await holder.query('begin');
    await holder.query(hold.text, hold.values ?? []);
    one = first();
    await endsOrWaits(owner, one, 1);
    two = second();
    await endsOrWaits(owner, two, 2);
  } finally {
    await holder.query('rollback');
    holder.release();
    // Neither is left behind when something above failed.
    await Promise.allSettled([one, two]);
  }
  return Promise.all([one, two]);
}

/** Until the deed has ended, or as many connections of this database wait for a lock. */
async function endsOrWaits(owner: Pool, deed: Promise<unknown>, waiting: number): Promise<void> {
  let ended = false;
  const end = () => {
    ended = true;
  };
  deed.then(end, end);
  for (let waitedMs = 0; !ended && waitedMs < LONGEST_WAIT_MS; waitedMs += 2) {
    await pause(2);
    const { rows } = await owner.query(
      `select count(*)::int as waiting from pg_stat_activity
       where datname = current_database() and wait_event_type = 'Lock'`,
    );
    if (rows[0].waiting >= waiting) return;
  }
}
