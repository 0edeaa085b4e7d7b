/** Institutions that vouch for people, as an operator configured them. System role only: there are secrets in here. */
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

/** All of them, by name. */
export function listIdentityProviders(sight: Queryable): Promise<IdentityProviderRow[]> {
  return sight.query<IdentityProviderRow>(sql`
    select id, kind, slug, name, settings, enabled from identity_provider order by name, id`);
}

/** One that is enabled, by its slug (unique). */
export async function findIdentityProvider(
  sight: Queryable,
  kind: IdentityProviderKind,
  slug: string,
): Promise<IdentityProviderRow | undefined> {
  const [row] = await sight.query<IdentityProviderRow>(sql`
    select id, kind, slug, name, settings, enabled from identity_provider
    where slug = ${slug} and kind = ${kind} and enabled`);
  return row;
}

export type NewIdentityProvider = Readonly<{
  kind: IdentityProviderKind;
  slug: string;
  name: string;
  settings: object;
}>;

/** Adds one, enabled; false when the slug is taken. */
export async function addIdentityProvider(
  sight: Queryable,
  { kind, slug, name, settings }: NewIdentityProvider,
): Promise<boolean> {
  const rows = await sight.query(sql`
    insert into identity_provider (kind, slug, name, settings)
    values (${kind}, ${slug}, ${name}, ${JSON.stringify(settings)}::jsonb)
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
