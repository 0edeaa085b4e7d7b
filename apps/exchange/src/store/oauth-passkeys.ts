/** Passkeys (WebAuthn credentials): only the public key is here, the private one stays with the person. System role. */
import type { Sight } from '../access/sight.ts';
import { sql } from '../database/sql.ts';

type Queryable = Pick<Sight, 'query'>;

export type Passkey = {
  /** base64url, as the browser names it. */
  credentialId: string;
  userId: number;
  /** A COSE key (RFC 9052). */
  publicKey: Uint8Array<ArrayBuffer>;
  counter: number;
  transports: string[];
  name: string;
  backedUp: boolean;
  createdAt: Date;
  lastUsedAt: Date | null;
};

export type NewPasskey = Readonly<Omit<Passkey, 'createdAt' | 'lastUsedAt'> & { createdAt: Date }>;

/** Keeps a new passkey; false when its id is known already, whoever has it. */
export async function addPasskey(sight: Queryable, passkey: NewPasskey): Promise<boolean> {
  const rows = await sight.query(sql`
    insert into passkey (credential_id, user_id, public_key, counter, transports, name, backed_up, created_at)
    values (${passkey.credentialId}, ${passkey.userId}, ${Buffer.from(passkey.publicKey)}, ${passkey.counter},
      ${passkey.transports}, ${passkey.name}, ${passkey.backedUp}, ${passkey.createdAt})
    on conflict (credential_id) do nothing
    returning credential_id`);
  return rows.length === 1;
}

/** A person's passkeys, the oldest first (index passkey_user). */
export async function listPasskeys(sight: Queryable, userId: number): Promise<Passkey[]> {
  const rows = await sight.query<Passkey>(sql`
    select credential_id, user_id, public_key, counter, transports, name, backed_up, created_at, last_used_at
    from passkey where user_id = ${userId} order by created_at, credential_id`);
  return rows.map(withNumber);
}

/** The passkey of a credential id (primary key), whoever has it. */
export async function findPasskey(sight: Queryable, credentialId: string): Promise<Passkey | undefined> {
  const [row] = await sight.query<Passkey>(sql`
    select credential_id, user_id, public_key, counter, transports, name, backed_up, created_at, last_used_at
    from passkey where credential_id = ${credentialId}`);
  return row && withNumber(row);
}

const withNumber = (row: Passkey): Passkey => ({ ...row, counter: Number(row.counter) });

/**
 * Counts a use. False when the counter did not go up: then the key was copied (WebAuthn Level 3, section 6.1.1).
 * Passkeys that are kept in step between devices always say 0. Of two uses at once with one count, one wins.
 */
export async function countPasskeyUse(
  sight: Queryable,
  { credentialId, counter, at }: Readonly<{ credentialId: string; counter: number; at: Date }>,
): Promise<boolean> {
  const rows = await sight.query(sql`
    update passkey set counter = ${counter}, last_used_at = ${at}
    where credential_id = ${credentialId} and (counter < ${counter} or (counter = 0 and ${counter} = 0))
    returning credential_id`);
  return rows.length === 1;
}

/** False when this person has no such passkey. */
export async function renamePasskey(
  sight: Queryable,
  { userId, credentialId, name }: Pick<Passkey, 'userId' | 'credentialId' | 'name'>,
): Promise<boolean> {
  const rows = await sight.query(sql`
    update passkey set name = ${name} where credential_id = ${credentialId} and user_id = ${userId}
    returning credential_id`);
  return rows.length === 1;
}

/** False when this person has no such passkey. */
export async function removePasskey(
  sight: Queryable,
  { userId, credentialId }: Pick<Passkey, 'userId' | 'credentialId'>,
): Promise<boolean> {
  const rows = await sight.query(sql`
    delete from passkey where credential_id = ${credentialId} and user_id = ${userId} returning credential_id`);
  return rows.length === 1;
}
