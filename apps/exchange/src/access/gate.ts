/**
 * The gate: the only opener of transactions for a principal, the only maker of a Sight, the only writer of the audit
 * trail. Everything that reads or changes rows about people passes here, or through access/system.ts.
 */
import { toOutage } from '../database/outage.ts';
import { type Connection, noteLoss, type Pool } from '../database/pool.ts';
import { literal, type Sql } from '../database/sql.ts';
import { inTransaction } from '../database/transaction.ts';
import type { Importance } from '../domain/importance.ts';
import {
  type Grant,
  type InteractionLetter,
  PROGRAM,
  type Principal,
  reach,
  type Session,
} from '../domain/principal.ts';
import { forbidden, Refusal } from '../domain/refusal.ts';
import { appendAuditEvents, type Interaction, type Purpose, Trace } from './audit.ts';
import { compile } from './compile.ts';
import type { Sight, WritableSight } from './sight.ts';

export type Gate = {
  /**
   * The person behind a token, as they are now; null when unknown or deactivated. `client` may be unknown too.
   * `patientInContext`: the patient that the token was launched for, if any. Without a session it is a program's.
   * `importance`: of what the person is about to do.
   */
  identify(
    userId: number,
    clientId: string,
    grants: readonly Grant[],
    patientInContext?: number,
    session?: Session,
    importance?: Importance,
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

type Role = 'jhe_reader' | 'jhe_writer';

/** Wall 2 says no: what wall 1 found was taken away meanwhile, so that looking again is refused in words. */
const INSUFFICIENT_PRIVILEGE = '42501';
/**
 * serialization_failure, deadlock_detected, unique_violation, foreign_key_violation: another writer was first, and what was
 * found to be there may be gone; look again.
 */
const COLLISIONS = new Set(['40001', '40P01', '23505', '23503', INSUFFICIENT_PRIVILEGE]);
const ATTEMPTS = 4;

export function createGate(pool: Pool): Gate {
  return {
    async identify(userId, clientId, grants, patientInContext, session = PROGRAM, importance = 'vital') {
      const connection = await pool.take(importance);
      try {
        const [row] = await asUser(connection, 'jhe_reader', { userId, session, clientId }, async () => {
          const result = await connection.query<ActingUser>({ name: 'identify', text: IDENTIFY });
          return result.rows;
        });
        if (!row) return null;
        const link =
          row.link_patient_id !== null && row.link_organization_id !== null
            ? { patientId: row.link_patient_id, organizationId: row.link_organization_id }
            : null;
        const patientId = row.patient_ids[0] ?? link?.patientId ?? null;
        return Object.freeze({
          userId: row.user_id,
          practitionerId: row.practitioner_id,
          session,
          patientIds: row.patient_ids,
          link,
          patientId,
          emailVerified: row.email_verified,
          superuser: row.superuser,
          patientInContext: patientInContext ?? patientId,
          clientId,
          grants,
        });
      } catch (error) {
        throw toOutage(error);
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

/** A record that was taken into another one comes last. */
const IDENTIFY = `
  select a.user_id, a.superuser, a.email_verified, a.practitioner_id,
    array(
      select o.patient_id from acting_patient o join patient p on p.id = o.patient_id
      order by p.absorbed_into is not null, p.id) as patient_ids,
    l.patient_id as link_patient_id, l.organization_id as link_organization_id
  from acting_user a left join acting_link l on true`;

type ActingUser = {
  user_id: number;
  superuser: boolean;
  email_verified: boolean;
  practitioner_id: number | null;
  patient_ids: number[];
  link_patient_id: number | null;
  link_organization_id: number | null;
};

async function pass<T>(
  pool: Pool,
  role: Role,
  principal: Principal,
  purpose: Purpose,
  body: (sight: Sight) => Promise<T>,
): Promise<T> {
  const connection = await pool.take(importanceOf(role, purpose));
  try {
    return await asUser(connection, role, principal, async () => {
      if (reach(principal, purpose.resource, LETTER[purpose.interaction]) === 'nothing') {
        throw forbidden(`The token's scopes do not allow to ${purpose.interaction} ${purpose.resource}.`);
      }
      const trace = new Trace();
      const result = await body(openSight(connection, role, principal, trace));
      await appendAuditEvents(connection, principal, purpose, 'ok', trace, role);
      return result;
    });
  } catch (error) {
    if (noteLoss(connection, error)) throw toOutage(error);
    if (codeOf(error) === INSUFFICIENT_PRIVILEGE && (await isGone(connection, principal))) {
      throw new Refusal('unauthenticated', 'This account has been deactivated.');
    }
    // The transaction is gone and its trace with it: the attempt is recorded in one of its own.
    const outcome = error instanceof Refusal ? 'refused' : 'failed';
    await asUser(connection, 'jhe_reader', principal, () =>
      appendAuditEvents(connection, principal, purpose, outcome, new Trace()),
    ).catch(() => {
      // The connection itself failed; the first error says more.
    });
    throw toOutage(error);
  } finally {
    connection.release();
  }
}

/** Consent is answered and withdrawn before anything else; whoever searches comes last. */
function importanceOf(
  role: Role,
  { resource, interaction }: Pick<Purpose, 'resource' | 'interaction'>,
): Importance {
  if (role === 'jhe_writer') return resource === 'Consent' ? 'vital' : 'write';
  return interaction === 'search' ? 'search' : 'read';
}

const codeOf = (error: unknown) => (error as { code?: string }).code ?? '';

/** Whether nobody is acting any more: deactivated or removed since the request was admitted. */
async function isGone(connection: Connection, principal: Principal): Promise<boolean> {
  const { rowCount } = await asUser(connection, 'jhe_reader', principal, () =>
    connection.query('select from acting_user'),
  );
  return rowCount === 0;
}

function openSight(connection: Connection, role: Role, principal: Principal, trace: Trace): Sight {
  return {
    ...compile(principal),
    principal,
    async query<Row extends object>(statement: Sql): Promise<Row[]> {
      const { rows } = await connection.query(nameStatement(role, statement));
      const named = rows.map(camelCaseKeys) as Row[];
      trace.note(named);
      return named;
    },
  };
}

/** What a grant's id is made of (oidc-provider's nanoid), and the names of our own pages' sessions. */
const GRANT_ID = /^[A-Za-z0-9_:-]{1,100}$/;

/**
 * One transaction as one role for one user in one session of one client. The first two ids are of our own making and are
 * checked, so they may stand in the text; a client's may be an address of anybody's making.
 */
async function asUser<T>(
  connection: Connection,
  role: string,
  { userId, session, clientId }: Pick<Principal, 'userId' | 'session' | 'clientId'>,
  body: () => Promise<T>,
): Promise<T> {
  if (!Number.isSafeInteger(userId)) throw new TypeError('userId must be an integer');
  const grantId = session.kind === 'person' ? session.grantId : '';
  if (session.kind === 'person' && !GRANT_ID.test(grantId))
    throw new TypeError('grantId is not of our making');
  const who = `set local role ${role}; set local jhe.user_id = '${userId}'; set local jhe.grant_id = '${grantId}'; set local jhe.client_id = ${literal(clientId)}`;
  return inTransaction(connection, who, body);
}

const statementNames = new Map<string, string>();
/** Distinct statements that are kept prepared; filters combine freely, so there could be many more. */
const MAX_NAMED = 300;

/**
 * Names a statement, so that each connection plans it once: with two walls in it, planning a search takes several times
 * as long as running it. PostgreSQL itself goes back to planning anew where a general plan would be worse. A plan is of one
 * role, and is made anew when another one asks: each role has statements of its own.
 */
function nameStatement(
  role: Role,
  { text, values }: Sql,
): { name?: string; text: string; values: unknown[] } {
  const statement = `${role} ${text}`;
  let name = statementNames.get(statement);
  if (name === undefined && statementNames.size < MAX_NAMED) {
    name = `s${statementNames.size}`;
    statementNames.set(statement, name);
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
