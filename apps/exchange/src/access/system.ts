/**
 * The bypass, for deeds that no signed-in person does. Imported by oauth/, cli/ and jobs/ only (a test enforces it),
 * with a closed set of reasons, each passage traced like any other.
 */
import type { Pool } from '../database/pool.ts';
import type { Sql } from '../database/sql.ts';
import { camelCaseKeys } from './gate.ts';

export type SystemReason = 'sign-in' | 'token' | 'invitation' | 'signing-key' | 'seed' | 'operator';

/** Reasons that touch people's rows; the others handle the authorization server's own state many times a second. */
const TRACED: ReadonlySet<SystemReason> = new Set(['sign-in', 'invitation', 'seed', 'operator']);

export type SystemSight = Readonly<{
  query<Row extends object>(statement: Sql): Promise<Row[]>;
}>;

export type System = <T>(reason: SystemReason, body: (sight: SystemSight) => Promise<T>) => Promise<T>;

export function createSystem(pool: Pool): System {
  return async (reason, body) => {
    const connection = await pool.connect();
    try {
      await connection.query('begin; set local role jhe_system');
      const result = await body({
        async query<Row extends object>(statement: Sql): Promise<Row[]> {
          const { rows } = await connection.query(statement.text, statement.values);
          return rows.map(camelCaseKeys) as Row[];
        },
      });
      if (TRACED.has(reason)) {
        await connection.query(
          `insert into audit_event (request_id, interaction, resource, outcome, reason)
           values ('system', 'update', 'Basic', 'ok', $1)`,
          [reason],
        );
      }
      await connection.query('commit');
      return result;
    } catch (error) {
      await connection.query('rollback').catch(() => {});
      throw error;
    } finally {
      connection.release();
    }
  };
}
