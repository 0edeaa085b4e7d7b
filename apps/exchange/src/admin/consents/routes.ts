import type { WritableSight } from '../../access/sight.ts';
import type { Principal } from '../../domain/principal.ts';
import { invalid } from '../../domain/refusal.ts';
import type { Deps, GuardedRoute } from '../../face.ts';
import { answerConsents, type ConsentQuestion, clearConsents } from '../../operations/answer-consents.ts';
import * as codes from '../../store/codes.ts';
import * as consents from '../../store/consents.ts';
import * as dataSources from '../../store/data-sources.ts';
import { presentPage, readPage } from '../page.ts';
import { requirePatient } from '../patients/routes.ts';
import { purpose } from '../purpose.ts';
import { pathId, readBody } from '../read-request.ts';
import {
  answersSchema,
  presentConsentEvent,
  presentConsents,
  presentScopeConsent,
  questionsSchema,
} from './wire.ts';

/** `/patients/:id/consents` (section 4): what studies ask of a patient and what the patient answers. */
export function consentRoutes({ gate, config }: Deps): GuardedRoute[] {
  /** POST and PATCH do the same, so that a client whose picture is old cannot get stuck. */
  const answer: GuardedRoute['handle'] = async (call, principal) => {
    const patientId = pathId(call, 'Patient');
    const { studyScopeConsents, basis } = readBody(call, answersSchema);
    return gate.write(principal, purpose(call, 'update', 'consent'), async (sight) => {
      const { questions, known } = await resolve(sight, studyScopeConsents);
      const said = studyScopeConsents.flatMap(({ studyVersion, scopeConsents }, i) =>
        scopeConsents.map(({ consented, endsAt }, j) => ({
          permitted: consented,
          endsAt,
          endsAtPath: `studyScopeConsents[${i}].scopeConsents[${j}].endsAt`,
          studyVersion,
        })),
      );
      // Questions come in the order in which they stand in the request.
      const answers = questions.map((question, index) => ({ ...question, ...said[index]! }));
      const rows = await answerConsents(sight, { patientId, answers, basis });
      return {
        status: rows.some((row) => row.created) ? 201 : 200,
        body: { studyScopeConsents: rows.map((row) => presentScopeConsent(row, known)) },
      };
    });
  };
  const path = '/api/v1/patients/:id/consents';

  return [
    {
      method: 'GET',
      path,
      caller: 'signed-in',
      handle: async (call, principal) => {
        const patientId = pathId(call, 'Patient');
        const body = await gate.read(principal, purpose(call, 'read', 'consent'), async (sight) => {
          const patient = await requirePatient(sight, patientId, outOfSight(principal));
          const questions = await consents.questions(sight, patientId);
          const studyIds = [...new Set(questions.map((row) => row.studyId))];
          return presentConsents(patient, questions, await dataSources.ofStudies(sight, studyIds));
        });
        return { body };
      },
    },
    { method: 'POST', path, caller: 'signed-in', importance: 'vital', handle: answer },
    { method: 'PATCH', path, caller: 'signed-in', importance: 'vital', handle: answer },
    {
      method: 'DELETE',
      path,
      caller: 'signed-in',
      importance: 'vital',
      handle: async (call, principal) => {
        const patientId = pathId(call, 'Patient');
        const { studyScopeConsents, basis } = readBody(call, questionsSchema);
        await gate.write(principal, purpose(call, 'update', 'consent'), async (sight) => {
          const { questions } = await resolve(sight, studyScopeConsents);
          await clearConsents(sight, { patientId, questions, basis });
        });
        return { status: 204 };
      },
    },
    {
      method: 'GET',
      path: `${path}/history`,
      caller: 'signed-in',
      handle: async (call, principal) => {
        const patientId = pathId(call, 'Patient');
        const page = readPage(call);
        const found = await gate.read(principal, purpose(call, 'search', 'consent'), async (sight) => {
          await requirePatient(sight, patientId, outOfSight(principal));
          return consents.history(sight, patientId, page);
        });
        return { body: presentPage(config, call, page, found, presentConsentEvent) };
      },
    },
  ];
}

function outOfSight(principal: Principal): string {
  return principal.practitionerId === null
    ? 'The Patient does not match the current patient user.'
    : 'This Practitioner not authorized to access this Patient';
}

type StudyQuestions = readonly {
  studyId: number;
  scopeConsents: readonly { codingSystem: string; codingCode: string }[];
}[];

/** From coding system and code to the codes we know; refuses an unknown one where it stands in the request. */
async function resolve(
  sight: WritableSight,
  studies: StudyQuestions,
): Promise<{ questions: ConsentQuestion[]; known: ReadonlyMap<number, codes.CodeRow> }> {
  const wanted = studies.flatMap((study) => study.scopeConsents.map((scope) => scope.codingCode));
  const rows = await codes.findByCode(sight, [...new Set(wanted)]);
  const questions = studies.flatMap(({ studyId, scopeConsents }, i) =>
    scopeConsents.map(({ codingSystem, codingCode }, j) => {
      const path = `studyScopeConsents[${i}].scopeConsents[${j}]`;
      const row = codes.named(rows, { system: codingSystem, code: codingCode });
      if (!row) throw invalid(`${path}.codingCode`, 'There is no such code in this coding system.');
      return {
        studyId,
        codeId: row.id,
        path: `${path}.codingCode`,
        studyPath: `studyScopeConsents[${i}].studyId`,
      };
    }),
  );
  return { questions, known: new Map(rows.map((row) => [row.id, row])) };
}
