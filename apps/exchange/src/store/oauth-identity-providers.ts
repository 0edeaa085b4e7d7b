/**
 * Institutions that vouch for people, as an operator configured them. System role only: there are secrets in here, and
 * the settings are sealed as a whole.
 */
import { openJson, SEALED_FOR, type SealedSight, sealJson } from '../access/sealing.ts';
import type { Sight } from '../access/sight.ts';
import { sql } from '../database/sql.ts';
import type { IdentityProviderKind } from '../domain/identity-provider.ts';

type Queryable = Pick<Sight, 'query'>;

export type IdentityProviderRow = {
  id: number;
  kind: IdentityProviderKind;
  slug: string;
  name: string;
  settings: unknown;
  enabled: boolean;
};

const opened = ({ sealing }: SealedSight, row: IdentityProviderRow): IdentityProviderRow => ({
  ...row,
  settings: openJson(sealing, row.settings, SEALED_FOR.identityProvider(row.slug)),
});

/** All of them, by name. */
export async function listIdentityProviders(sight: SealedSight): Promise<IdentityProviderRow[]> {
  const rows = await sight.query<IdentityProviderRow>(sql`
    select id, kind, slug, name, settings, enabled from identity_provider order by name, id`);
  return rows.map((row) => opened(sight, row));
}

/** One that is enabled, by its slug (unique). */
export async function findIdentityProvider(
  sight: SealedSight,
  kind: IdentityProviderKind,
  slug: string,
): Promise<IdentityProviderRow | undefined> {
  const [row] = await sight.query<IdentityProviderRow>(sql`
    select id, kind, slug, name, settings, enabled from identity_provider
    where slug = ${slug} and kind = ${kind} and enabled`);
  return row && opened(sight, row);
}

export type NewIdentityProvider = Readonly<{
  kind: IdentityProviderKind;
  slug: string;
  name: string;
  settings: object;
}>;

/** Adds one, enabled; false when the slug is taken. */
export async function addIdentityProvider(
  sight: SealedSight,
  { kind, slug, name, settings }: NewIdentityProvider,
): Promise<boolean> {
  const kept = sealJson(sight.sealing, settings, SEALED_FOR.identityProvider(slug));
  const rows = await sight.query(sql`
    insert into identity_provider (kind, slug, name, settings)
    values (${kind}, ${slug}, ${name}, ${JSON.stringify(kept)}::jsonb)
    on conflict (slug) do nothing
    returning id`);
  return rows.length === 1;
}

/** False when there is none of this slug. */
export async function enableIdentityProvider(
  sight: Queryable,
  slug: string,
  enabled: boolean,
): Promise<boolean> {
  const rows = await sight.query(sql`
    update identity_provider set enabled = ${enabled}, last_updated = now() where slug = ${slug} returning id`);
  return rows.length === 1;
}

/** Removes one; whoever came through it keeps the account, and the link for the day it is added again. */
export async function removeIdentityProvider(sight: Queryable, slug: string): Promise<boolean> {
  const rows = await sight.query(sql`delete from identity_provider where slug = ${slug} returning id`);
  return rows.length === 1;
}
