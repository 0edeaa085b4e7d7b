import { notFound } from '../../domain/refusal.ts';
import type { Deps, GuardedRoute } from '../../face.ts';
import * as practitioners from '../../store/practitioners.ts';
import { presentPage, readWholeOrPage } from '../page.ts';
import { purpose } from '../purpose.ts';
import { pathId } from '../read-request.ts';
import { presentPractitioner } from './wire.ts';

/** `/practitioners` (3.4): the accounts of practitioners, for superusers. */
export function practitionerRoutes({ gate, config }: Deps): GuardedRoute[] {
  return [
    {
      method: 'GET',
      path: '/api/v1/practitioners',
      caller: 'superuser',
      handle: async (call, principal) => {
        const page = readWholeOrPage(call);
        const found = await gate.read(principal, purpose(call, 'search', 'practitioner'), (sight) =>
          practitioners.list(sight, page),
        );
        return { body: presentPage(config, call, page, found, presentPractitioner) };
      },
    },
    {
      method: 'GET',
      path: '/api/v1/practitioners/:id',
      caller: 'superuser',
      handle: async (call, principal) => {
        const id = pathId(call, 'Practitioner');
        const row = await gate.read(principal, purpose(call, 'read', 'practitioner'), (sight) =>
          practitioners.get(sight, id),
        );
        if (!row) throw notFound('Practitioner');
        return { body: presentPractitioner(row) };
      },
    },
  ];
}
