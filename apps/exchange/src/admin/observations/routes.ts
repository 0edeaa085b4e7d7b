import type { Filter } from '@jhe/fhir';
import type { Sight } from '../../access/sight.ts';
import { notFound, Refusal } from '../../domain/refusal.ts';
import type { Call, Deps, GuardedRoute } from '../../face.ts';
import * as observations from '../../store/observations.ts';
import * as patients from '../../store/patients.ts';
import { presentPage, readPage } from '../page.ts';
import { purpose } from '../purpose.ts';
import { pathId, queryId } from '../read-request.ts';
import { newSelection, remember } from '../selection.ts';
import { renderObservation, renderPage } from './wire.ts';

const JSON_TEXT = { 'content-type': 'application/json; charset=utf-8' };
const PATH = '/api/v1/observations';

/** Query keys as filters. A study or an organization keeps what is shared through it (3.9, D-01). */
function readFilters(call: Pick<Call, 'query'>): Filter[] {
  const id = queryId(call, 'observationId');
  const filters: Filter[] = id === undefined ? [] : [byId(id)];
  for (const [key, name, target] of [
    ['patientId', 'patient', 'Patient'],
    ['studyId', 'study', 'Group'],
    ['organizationId', 'organization', 'Organization'],
  ] as const) {
    const value = queryId(call, key);
    if (value !== undefined) filters.push({ type: 'reference', name, target, ids: [String(value)] });
  }
  return filters;
}

const byId = (id: number): Filter => ({ type: 'id', name: '_id', ids: [String(id)] });

/** `/observations` (3.9): readings as practitioners see them, newest arrival first. Nothing here writes (H-11). */
export function observationRoutes({ gate, config }: Deps): GuardedRoute[] {
  const refuseWrite = (method: 'PUT' | 'PATCH' | 'DELETE' | 'POST', path: string): GuardedRoute => ({
    method,
    path,
    caller: 'signed-in',
    handle: async () => {
      throw new Refusal('not-allowed', `Method "${method}" not allowed.`);
    },
  });

  return [
    {
      method: 'GET',
      path: PATH,
      caller: 'practitioner',
      handle: async (call, principal) => {
        const page = readPage(call);
        const filters = readFilters(call);
        const selection = {
          organizationId: queryId(call, 'organizationId'),
          studyId: queryId(call, 'studyId'),
          clearsStudy: true,
        };
        const { total, rendered, changes } = await gate.read(
          principal,
          purpose(call, 'search', 'observation'),
          async (sight) => {
            const total = await observations.count(sight, filters);
            const { limit: count, offset } = page;
            const { rows } = await observations.search(sight, { filters, sort: [], count, offset });
            const changes = await newSelection(sight, selection);
            return { total, rendered: await render(sight, rows), changes };
          },
        );
        await remember(gate, call, principal, changes);
        const shown = presentPage(config, call, page, { total, rows: rendered }, (text) => text);
        return { headers: JSON_TEXT, body: renderPage(shown, shown.results) };
      },
    },
    {
      method: 'GET',
      path: `${PATH}/:id`,
      caller: 'practitioner',
      handle: async (call, principal) => {
        const filters = [byId(pathId(call, 'Observation'))];
        const [text] = await gate.read(principal, purpose(call, 'read', 'observation'), async (sight) =>
          render(sight, (await observations.search(sight, { filters, sort: [], count: 1 })).rows),
        );
        if (text === undefined) throw notFound('Observation');
        return { headers: JSON_TEXT, body: text };
      },
    },
    refuseWrite('POST', PATH),
    refuseWrite('PUT', `${PATH}/:id`),
    refuseWrite('PATCH', `${PATH}/:id`),
    refuseWrite('DELETE', `${PATH}/:id`),
  ];
}

async function render(sight: Sight, rows: readonly observations.ObservationRow[]): Promise<string[]> {
  const named = await patients.names(sight, [...new Set(rows.map((row) => row.patientId))]);
  const names = new Map(named.map((name) => [name.id, name]));
  return rows.map((row) => renderObservation(row, names.get(row.patientId)));
}
