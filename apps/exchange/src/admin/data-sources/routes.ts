import type { Sight } from '../../access/sight.ts';
import { notFound, Refusal } from '../../domain/refusal.ts';
import type { Call, Deps, GuardedRoute } from '../../face.ts';
import * as codes from '../../store/codes.ts';
import * as dataSources from '../../store/data-sources.ts';
import { presentCode } from '../codes/wire.ts';
import { presentPage, readWholeOrPage } from '../page.ts';
import { purpose } from '../purpose.ts';
import { pathId, readBody } from '../read-request.ts';
import { camelBody } from '../request-keys.ts';
import { scopeCodeSchema } from '../studies/wire.ts';
import {
  dataSourceChangesSchema,
  newDataSourceSchema,
  presentDataSource,
  presentSupportedScope,
} from './wire.ts';

const NOUN = 'DataSource';

async function requireSource(sight: Sight, id: number): Promise<dataSources.DataSourceRow> {
  const row = await dataSources.get(sight, id);
  if (!row) throw notFound(NOUN);
  return row;
}

/** `/data_sources` (3.10): what readings come from. Everyone signed in reads it; superusers change it (H-06). */
export function dataSourceRoutes({ gate, config }: Deps): GuardedRoute[] {
  const change: GuardedRoute['handle'] = async (call, principal) => {
    const id = pathId(call, NOUN);
    const changes = readBody(call, dataSourceChangesSchema);
    const row = await gate.write(principal, purpose(call, 'update', 'data source'), async (sight) => {
      await dataSources.update(sight, id, changes);
      return requireSource(sight, id);
    });
    return { body: presentDataSource(row) };
  };
  const path = '/api/v1/data_sources';

  return [
    {
      method: 'GET',
      path,
      caller: 'signed-in',
      handle: async (call, principal) => {
        const page = readWholeOrPage(call);
        const found = await gate.read(principal, purpose(call, 'search', 'data source'), (sight) =>
          dataSources.list(sight, page),
        );
        return { body: presentPage(config, call, page, found, presentDataSource) };
      },
    },
    {
      method: 'GET',
      path: `${path}/all_scopes`,
      caller: 'signed-in',
      handle: async (call, principal) => ({
        body: (await gate.read(principal, purpose(call, 'search', 'code'), codes.list)).map(presentCode),
      }),
    },
    {
      method: 'GET',
      path: `${path}/:id`,
      caller: 'signed-in',
      handle: async (call, principal) => {
        const id = pathId(call, NOUN);
        const row = await gate.read(principal, purpose(call, 'read', 'data source'), (sight) =>
          requireSource(sight, id),
        );
        return { body: presentDataSource(row) };
      },
    },
    {
      method: 'POST',
      path,
      caller: 'superuser',
      handle: async (call, principal) => {
        const draft = readBody(call, newDataSourceSchema);
        const row = await gate.write(principal, purpose(call, 'create', 'data source'), async (sight) =>
          requireSource(sight, await dataSources.insert(sight, draft)),
        );
        return { status: 201, body: presentDataSource(row) };
      },
    },
    { method: 'PATCH', path: `${path}/:id`, caller: 'superuser', handle: change },
    { method: 'PUT', path: `${path}/:id`, caller: 'superuser', handle: change },
    {
      method: 'DELETE',
      path: `${path}/:id`,
      caller: 'superuser',
      handle: async (call, principal) => {
        const id = pathId(call, NOUN);
        await gate.write(principal, purpose(call, 'delete', 'data source'), async (sight) => {
          await requireSource(sight, id);
          await dataSources.remove(sight, id);
        });
        return { status: 204 };
      },
    },
    {
      method: 'GET',
      path: `${path}/:id/supported_scopes`,
      caller: 'signed-in',
      handle: async (call, principal) => {
        const id = pathId(call, NOUN);
        const body = await gate.read(principal, purpose(call, 'read', 'data source'), async (sight) => {
          const source = await requireSource(sight, id);
          return (await dataSources.supportedCodes(sight, id)).map((row) =>
            presentSupportedScope(source, row),
          );
        });
        return { body };
      },
    },
    {
      method: 'POST',
      path: `${path}/:id/supported_scopes`,
      caller: 'superuser',
      handle: async (call, principal) => {
        const id = pathId(call, NOUN);
        const { scopeCodeId } = readScopeCode(call);
        return gate.write(principal, purpose(call, 'update', 'data source'), async (sight) => {
          const source = await requireSource(sight, id);
          if (!(await codes.get(sight, scopeCodeId))) throw notFound('CodeableConcept');
          const created = await dataSources.supportCode(sight, id, scopeCodeId);
          const links = await dataSources.supportedCodes(sight, id);
          const link = links.find((row) => row.codeId === scopeCodeId);
          if (!link) throw notFound('CodeableConcept');
          return { status: created ? 201 : 200, body: presentSupportedScope(source, link) };
        });
      },
    },
    {
      method: 'DELETE',
      path: `${path}/:id/supported_scopes`,
      caller: 'superuser',
      handle: async (call, principal) => {
        const id = pathId(call, NOUN);
        const { scopeCodeId } = readScopeCode(call);
        await gate.write(principal, purpose(call, 'update', 'data source'), async (sight) => {
          await requireSource(sight, id);
          await dataSources.dropCode(sight, id, scopeCodeId);
        });
        return { status: 204 };
      },
    },
  ];
}

/** Missing, it is answered by this sentence, which clients know. */
function readScopeCode(call: Pick<Call, 'body'>): { scopeCodeId: number } {
  const { scopeCodeId } = camelBody(call.body ?? {}) as { scopeCodeId?: unknown };
  if (scopeCodeId === undefined || scopeCodeId === null) {
    throw new Refusal('invalid', 'scope_code_id is required.');
  }
  return readBody(call, scopeCodeSchema);
}
