/** What a browser must come back with soon, once: kept beside the authorization server's own state. System role only. */
import type { Sight } from '../access/sight.ts';
import { sql } from '../database/sql.ts';
import { findModel, upsertModel } from './oauth-models.ts';

type Queryable = Pick<Sight, 'query'>;

/** `PasskeyChallenge`: what a passkey is to sign. `HalfSignIn`: who has shown one factor and owes the second. */
export type MomentKind = 'PasskeyChallenge' | 'HalfSignIn';

export type Moment = Readonly<{
  kind: MomentKind;
  /** The visit or session that it is bound to; one of each kind, the newest counts. */
  of: string;
  payload: Readonly<Record<string, unknown>>;
  expiresAt: Date;
}>;

/** Keeps it in place of what was there before. */
export function keepMoment(sight: Queryable, { kind, of, payload, expiresAt }: Moment): Promise<void> {
  return upsertModel(sight, { model: kind, id: of, payload, grantId: null, uid: null, expiresAt });
}

/** What is kept, unless it has expired by `now`. */
export async function findMoment(
  sight: Queryable,
  { kind, of }: Pick<Moment, 'kind' | 'of'>,
  now: Date,
): Promise<Record<string, unknown> | undefined> {
  return (await findModel(sight, kind, of, now))?.payload;
}

/** Takes it away and returns it, unless it has expired by `now`: of two at once only one gets it. */
export async function takeMoment(
  sight: Queryable,
  { kind, of }: Pick<Moment, 'kind' | 'of'>,
  now: Date,
): Promise<Record<string, unknown> | undefined> {
  const [row] = await sight.query<{ payload: Record<string, unknown>; expiresAt: Date }>(sql`
    delete from oauth_model where model = ${kind} and id = ${of} returning payload, expires_at`);
  return row && row.expiresAt > now ? row.payload : undefined;
}
