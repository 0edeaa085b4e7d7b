import { ORGANIZATION_TYPES } from '../../domain/organization.ts';
import { FORBIDDEN, forbidden, notFound } from '../../domain/refusal.ts';
import type { Deps, GuardedRoute } from '../../face.ts';
import { changeOrganization } from '../../operations/change-organization.ts';
import { createOrganization } from '../../operations/create-organization.ts';
import * as memberships from '../../store/memberships.ts';
import * as organizations from '../../store/organizations.ts';
import * as studies from '../../store/studies.ts';
import { presentPage, readWholeOrPage, WHOLE } from '../page.ts';
import { purpose } from '../purpose.ts';
import { pathId, queryId, readBody } from '../read-request.ts';
import { presentStudy } from '../studies/wire.ts';
import {
  newOrganizationSchema,
  organizationChangesSchema,
  presentMember,
  presentOrganization,
  presentTree,
} from './wire.ts';

const NOUN = 'Organization';

/**
 * `/organizations` (3.6): the directory as far as it is visible. A list always has the root and every ancestor of what
 * it lists, because clients walk up by `partOf`.
 */
export function organizationRoutes({ gate, config }: Deps): GuardedRoute[] {
  const change: GuardedRoute['handle'] = async (call, principal) => {
    const id = pathId(call, NOUN);
    const changes = readBody(call, organizationChangesSchema);
    const row = await gate.write(principal, purpose(call, 'update', 'organization'), async (sight) => {
      await changeOrganization(sight, id, changes);
      return organizations.get(sight, id);
    });
    if (!row) throw notFound(NOUN);
    return { body: presentOrganization(row, principal) };
  };

  return [
    {
      method: 'GET',
      path: '/api/v1/organizations',
      caller: 'signed-in',
      handle: async (call, principal) => {
        const page = readWholeOrPage(call);
        const filter = { partOf: queryId(call, 'partOf') };
        const found = await gate.read(principal, purpose(call, 'search', 'organization'), (sight) =>
          organizations.list(sight, filter, page),
        );
        return { body: presentPage(config, call, page, found, (row) => presentOrganization(row, principal)) };
      },
    },
    {
      method: 'GET',
      path: '/api/v1/organizations/types',
      caller: 'signed-in',
      handle: async () => ({ body: ORGANIZATION_TYPES }),
    },
    {
      method: 'GET',
      path: '/api/v1/organizations/:id',
      caller: 'signed-in',
      handle: async (call, principal) => {
        const id = pathId(call, NOUN);
        const row = await gate.read(principal, purpose(call, 'read', 'organization'), (sight) =>
          organizations.get(sight, id),
        );
        if (!row) throw notFound(NOUN);
        return { body: presentOrganization(row, principal) };
      },
    },
    {
      method: 'GET',
      path: '/api/v1/organizations/:id/tree',
      caller: 'signed-in',
      handle: async (call, principal) => {
        const id = pathId(call, NOUN);
        const rows = await gate.read(principal, purpose(call, 'search', 'organization'), organizations.all);
        const tree = presentTree(rows, id, principal);
        if (!tree) throw notFound(NOUN);
        return { body: tree };
      },
    },
    {
      method: 'GET',
      path: '/api/v1/organizations/:id/users',
      caller: 'practitioner',
      handle: async (call, principal) => {
        const id = pathId(call, NOUN);
        const members = await gate.read(principal, purpose(call, 'search', 'practitioner'), async (sight) => {
          const organization = await organizations.get(sight, id);
          if (!organization) throw notFound(NOUN);
          // Seeing the name of an organization in the tree is not yet belonging to it (H-07).
          if (organization.role === null && !principal.superuser) throw forbidden(FORBIDDEN);
          return memberships.list(sight, id);
        });
        return { body: members.map(presentMember) };
      },
    },
    {
      method: 'GET',
      path: '/api/v1/organizations/:id/studies',
      caller: 'practitioner',
      handle: async (call, principal) => {
        const id = pathId(call, NOUN);
        const found = await gate.read(principal, purpose(call, 'search', 'study'), async (sight) => {
          if (!(await organizations.get(sight, id))) throw notFound(NOUN);
          return studies.list(sight, { organizationId: id }, WHOLE);
        });
        return { body: found.rows.map(presentStudy) };
      },
    },
    {
      method: 'POST',
      path: '/api/v1/organizations',
      caller: 'practitioner',
      handle: async (call, principal) => {
        const draft = readBody(call, newOrganizationSchema);
        const row = await gate.write(principal, purpose(call, 'create', 'organization'), async (sight) =>
          organizations.get(sight, await createOrganization(sight, draft)),
        );
        if (!row) throw notFound(NOUN);
        return { status: 201, body: presentOrganization(row, principal) };
      },
    },
    { method: 'PATCH', path: '/api/v1/organizations/:id', caller: 'practitioner', handle: change },
    { method: 'PUT', path: '/api/v1/organizations/:id', caller: 'practitioner', handle: change },
  ];
}
