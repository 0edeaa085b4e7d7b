import type { Sight } from '../../access/sight.ts';
import type { Principal } from '../../domain/principal.ts';
import { forbidden, invalid, notFound, Refusal } from '../../domain/refusal.ts';
import type { Call, Deps, GuardedRoute } from '../../face.ts';
import { addPatient } from '../../operations/add-patient.ts';
import { changePatient } from '../../operations/change-patient.ts';
import { removePatientFromOrganization } from '../../operations/remove-patient-from-organization.ts';
import * as patients from '../../store/patients.ts';
import { presentPage, readWholeOrPage } from '../page.ts';
import { purpose } from '../purpose.ts';
import { pathId, queryId, queryText, readBody } from '../read-request.ts';
import { newSelection, remember } from '../selection.ts';
import {
  BIRTH_DATE,
  birthDateSchema,
  emailSchema,
  newPatientSchema,
  patientChangesSchema,
  presentPatient,
} from './wire.ts';

/** A patient in sight. To those who do not administer, out of sight and absent look the same (3.7, H-05). */
export async function requirePatient(
  sight: Sight,
  id: number,
  refusal: string,
): Promise<patients.PatientRow> {
  const row = await patients.get(sight, id);
  if (row) return row;
  throw sight.principal.superuser ? notFound('Patient') : forbidden(refusal);
}

const OUT_OF_SIGHT = 'Current User does not have authorization to access this Patient.';

/** `/patients` (3.7): patients who share an organization with the caller; patients see themselves. */
export function patientRoutes({ gate, config }: Deps): GuardedRoute[] {
  const read = (call: Call, principal: Principal, id: number) =>
    gate.read(principal, purpose(call, 'read', 'patient'), (sight) =>
      requirePatient(sight, id, OUT_OF_SIGHT),
    );

  const change: GuardedRoute['handle'] = async (call, principal) => {
    const id = pathId(call, 'Patient');
    const organizationId = queryId(call, 'organizationId');
    const changes = readBody(call, patientChangesSchema);
    const row = await gate.write(principal, purpose(call, 'update', 'patient'), async (sight) => {
      await changePatient(sight, id, organizationId, changes);
      return requirePatient(sight, id, OUT_OF_SIGHT);
    });
    return { body: presentPatient(row) };
  };

  return [
    {
      method: 'GET',
      path: '/api/v1/patients',
      caller: 'practitioner',
      handle: async (call, principal) => {
        const page = readWholeOrPage(call);
        const filter = {
          organizationId: queryId(call, 'organizationId'),
          studyId: queryId(call, 'studyId'),
          patientId: queryId(call, 'patientId'),
          identifierValue: queryText(call, 'patientIdentifierValue'),
          words: queryWords(call),
        };
        const { found, changes } = await gate.read(
          principal,
          purpose(call, 'search', 'patient'),
          async (sight) => ({
            found: await patients.list(sight, filter, page),
            changes: await newSelection(sight, { ...filter, clearsStudy: true }),
          }),
        );
        await remember(gate, call, principal, changes);
        return { body: presentPage(config, call, page, found, presentPatient) };
      },
    },
    {
      method: 'GET',
      path: '/api/v1/patients/me',
      caller: 'signed-in',
      handle: async (call, principal) => {
        if (principal.patientId === null) throw forbidden('Current user is not a patient.');
        return { body: presentPatient(await read(call, principal, principal.patientId)) };
      },
    },
    {
      method: 'GET',
      path: '/api/v1/patients/:id',
      caller: 'signed-in',
      handle: async (call, principal) => ({
        body: presentPatient(await read(call, principal, pathId(call, 'Patient'))),
      }),
    },
    {
      method: 'POST',
      path: '/api/v1/patients',
      caller: 'practitioner',
      handle: async (call, principal) => {
        const { telecomEmail, birthDate, ...draft } = readBody(call, newPatientSchema);
        const contactEmail = readEmail(telecomEmail);
        if (contactEmail === null && !draft.identifiers?.length) throw new Refusal('invalid', NO_ADDRESS);
        const details = { ...draft, contactEmail, birthDate: readBirthDate(birthDate) };
        const row = await gate
          .write(principal, purpose(call, 'create', 'patient'), async (sight) => {
            const { patientId } = await addPatient(sight, details);
            return requirePatient(sight, patientId, OUT_OF_SIGHT);
          })
          .catch((fault: unknown) => {
            throw fault instanceof Refusal && fault.path?.startsWith('identifiers[')
              ? new Refusal('invalid', fault.message)
              : fault;
          });
        return { status: 201, body: presentPatient(row) };
      },
    },
    { method: 'PATCH', path: '/api/v1/patients/:id', caller: 'practitioner', handle: change },
    { method: 'PUT', path: '/api/v1/patients/:id', caller: 'practitioner', handle: change },
    {
      method: 'DELETE',
      path: '/api/v1/patients/:id',
      caller: 'practitioner',
      handle: async (call, principal) => {
        const id = pathId(call, 'Patient');
        const organizationId = queryId(call, 'organizationId');
        if (organizationId === undefined) {
          return { status: 400, body: { detail: 'organizationId required' } };
        }
        await gate.write(principal, purpose(call, 'delete', 'patient'), (sight) =>
          removePatientFromOrganization(sight, id, organizationId),
        );
        return { status: 204 };
      },
    },
  ];
}

const MOST_WORDS = 12;

/** `search=ada byron`: each word is looked for. */
function queryWords(call: Call): string[] {
  const words = patients.wordsOf(queryText(call, 'search') ?? '');
  if (words.length > MOST_WORDS) throw invalid('search', `must have at most ${MOST_WORDS} words.`);
  return words;
}

/** What clients show (3.7). A record that nobody could find again is not made. */
const NO_ADDRESS =
  'Email is required to create a patient. Without one, give an identifier by which your organization knows the patient.';

/** The address to write to; null when there is none. */
function readEmail(value: unknown): string | null {
  const text = typeof value === 'string' ? value.trim() : (value ?? '');
  if (text === '') return null;
  const parsed = emailSchema.safeParse(text);
  if (!parsed.success) throw new Refusal('invalid', 'Enter a valid email address.');
  return parsed.data;
}

function readBirthDate(value: unknown): string | null | undefined {
  const parsed = birthDateSchema.safeParse(value);
  if (!parsed.success) throw new Refusal('invalid', BIRTH_DATE);
  return parsed.data;
}
