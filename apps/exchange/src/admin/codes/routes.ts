import { invalid, notFound } from '../../domain/refusal.ts';
import type { Deps, GuardedRoute } from '../../face.ts';
import * as codes from '../../store/codes.ts';
import { purpose } from '../purpose.ts';
import { pathId, readBody } from '../read-request.ts';
import { codeChangesSchema, newCodeSchema, presentCode } from './wire.ts';

/** `/codeable_concepts`: what can be asked for. Everyone signed in reads it; superusers add to it (3.10). */
export function codeRoutes({ gate }: Deps): GuardedRoute[] {
  return [
    {
      method: 'GET',
      path: '/api/v1/codeable_concepts',
      caller: 'signed-in',
      handle: async (call, principal) => ({
        body: (await gate.read(principal, purpose(call, 'search', 'code'), codes.list)).map(presentCode),
      }),
    },
    {
      method: 'POST',
      path: '/api/v1/codeable_concepts',
      caller: 'superuser',
      handle: async (call, principal) => {
        const { codingSystem, codingCode, text } = readBody(call, newCodeSchema);
        const row = await gate.write(principal, purpose(call, 'create', 'code'), (sight) =>
          codes.insert(sight, { system: codingSystem, code: codingCode, text }),
        );
        if (!row) throw invalid('codingCode', 'This coding system has this code already.');
        return { status: 201, body: presentCode(row) };
      },
    },
    {
      method: 'PATCH',
      path: '/api/v1/codeable_concepts/:id',
      caller: 'superuser',
      handle: async (call, principal) => {
        const id = pathId(call, 'CodeableConcept');
        const { text } = readBody(call, codeChangesSchema);
        const row = await gate.write(principal, purpose(call, 'update', 'code'), (sight) =>
          codes.rename(sight, id, text),
        );
        if (!row) throw notFound('CodeableConcept');
        return { body: presentCode(row) };
      },
    },
  ];
}
