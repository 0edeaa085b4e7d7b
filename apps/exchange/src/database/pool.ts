import pg from 'pg';

// bigint: every id is allocated below 2^53 (see the migrations), so a number holds it exactly.
pg.types.setTypeParser(pg.types.builtins.INT8, Number);
const [TEXT_ARRAY, INT8_ARRAY] = [1009, 1016];
const parseTextArray = pg.types.getTypeParser(TEXT_ARRAY) as (text: string) => string[];
pg.types.setTypeParser(INT8_ARRAY as number, (text) => parseTextArray(text).map(Number));
// json stays text: a submitted data point is passed on byte for byte, never parsed just to be printed.
pg.types.setTypeParser(pg.types.builtins.JSON, (text) => text);
// date stays YYYY-MM-DD: a birth date has no time zone.
pg.types.setTypeParser(pg.types.builtins.DATE, (text) => text);

export type Pool = pg.Pool;
export type Connection = pg.PoolClient;

/** Opens a pool on a PostgreSQL connection string (unix sockets included). Connects on first use. */
export function openPool(connectionString: string, size: number): Pool {
  const pool = new pg.Pool({ connectionString, max: size, application_name: 'jhe' });
  // An idle connection that breaks (a restart of PostgreSQL) is replaced on the next use; nobody waits for it now.
  pool.on('error', () => {});
  // One that breaks while in use fails the query under way, which is enough; unheard, it would end the process.
  pool.on('connect', (client) => client.on('error', () => {}));
  return pool;
}
