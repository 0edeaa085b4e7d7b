/**
 * The bypass, for deeds that no signed-in person does. Imported by identity/, authorization/, cli/ and jobs/ only (a test enforces it),
 * with a closed set of reasons, each passage traced like any other.
 */
import { toOutage } from '../database/outage.ts';
import type { Connection, Pool } from '../database/pool.ts';
import type { Sql } from '../database/sql.ts';
import { inTransaction } from '../database/transaction.ts';
import type { Outcome } from './audit.ts';
import { camelCaseKeys } from './gate.ts';
import type { Sealing } from './sealing.ts';

export type SystemReason =
  | 'account'
  | 'api-key'
  | 'client'
  | 'invitation'
  | 'launch'
  | 'mail'
  | 'operator'
  | 'seed'
  | 'series'
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

/** Who acted and what it is about, as far as that is known; no address and no name. */
export type SystemTrace = Readonly<{
  /** Who acted: the person whose account it is has proved it. Never of the command line, where nobody is signed in. */
  userId?: number;
  /** The account that it is about, where whoever acted has not proved to be its person. */
  subjectUserId?: number;
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
  /** Seals and opens the secrets that are kept in the database. */
  sealing: Sealing;
  /** Says whom this passage is about; what is said later adds to it. */
  trace(facts: SystemTrace): void;
}>;

export type System = <T>(reason: SystemReason, body: (sight: SystemSight) => Promise<T>) => Promise<T>;

/** What waits while people sign in: the others are what they sign in with. */
const CAN_WAIT: ReadonlySet<SystemReason> = new Set(['api-key', 'mail', 'operator', 'seed', 'series']);

export function createSystem(pool: Pool, sealing: Sealing): System {
  return async (reason, body) => {
    const connection = await pool.take(CAN_WAIT.has(reason) ? 'write' : 'vital');
    try {
      return await inTransaction(connection, 'set local role jhe_system', async () => {
        let about: SystemTrace = {};
        const result = await body({
          sealing,
          trace(facts) {
            about = { ...about, ...facts };
          },
          async query<Row extends object>(statement: Sql): Promise<Row[]> {
            const { rows } = await connection.query(statement.text, statement.values);
            return rows.map(camelCaseKeys) as Row[];
          },
        });
        if (TRACED.has(reason)) await appendTrace(connection, reason, about);
        return result;
      });
    } catch (error) {
      throw toOutage(error);
    } finally {
      connection.release();
    }
  };
}

async function appendTrace(connection: Connection, reason: SystemReason, about: SystemTrace): Promise<void> {
  if (reason === 'operator' && about.userId !== undefined) {
    throw new Error('nobody is signed in at the command line: its deeds are about an account, not of it');
  }
  await connection.query(
    `insert into audit_event (patient_id, request_id, user_id, client_id, interaction, resource, outcome, reason,
       subject_user_id)
     values ($1, $6, $2, $3, 'update', 'Basic', $4, $5, $7)`,
    [
      about.patientId ?? 0,
      about.userId ?? null,
      about.clientId ?? null,
      about.outcome ?? 'ok',
      about.deed === undefined ? reason : `${reason}: ${about.deed}`,
      about.requestId ?? 'system',
      // Whoever has proved to be the person is not named twice.
      about.subjectUserId === about.userId ? null : (about.subjectUserId ?? null),
    ],
  );
}
