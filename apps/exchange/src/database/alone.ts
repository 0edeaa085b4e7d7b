import { type Connection, openPool } from './pool.ts';

/**
 * Does something that no other process of this database does at the same time: waits until whoever is at it has ended,
 * by itself or by a kill. `name` is what is done. Needs the owner's connection, which is kept open meanwhile.
 */
export const alone = <T>(ownerUrl: string, name: string, body: () => Promise<T>): Promise<T> =>
  holding(ownerUrl, async (connection) => {
    await connection.query('select pg_advisory_lock(hashtextextended($1, 0))', [`jhe ${name}`]);
    return body();
  });

/** The same, but throws `refusal` at once when somebody is at it. */
export const aloneOr = <T>(
  ownerUrl: string,
  name: string,
  refusal: string,
  body: () => Promise<T>,
): Promise<T> =>
  holding(ownerUrl, async (connection) => {
    const { rows } = await connection.query<{ got: boolean }>(
      'select pg_try_advisory_lock(hashtextextended($1, 0)) as got',
      [`jhe ${name}`],
    );
    if (!rows[0]?.got) throw new Error(refusal);
    return body();
  });

/** A lock belongs to its connection: a pool of one that keeps it open until the end. */
async function holding<T>(ownerUrl: string, body: (connection: Connection) => Promise<T>): Promise<T> {
  const pool = openPool(ownerUrl, 1);
  try {
    const connection = await pool.connect();
    try {
      return await body(connection);
    } finally {
      connection.release(true);
    }
  } finally {
    await pool.end();
  }
}
