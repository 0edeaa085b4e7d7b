/** Keys of the authorization server. Reached through the system role only: nobody signed in can read them. */
import type { Sight } from '../access/sight.ts';
import { sql } from '../database/sql.ts';

type Queryable = Pick<Sight, 'query'>;

export type KeyPurpose = 'token' | 'cookie';
export type StoredKey = { kid: string; purpose: KeyPurpose; key: Record<string, unknown> };

/** Any constant: it lets one server at a time make the first keys. Held to the end of the transaction. */
const KEYS_LOCK = 7_014_032_028;

/** Makes other servers wait until this transaction has ended. */
export async function lockKeys(sight: Queryable): Promise<void> {
  await sight.query(sql`select pg_advisory_xact_lock(${KEYS_LOCK}::bigint)`);
}

/** All keys of tokens and cookies: those in use first, the newest of them at the very front. */
export function listKeys(sight: Queryable): Promise<StoredKey[]> {
  return sight.query<StoredKey>(sql`
    select kid, purpose, key from signing_key
    where purpose in ('token', 'cookie')
    order by retired_at is not null, created_at desc, kid`);
}

/** Adds a key that is in use from now on. */
export async function addKey(sight: Queryable, { kid, purpose, key }: StoredKey): Promise<void> {
  await sight.query(sql`
    insert into signing_key (kid, purpose, key) values (${kid}, ${purpose}, ${JSON.stringify(key)}::jsonb)`);
}
