/** Keys of the authorization server. Reached through the system role only: nobody signed in can read them; sealed. */
import { openJson, SEALED_FOR, type SealedSight, sealJson } from '../access/sealing.ts';
import type { Sight } from '../access/sight.ts';
import { sql } from '../database/sql.ts';

type Queryable = Pick<Sight, 'query'>;

export type KeyPurpose = 'token' | 'cookie';
export type NewKey = { kid: string; purpose: KeyPurpose; key: Record<string, unknown> };
export type StoredKey = NewKey & {
  createdAt: Date;
  /** From then on it signs; until then it is only published. */
  signsFrom: Date;
  /** Since then, or from then on, another one signs in its place. */
  retiredAt: Date | null;
};

/** Any constant: it lets one server at a time make the first keys. Held to the end of the transaction. */
const KEYS_LOCK = 7_014_032_028;

/** Makes other servers wait until this transaction has ended. */
export async function lockKeys(sight: Queryable): Promise<void> {
  await sight.query(sql`select pg_advisory_xact_lock(${KEYS_LOCK}::bigint)`);
}

/** All keys of tokens and cookies, the newest first. */
export async function listKeys(sight: SealedSight): Promise<StoredKey[]> {
  const rows = await sight.query<StoredKey>(sql`
    select kid, purpose, key, created_at, signs_from, retired_at from signing_key
    where purpose in ('token', 'cookie')
    order by signs_from desc, created_at desc, kid`);
  return rows.map((row) => ({
    ...row,
    key: openJson(sight.sealing, row.key, SEALED_FOR.signingKey(row.kid)) as StoredKey['key'],
  }));
}

/** Adds a key that signs from the given moment, or from now on. */
export async function addKey(
  sight: SealedSight,
  { kid, purpose, key }: NewKey,
  signsFrom: Date | null = null,
): Promise<void> {
  const kept = sealJson(sight.sealing, key, SEALED_FOR.signingKey(kid));
  await sight.query(sql`
    insert into signing_key (kid, purpose, key, signs_from)
    values (${kid}, ${purpose}, ${JSON.stringify(kept)}::jsonb, coalesce(${signsFrom}::timestamptz, now()))`);
}

/** Every key of tokens and cookies signs until the given moment at most. */
export async function retireKeys(sight: Queryable, at: Date): Promise<void> {
  await sight.query(sql`
    update signing_key set retired_at = least(retired_at, ${at}) where purpose in ('token', 'cookie')`);
}

/** Forgets keys by id (primary key). */
export async function removeKeys(sight: Queryable, kids: readonly string[]): Promise<void> {
  await sight.query(sql`delete from signing_key where kid = any(${kids}) and purpose in ('token', 'cookie')`);
}
