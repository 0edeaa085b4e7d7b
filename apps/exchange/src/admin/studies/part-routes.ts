import type { Sight, WritableSight } from '../../access/sight.ts';
import { notFound } from '../../domain/refusal.ts';
import type { Answer, Call, Deps, GuardedRoute } from '../../face.ts';
import { requireManageableStudy, withdrawRequest } from '../../operations/change-study.ts';
import { enrollPatients } from '../../operations/enroll-patients.ts';
import { unenrollPatients } from '../../operations/unenroll-patients.ts';
import * as clients from '../../store/clients.ts';
import * as codes from '../../store/codes.ts';
import * as dataSources from '../../store/data-sources.ts';
import * as patients from '../../store/patients.ts';
import * as parts from '../../store/study-parts.ts';
import { presentPage, readPage } from '../page.ts';
import { presentPatient } from '../patients/wire.ts';
import { purpose } from '../purpose.ts';
import { pathId, readBody } from '../read-request.ts';
import { requireStudy } from './routes.ts';
import {
  clientLinkSchema,
  dataSourceLinkSchema,
  patientIdsSchema,
  presentScopeRequest,
  presentStudyClient,
  presentStudyDataSource,
  presentStudyPatient,
  scopeCodeSchema,
} from './wire.ts';

const studyId = (call: Call) => pathId(call, 'Study');

/** What belongs to a study (3.8, H-03): reading needs sight of the study, changing a role in its organization. */
export function studyPartRoutes({ gate, config }: Deps): GuardedRoute[] {
  const read = (path: string, load: (sight: Sight, id: number) => Promise<unknown>): GuardedRoute => ({
    method: 'GET',
    path: `/api/v1/studies/:id/${path}`,
    caller: 'practitioner',
    handle: async (call, principal) => ({
      body: await gate.read(principal, purpose(call, 'read', 'study'), (sight) => load(sight, studyId(call))),
    }),
  });
  const write = (
    method: 'POST' | 'DELETE',
    path: string,
    deed: (sight: WritableSight, id: number, call: Call) => Promise<Answer>,
  ): GuardedRoute => ({
    method,
    path: `/api/v1/studies/:id/${path}`,
    caller: 'practitioner',
    handle: (call, principal) =>
      gate.write(principal, purpose(call, 'update', 'study'), (sight) => deed(sight, studyId(call), call)),
  });

  return [
    {
      method: 'GET',
      path: '/api/v1/studies/:id/patients',
      caller: 'practitioner',
      handle: async (call, principal) => {
        const page = readPage(call);
        const found = await gate.read(principal, purpose(call, 'search', 'patient'), async (sight) => {
          await requireStudy(sight, studyId(call));
          return patients.list(sight, { studyId: studyId(call) }, page);
        });
        return { body: presentPage(config, call, page, found, presentPatient) };
      },
    },
    write('POST', 'patients', async (sight, id, call) => {
      const { patientIds } = readBody(call, patientIdsSchema);
      const enrolled = await enrollPatients(sight, id, patientIds);
      const study = await requireStudy(sight, id);
      return { status: 201, body: { studyPatients: enrolled.map((row) => presentStudyPatient(study, row)) } };
    }),
    write('DELETE', 'patients', async (sight, id, call) => {
      await unenrollPatients(sight, id, readBody(call, patientIdsSchema).patientIds);
      return { status: 204 };
    }),

    read('scope_requests', async (sight, id) => {
      const study = await requireStudy(sight, id);
      return (await parts.requestedCodes(sight, id)).map((row) => presentScopeRequest(study, row));
    }),
    write('POST', 'scope_requests', async (sight, id, call) => {
      await requireManageableStudy(sight, id);
      const { scopeCodeId } = readBody(call, scopeCodeSchema);
      if (!(await codes.get(sight, scopeCodeId))) throw notFound('CodeableConcept');
      const created = await parts.requestCode(sight, id, scopeCodeId);
      const study = await requireStudy(sight, id);
      const row = (await parts.requestedCodes(sight, id)).find((request) => request.codeId === scopeCodeId);
      if (!row) throw notFound('StudyScopeRequest');
      return { status: created ? 201 : 200, body: presentScopeRequest(study, row) };
    }),
    write('DELETE', 'scope_requests', async (sight, id, call) => {
      await withdrawRequest(sight, id, readBody(call, scopeCodeSchema).scopeCodeId);
      return { status: 204 };
    }),

    read('clients', async (sight, id) => {
      const study = await requireStudy(sight, id);
      return (await parts.clients(sight, id)).map((row) => presentStudyClient(study, row));
    }),
    write('POST', 'clients', async (sight, id, call) => {
      await requireManageableStudy(sight, id);
      const { clientId } = readBody(call, clientLinkSchema);
      if (!(await clients.get(sight, clientId))) throw notFound('Client');
      return { status: (await parts.addClient(sight, id, clientId)) ? 201 : 200 };
    }),
    write('DELETE', 'clients', async (sight, id, call) => {
      await requireManageableStudy(sight, id);
      await parts.removeClient(sight, id, readBody(call, clientLinkSchema).clientId);
      return { status: 204 };
    }),

    read('data_sources', async (sight, id) => {
      const study = await requireStudy(sight, id);
      return (await parts.dataSources(sight, id)).map((row) => presentStudyDataSource(study, row));
    }),
    write('POST', 'data_sources', async (sight, id, call) => {
      await requireManageableStudy(sight, id);
      const { dataSourceId } = readBody(call, dataSourceLinkSchema);
      if (!(await dataSources.get(sight, dataSourceId))) throw notFound('DataSource');
      return { status: (await parts.addDataSource(sight, id, dataSourceId)) ? 201 : 200 };
    }),
    write('DELETE', 'data_sources', async (sight, id, call) => {
      await requireManageableStudy(sight, id);
      await parts.removeDataSource(sight, id, readBody(call, dataSourceLinkSchema).dataSourceId);
      return { status: 204 };
    }),
  ];
}
