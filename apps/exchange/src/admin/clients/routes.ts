import type { Sight } from '../../access/sight.ts';
import { invalid, notFound } from '../../domain/refusal.ts';
import type { Deps, GuardedRoute } from '../../face.ts';
import * as clients from '../../store/clients.ts';
import * as dataSources from '../../store/data-sources.ts';
import { presentDataSource } from '../data-sources/wire.ts';
import { presentPage, readWholeOrPage } from '../page.ts';
import { purpose } from '../purpose.ts';
import { pathId, queryText, readBody } from '../read-request.ts';
import { dataSourceLinkSchema } from '../studies/wire.ts';
import { clientChangesSchema, newClientSchema, presentClient, presentClientDataSource } from './wire.ts';

const NOUN = 'Client';
/** A patients' app acts for the patient whose invitation it redeemed, and for nobody else. */
const PATIENT_APP_SCOPES = 'openid email patient/*.cruds';

async function requireClient(sight: Sight, id: number): Promise<clients.ClientRow> {
  const row = await clients.get(sight, id);
  if (!row) throw notFound(NOUN);
  return row;
}

/**
 * `/clients` (3.11): patients' apps. Everyone signed in reads them; superusers change them. With `launchable=true` the
 * list is of the apps that can be opened about a patient instead.
 */
export function clientRoutes({ gate, config }: Deps): GuardedRoute[] {
  const change: GuardedRoute['handle'] = async (call, principal) => {
    const id = pathId(call, NOUN);
    const changes = readBody(call, clientChangesSchema);
    const row = await gate.write(principal, purpose(call, 'update', 'client'), async (sight) => {
      await requireClient(sight, id);
      if (changes.clientId !== undefined && (await clients.nameIsTaken(sight, changes.clientId, id)))
        throw taken();
      await clients.update(sight, id, changes);
      return requireClient(sight, id);
    });
    return { body: presentClient(row) };
  };
  const path = '/api/v1/clients';

  return [
    {
      method: 'GET',
      path,
      caller: 'signed-in',
      handle: async (call, principal) => {
        const page = readWholeOrPage(call);
        const isLaunchable = queryText(call, 'launchable') === 'true';
        const found = await gate.read(principal, purpose(call, 'search', 'client'), (sight) =>
          isLaunchable ? clients.listLaunchable(sight, page) : clients.list(sight, page),
        );
        return {
          body: presentPage<Parameters<typeof presentClient>[0], object>(
            config,
            call,
            page,
            found,
            presentClient,
          ),
        };
      },
    },
    {
      method: 'GET',
      path: `${path}/:id`,
      caller: 'signed-in',
      handle: async (call, principal) => {
        const id = pathId(call, NOUN);
        const row = await gate.read(principal, purpose(call, 'read', 'client'), (sight) =>
          requireClient(sight, id),
        );
        return { body: presentClient(row) };
      },
    },
    {
      method: 'POST',
      path,
      caller: 'superuser',
      handle: async (call, principal) => {
        const draft = readBody(call, newClientSchema);
        const row = await gate.write(principal, purpose(call, 'create', 'client'), async (sight) => {
          const redirectUris = [`${config.siteUrl}/auth/callback`];
          const id = await clients.insert(sight, { ...draft, redirectUris, scopes: PATIENT_APP_SCOPES });
          if (id === undefined) throw taken();
          return requireClient(sight, id);
        });
        return { status: 201, body: presentClient(row) };
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
        await gate.write(principal, purpose(call, 'delete', 'client'), async (sight) => {
          await requireClient(sight, id);
          await clients.remove(sight, id);
        });
        return { status: 204 };
      },
    },
    {
      method: 'GET',
      path: `${path}/:id/data_sources`,
      caller: 'signed-in',
      handle: async (call, principal) => {
        const id = pathId(call, NOUN);
        const rows = await gate.read(principal, purpose(call, 'read', 'client'), async (sight) => {
          await requireClient(sight, id);
          return dataSources.ofClient(sight, id);
        });
        return { body: rows.map(presentDataSource) };
      },
    },
    {
      method: 'POST',
      path: `${path}/:id/data_sources`,
      caller: 'superuser',
      handle: async (call, principal) => {
        const id = pathId(call, NOUN);
        const { dataSourceId } = readBody(call, dataSourceLinkSchema);
        const { link, created } = await gate.write(
          principal,
          purpose(call, 'update', 'client'),
          async (sight) => {
            await requireClient(sight, id);
            if (!(await dataSources.get(sight, dataSourceId))) throw notFound('DataSource');
            return clients.addDataSource(sight, id, dataSourceId);
          },
        );
        return { status: created ? 201 : 200, body: presentClientDataSource(link) };
      },
    },
    {
      method: 'DELETE',
      path: `${path}/:id/data_sources`,
      caller: 'superuser',
      handle: async (call, principal) => {
        const id = pathId(call, NOUN);
        const { dataSourceId } = readBody(call, dataSourceLinkSchema);
        await gate.write(principal, purpose(call, 'update', 'client'), async (sight) => {
          await requireClient(sight, id);
          await clients.removeDataSource(sight, id, dataSourceId);
        });
        return { status: 204 };
      },
    },
  ];
}

function taken() {
  return invalid('clientId', 'Another client has this client id.');
}
