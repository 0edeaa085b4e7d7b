/**
 * What a browser must come back with soon, once: kept beside the authorization server's own state, under the hash of the
 * visit or session that it is bound to. System role only.
 */
import { createHash } from 'node:crypto';
import type { Sight } from '../access/sight.ts';
import { sql } from '../database/sql.ts';
import { findModel, upsertModel } from './oauth-models.ts';

type Queryable = Pick<Sight, 'query'>;

/**
 * `PasskeyChallenge`: what a passkey is to sign. `HalfSignIn`: who has shown one factor and owes the second.
 * `RecordClaim`: which link's session sent its holder to our page. `RecordOpened`: who gave the right birth date there.
 * `NewLogin`: an address and a password that wait for a code. `NewAddress`: an address that waits for one.
 */
export type MomentKind =
  | 'PasskeyChallenge'
  | 'HalfSignIn'
  | 'RecordClaim'
  | 'RecordOpened'
  | 'NewLogin'
  | 'NewAddress';

export type Moment = Readonly<{
  kind: MomentKind;
  /** The visit or session that it is bound to; one of each kind, the newest counts. */
  of: string;
  payload: Readonly<Record<string, unknown>>;
  expiresAt: Date;
}>;

const idOf = (of: string) => createHash('sha256').update(of).digest('base64url');

/** Keeps it in place of what was there before. */
export function keepMoment(sight: Queryable, { kind, of, payload, expiresAt }: Moment): Promise<void> {
  return upsertModel(sight, { model: kind, id: idOf(of), payload, grantId: null, uid: null, expiresAt });
}

/** What is kept, unless it has expired by `now`. */
export async function findMoment(
  sight: Queryable,
  { kind, of }: Pick<Moment, 'kind' | 'of'>,
  now: Date,
): Promise<Record<string, unknown> | undefined> {
  return (await findModel(sight, kind, idOf(of), now))?.payload;
}

/** Takes it away and returns it, unless it has expired by `now`: of two at once only one gets it. */
export async function takeMoment(
  sight: Queryable,
  { kind, of }: Pick<Moment, 'kind' | 'of'>,
  now: Date,
): Promise<Record<string, unknown> | undefined> {
  const [row] = await sight.query<{ payload: Record<string, unknown>; expiresAt: Date }>(sql`
    delete from oauth_model where model = ${kind} and id = ${idOf(of)} returning payload, expires_at`);
  return row && row.expiresAt > now ? row.payload : undefined;
}
