import { ROLES, ROOT_ORGANIZATION_ID, type Role } from './organization.ts';

export type DefaultMembership = Readonly<{ organizationId: number; role: Role }>;

const LETTERS: Readonly<Record<string, Role>> = { m: 'member', v: 'viewer' };

/**
 * The setting `auth.default_orgs`: `<organization id>:<role>` separated by semicolons, with a role's name or `m` and
 * `v`. Entries that cannot be read are left out; the first of several for one organization counts.
 */
export function readDefaultMemberships(text: string): DefaultMembership[] {
  const found = new Map<number, Role>();
  for (const entry of text.split(';')) {
    const [, digits = '', word = ''] = /^\s*(\d{1,15})\s*:\s*([a-z]+)\s*$/i.exec(entry) ?? [];
    const organizationId = Number(digits);
    const name = word.toLowerCase();
    const role = ROLES.find((one) => one === name) ?? LETTERS[name];
    if (digits === '' || role === undefined || organizationId === ROOT_ORGANIZATION_ID) continue;
    if (!found.has(organizationId)) found.set(organizationId, role);
  }
  return [...found].map(([organizationId, role]) => ({ organizationId, role }));
}
