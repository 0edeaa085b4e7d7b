import type { Sight } from '../../access/sight.ts';
import { forbidden, notFound } from '../../domain/refusal.ts';
import type { Deps, GuardedRoute } from '../../face.ts';
import { changeStudy, STUDY_OUT_OF_SIGHT } from '../../operations/change-study.ts';
import { createStudy } from '../../operations/create-study.ts';
import { removeStudy } from '../../operations/remove-study.ts';
import * as studies from '../../store/studies.ts';
import { presentPage, readWholeOrPage } from '../page.ts';
import { purpose } from '../purpose.ts';
import { pathId, queryId, queryText, readBody } from '../read-request.ts';
import { newSelection, remember } from '../selection.ts';
import { newStudySchema, presentStudy, presentStudyRead, studyChangesSchema } from './wire.ts';

/** A study in sight; refuses one that is not like one that does not exist (3.8). */
export async function requireStudy(sight: Sight, id: number): Promise<studies.StudyRow> {
  const row = await studies.get(sight, id);
  if (!row) throw forbidden(STUDY_OUT_OF_SIGHT);
  return row;
}

/** `/studies` (3.8): studies of the caller's organizations. Members and managers of the organization change them. */
export function studyRoutes({ gate, config }: Deps): GuardedRoute[] {
  const change: GuardedRoute['handle'] = async (call, principal) => {
    const id = pathId(call, 'Study');
    const { organization, ...changes } = readBody(call, studyChangesSchema);
    const row = await gate.write(principal, purpose(call, 'update', 'study'), async (sight) => {
      await changeStudy(sight, id, { ...changes, organizationId: organization });
      return studies.get(sight, id);
    });
    if (!row) throw notFound('Study');
    return { body: presentStudy(row) };
  };

  return [
    {
      method: 'GET',
      path: '/api/v1/studies',
      caller: 'practitioner',
      handle: async (call, principal) => {
        const page = readWholeOrPage(call);
        const filter = { organizationId: queryId(call, 'organizationId') };
        const selection = { ...filter, studyId: queryId(call, 'studyId'), clearsStudy: false };
        const { found, changes } = await gate.read(
          principal,
          purpose(call, 'search', 'study'),
          async (sight) => ({
            found: await studies.list(sight, filter, page),
            changes: await newSelection(sight, selection),
          }),
        );
        await remember(gate, call, principal, changes);
        return { body: presentPage(config, call, page, found, presentStudyRead) };
      },
    },
    {
      method: 'GET',
      path: '/api/v1/studies/:id',
      caller: 'practitioner',
      handle: async (call, principal) => {
        const id = pathId(call, 'Study');
        const row = await gate.read(principal, purpose(call, 'read', 'study'), (sight) =>
          requireStudy(sight, id),
        );
        return { body: presentStudyRead(row) };
      },
    },
    {
      method: 'POST',
      path: '/api/v1/studies',
      caller: 'practitioner',
      handle: async (call, principal) => {
        const {
          organization,
          name,
          description,
          iconUrl,
          purpose: use,
          endsAt,
        } = readBody(call, newStudySchema);
        const row = await gate.write(principal, purpose(call, 'create', 'study'), async (sight) => {
          const draft = {
            organizationId: organization,
            name,
            description,
            iconUrl: iconUrl ?? null,
            purpose: use ?? 'HRESCH',
            endsAt: endsAt ?? null,
          };
          return studies.get(sight, await createStudy(sight, draft));
        });
        if (!row) throw notFound('Study');
        return { status: 201, body: presentStudy(row) };
      },
    },
    { method: 'PATCH', path: '/api/v1/studies/:id', caller: 'practitioner', handle: change },
    { method: 'PUT', path: '/api/v1/studies/:id', caller: 'practitioner', handle: change },
    {
      method: 'DELETE',
      path: '/api/v1/studies/:id',
      caller: 'practitioner',
      handle: async (call, principal) => {
        const id = pathId(call, 'Study');
        const cascade = queryText(call, 'cascade') === 'true';
        await gate.write(principal, purpose(call, 'delete', 'study'), (sight) =>
          removeStudy(sight, id, cascade),
        );
        return { status: 204 };
      },
    },
  ];
}
