/**
 * The bypass, for deeds that no signed-in person does. Imported by oauth/, cli/ and jobs/ only (a test enforces it),
 * with a closed set of reasons, each passage traced like any other.
 */
import type { Pool } from '../database/pool.ts';
import type { Sql } from '../database/sql.ts';
import type { Outcome } from './audit.ts';
import { camelCaseKeys } from './gate.ts';

export type SystemReason =
  | 'account'
  | 'client'
  | 'invitation'
  | 'launch'
  | 'mail'
  | 'operator'
  | 'seed'
  | 'sign-in'
  | 'signing-key'
  | 'token'
  | 'token-exchange';

/** Reasons that touch people's rows; the others handle the authorization server's own state many times a second. */
const TRACED: ReadonlySet<SystemReason> = new Set([
  'account',
  'client',
  'invitation',
  'launch',
  'operator',
  'seed',
  'sign-in',
  'token-exchange',
]);

/** Whom a passage is about, as far as that is known; no address and no name. */
export type SystemTrace = Readonly<{
  userId?: number;
  clientId?: string;
  patientId?: number;
  /** `ok` unless said otherwise. */
  outcome?: Outcome;
  /** The request that it belongs to, where there is one. */
  requestId?: string;
  /** What exactly was done, a word or two: it follows the reason in the trail. */
  deed?: string;
}>;

export type SystemSight = Readonly<{
  query<Row extends object>(statement: Sql): Promise<Row[]>;
  /** Says whom this passage is about; what is said later adds to it. */
  trace(facts: SystemTrace): void;
}>;

export type System = <T>(reason: SystemReason, body: (sight: SystemSight) => Promise<T>) => Promise<T>;

export function createSystem(pool: Pool): System {
  return async (reason, body) => {
    const connection = await pool.connect();
    try {
      await connection.query('begin; set local role jhe_system');
      let about: SystemTrace = {};
      const result = await body({
        trace(facts) {
          about = { ...about, ...facts };
        },
        async query<Row extends object>(statement: Sql): Promise<Row[]> {
          const { rows } = await connection.query(statement.text, statement.values);
          return rows.map(camelCaseKeys) as Row[];
        },
      });
      if (TRACED.has(reason)) {
        await connection.query(
          `insert into audit_event (patient_id, request_id, user_id, client_id, interaction, resource, outcome, reason)
           values ($1, $6, $2, $3, 'update', 'Basic', $4, $5)`,
          [
            about.patientId ?? 0,
            about.userId ?? null,
            about.clientId ?? null,
            about.outcome ?? 'ok',
            about.deed === undefined ? reason : `${reason}: ${about.deed}`,
            about.requestId ?? 'system',
          ],
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
