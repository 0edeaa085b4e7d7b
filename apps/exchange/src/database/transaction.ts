import { type Connection, noteLoss, openingOf } from './pool.ts';

/**
 * One transaction: `opening` is what it sets for itself. Commits when `body` is done and rolls back when it throws. A
 * connection that was lost is not asked for a rollback, which PostgreSQL does by itself and which might never answer.
 * The opening asks for no work, so a database that does not answer it soon is away: nobody waits for as long as a
 * statement may take to find that out.
 */
export async function inTransaction<T>(
  connection: Connection,
  opening: string,
  body: () => Promise<T>,
): Promise<T> {
  try {
    await connection.query(openingOf(connection, opening));
    const result = await body();
    const { command } = await connection.query('commit');
    // PostgreSQL answers so, without an error, when a statement had failed and nobody was told.
    if (command === 'ROLLBACK') throw new Error('the transaction was rolled back instead of committed');
    return result;
  } catch (error) {
    if (!noteLoss(connection, error)) {
      await connection.query('rollback').catch((fault) => noteLoss(connection, fault, true));
    }
    throw error;
  }
}
