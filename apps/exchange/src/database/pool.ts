import pg from 'pg';
import type { Importance } from '../domain/importance.ts';
import { isConnectionLost, toOutage } from './outage.ts';
import { createTurns } from './turns.ts';

// bigint: every id is allocated below 2^53 (see the migrations), so a number holds it exactly.
pg.types.setTypeParser(pg.types.builtins.INT8, Number);
const [TEXT_ARRAY, INT8_ARRAY] = [1009, 1016];
const parseTextArray = pg.types.getTypeParser(TEXT_ARRAY) as (text: string) => string[];
pg.types.setTypeParser(INT8_ARRAY as number, (text) => parseTextArray(text).map(Number));
// json stays text: a submitted data point is passed on byte for byte, never parsed just to be printed.
pg.types.setTypeParser(pg.types.builtins.JSON, (text) => text);
// date stays YYYY-MM-DD: a birth date has no time zone.
pg.types.setTypeParser(pg.types.builtins.DATE, (text) => text);

export type Connection = pg.PoolClient;

export type Pool = pg.Pool &
  Readonly<{
    /**
     * A connection for one transaction (database/transaction.ts), when it is one's turn; `release()` gives it back.
     * Refuses as busy when there is none to be had in time, or no database.
     */
    take(importance: Importance): Promise<Connection>;
    /** Waits for what is under way, for as long as `graceMs`; then breaks it off. */
    close(graceMs: number): Promise<void>;
  }>;

export type PoolOptions = Readonly<{
  /** How long a statement may take; without it as long as it wants (for the owner, who migrates). */
  statementMs?: number;
  /** The password of now, if it is not part of the connection string. */
  password?: () => string;
  /** Called when the password was refused; afterwards `password` may have another one. */
  renewPassword?: () => Promise<void>;
}>;

/** How long a new connection may take to be made, and a transaction to begin. */
const CONNECT_MS = 5_000;
/** PostgreSQL ends a statement that takes too long by itself; one that does not answer this much later is away. */
const SILENCE_MS = 5_000;
/** How long a connection of the server lives: what PostgreSQL remembers in it grows. */
const LIVES_SECONDS = 3_600;
const INVALID_PASSWORD = '28P01';

const soonest = (statementMs = CONNECT_MS) => Math.min(CONNECT_MS, 2 * statementMs);

/** Opens a pool on a PostgreSQL connection string (unix sockets included). Connects on first use. */
export function openPool(connectionString: string, size: number, options: PoolOptions = {}): Pool {
  const { statementMs, password, renewPassword } = options;
  const pool = new pg.Pool({
    connectionString,
    max: size,
    application_name: 'jhe',
    connectionTimeoutMillis: soonest(statementMs),
    keepAlive: true,
    // A connection has planned what it was asked: it lives on, idle or not, but not for ever.
    ...(statementMs === undefined ? {} : { idleTimeoutMillis: 0, maxLifetimeSeconds: LIVES_SECONDS }),
    ...(password === undefined ? {} : { Client: asking(password) }),
    ...(statementMs === undefined ? {} : { query_timeout: statementMs + Math.min(statementMs, SILENCE_MS) }),
  });
  const turns = createTurns(size);
  const open = new Set<Connection>();
  // An idle connection that breaks (a restart of PostgreSQL) is replaced on the next use; nobody waits for it now.
  pool.on('error', () => {});
  pool.on('connect', (client) => {
    open.add(client);
    // One that breaks while in use fails the query under way, which is enough; unheard, it would end the process.
    client.on('error', () => {});
  });
  pool.on('remove', (client) => open.delete(client));

  async function connect(): Promise<Connection> {
    try {
      return await pool.connect();
    } catch (error) {
      if (renewPassword === undefined || (error as { code?: string }).code !== INVALID_PASSWORD) throw error;
      await renewPassword();
      return pool.connect();
    }
  }

  return Object.assign(pool, {
    async take(importance: Importance) {
      const giveBack = await turns.take(importance);
      try {
        const connection = await connect();
        if (statementMs !== undefined)
          limits.set(connection, { sets: limitsOf(statementMs), openingMs: soonest(statementMs) });
        const release = connection.release;
        connection.release = (error) => {
          release(error ?? broken.has(connection));
          giveBack();
        };
        return connection;
      } catch (error) {
        giveBack();
        throw toOutage(error);
      }
    },
    async close(graceMs: number) {
      const ended = pool.end();
      let timer: NodeJS.Timeout | undefined;
      const late = new Promise((resolve) => {
        timer = setTimeout(resolve, graceMs);
      });
      await Promise.race([ended, late]);
      clearTimeout(timer);
      for (const client of open) hangUp(client);
    },
  });
}

/** A client that asks for its password each time; in the pool's own options the connection string would win. */
function asking(password: () => string): typeof pg.Client {
  return class extends pg.Client {
    constructor(config?: pg.ClientConfig) {
      super(config);
      Object.assign(this, { password });
    }
  };
}

const broken = new WeakSet<Connection>();
const limits = new WeakMap<Connection, Readonly<{ sets: string; openingMs: number }>>();

/**
 * Remembers of a connection that it is of no use any more when an error says so, or `isSure`: it is not taken again.
 * Returns whether it is.
 */
export function noteLoss(connection: Connection, error: unknown, isSure = false): boolean {
  if (isSure || isConnectionLost(error)) broken.add(connection);
  return broken.has(connection);
}

/**
 * The first words on a connection, with a time of their own to be answered in: the driver's `query_timeout`, which its
 * types do not know. `text` follows what a transaction sets for itself.
 */
export function openingOf(connection: Connection, text: string): pg.QueryConfig {
  const { sets, openingMs } = limits.get(connection) ?? { sets: '', openingMs: CONNECT_MS };
  return { text: `begin; ${sets}${text}`, query_timeout: openingMs } as pg.QueryConfig;
}

/** Set for each transaction, which is free and works through a pooler too. Integers of ours, so they may stand in the text. */
const limitsOf = (statementMs: number) =>
  `set local statement_timeout = ${statementMs}; ` +
  // What a page costs is guessed too high by far (each row is asked for by itself); compiling it would take longer.
  'set local jit = off; ' +
  `set local lock_timeout = ${Math.min(statementMs, 10_000)}; ` +
  `set local idle_in_transaction_session_timeout = ${statementMs + 30_000}; `;

/** Ends a connection at once, whatever it is waiting for. */
function hangUp(client: Connection): void {
  (client as unknown as { connection: { stream: { destroy(): void } } }).connection.stream.destroy();
}
