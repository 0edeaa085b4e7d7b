/**
 * The gate: the only opener of transactions for a principal, the only maker of a Sight, the only writer of the audit
 * trail. Everything that reads or changes rows about people passes here, or through access/system.ts.
 */
import type { Connection, Pool } from '../database/pool.ts';
import type { Sql } from '../database/sql.ts';
import { type Grant, type InteractionLetter, type Principal, reach } from '../domain/principal.ts';
import { forbidden, Refusal } from '../domain/refusal.ts';
import { appendAuditEvents, type Interaction, type Purpose, Trace } from './audit.ts';
import { compile } from './compile.ts';
import type { Sight, WritableSight } from './sight.ts';

export type Gate = {
  /**
   * The person behind a token, as they are now; null when unknown or deactivated. `client` may be unknown too.
   * `patientInContext`: the patient that the token was launched for, if any.
   */
  identify(
    userId: number,
    clientId: string,
    grants: readonly Grant[],
    patientInContext?: number,
  ): Promise<Principal | null>;
  read<T>(principal: Principal, purpose: Purpose, body: (sight: Sight) => Promise<T>): Promise<T>;
  /** Retried when two writers collide, so `body` must have no effect outside the database. */
  write<T>(principal: Principal, purpose: Purpose, body: (sight: WritableSight) => Promise<T>): Promise<T>;
};

const LETTER: Record<Interaction, InteractionLetter> = {
  read: 'r',
  search: 's',
  create: 'c',
  update: 'u',
  delete: 'd',
};

/** serialization_failure, deadlock_detected, unique_violation: another writer was first; look again. */
const COLLISIONS = new Set(['40001', '40P01', '23505']);
const ATTEMPTS = 4;

export function createGate(pool: Pool): Gate {
  return {
    async identify(userId, clientId, grants, patientInContext) {
      const connection = await pool.connect();
      try {
        const [row] = await asUser(connection, 'jhe_reader', userId, async () => {
          const result = await connection.query<ActingUser>({
            name: 'identify',
            text: 'select user_id, superuser, email_verified, practitioner_id, patient_id from acting_user',
          });
          return result.rows;
        });
        if (!row) return null;
        return Object.freeze({
          userId: row.user_id,
          practitionerId: row.practitioner_id,
          patientId: row.patient_id,
          emailVerified: row.email_verified,
          superuser: row.superuser,
          patientInContext: patientInContext ?? row.patient_id,
          clientId,
          grants,
        });
      } finally {
        connection.release();
      }
    },

    read(principal, purpose, body) {
      return pass(pool, 'jhe_reader', principal, purpose, body);
    },

    async write(principal, purpose, body) {
      for (let attempt = 1; ; attempt++) {
        try {
          // The brand has no run-time part: it records that the transaction below may write.
          return await pass(pool, 'jhe_writer', principal, purpose, (sight) => body(sight as WritableSight));
        } catch (error) {
          const code = (error as { code?: string }).code ?? '';
          if (attempt < ATTEMPTS && !(error instanceof Refusal) && COLLISIONS.has(code)) continue;
          throw error;
        }
      }
    },
  };
}

type ActingUser = {
  user_id: number;
  superuser: boolean;
  email_verified: boolean;
  practitioner_id: number | null;
  patient_id: number | null;
};

async function pass<T>(
  pool: Pool,
  role: 'jhe_reader' | 'jhe_writer',
  principal: Principal,
  purpose: Purpose,
  body: (sight: Sight) => Promise<T>,
): Promise<T> {
  const connection = await pool.connect();
  try {
    return await asUser(connection, role, principal.userId, async () => {
      if (reach(principal, purpose.resource, LETTER[purpose.interaction]) === 'nothing') {
        throw forbidden(`The token's scopes do not allow to ${purpose.interaction} ${purpose.resource}.`);
      }
      const trace = new Trace();
      const result = await body(openSight(connection, principal, trace));
      await appendAuditEvents(connection, principal, purpose, 'ok', trace);
      return result;
    });
  } catch (error) {
    // The transaction is gone and its trace with it: the attempt is recorded in one of its own.
    const outcome = error instanceof Refusal ? 'refused' : 'failed';
    await asUser(connection, 'jhe_reader', principal.userId, () =>
      appendAuditEvents(connection, principal, purpose, outcome, new Trace()),
    ).catch(() => {
      // The connection itself failed; the first error says more.
    });
    throw error;
  } finally {
    connection.release();
  }
}

function openSight(connection: Connection, principal: Principal, trace: Trace): Sight {
  return {
    ...compile(principal),
    principal,
    async query<Row extends object>(statement: Sql): Promise<Row[]> {
      const { rows } = await connection.query(nameStatement(statement));
      const named = rows.map(camelCaseKeys) as Row[];
      trace.note(named);
      return named;
    },
  };
}

/** One transaction as one role for one user. The user id is an integer of ours, so it may stand in the text. */
async function asUser<T>(
  connection: Connection,
  role: string,
  userId: number,
  body: () => Promise<T>,
): Promise<T> {
  if (!Number.isSafeInteger(userId)) throw new TypeError('userId must be an integer');
  await connection.query(`begin; set local role ${role}; set local jhe.user_id = '${userId}'`);
  try {
    const result = await body();
    await connection.query('commit');
    return result;
  } catch (error) {
    await connection.query('rollback').catch(() => {});
    throw error;
  }
}

const statementNames = new Map<string, string>();
/** Distinct statements that are kept prepared; filters combine freely, so there could be many more. */
const MAX_NAMED = 300;

/**
 * Names a statement, so that each connection plans it once: with two walls in it, planning a search takes several times
 * as long as running it. PostgreSQL itself goes back to planning anew where a general plan would be worse, and plans are
 * remade when the role differs.
 */
function nameStatement({ text, values }: Sql): { name?: string; text: string; values: unknown[] } {
  let name = statementNames.get(text);
  if (name === undefined && statementNames.size < MAX_NAMED) {
    name = `s${statementNames.size}`;
    statementNames.set(text, name);
  }
  return name === undefined ? { text, values } : { name, text, values };
}

const camelKeys = new Map<string, string>();

/** Columns are snake_case, values in TypeScript are camelCase: one place, names remembered. */
export function camelCaseKeys(row: Record<string, unknown>): Record<string, unknown> {
  const named: Record<string, unknown> = {};
  for (const key in row) {
    let camel = camelKeys.get(key);
    if (camel === undefined) {
      camel = key.replace(/_([a-z])/g, (_, letter: string) => letter.toUpperCase());
      camelKeys.set(key, camel);
    }
    named[camel] = row[key];
  }
  return named;
}
