/** Answering what studies ask: permit, decline, withdraw, take back (contract section 4). */
import type { WritableSight } from '../access/sight.ts';
import { reach } from '../domain/principal.ts';
import { forbidden, invalid } from '../domain/refusal.ts';
import * as consents from '../store/consents.ts';
import * as patients from '../store/patients.ts';

/** A question, and where the caller asked it, so that a refusal can point there. */
export type ConsentQuestion = consents.Question &
  Readonly<{
    /** For example `studyScopeConsents[0].scopeConsents[1]`. */
    path?: string | undefined;
    /** For example `studyScopeConsents[0].studyId`. */
    studyPath?: string | undefined;
  }>;

export type ConsentAnswer = ConsentQuestion & Readonly<{ permitted: boolean }>;

/** A consent as it stands after the deed; `created` when there was no answer before. */
export type AnsweredConsent = consents.ConsentRow & Readonly<{ created: boolean; enrollmentId?: number }>;

/**
 * Records a patient's answers, all or none, each with its event in the history: `permit`, `decline` (a first no) or
 * `withdraw` (a yes that becomes a no). The same answer again changes nothing. `basis` says on what ground somebody else
 * answers, for example a signed form. Returns the consents in the order of the answers. Refuses who is neither the
 * patient nor a member or manager of the study's organization, and answers to what is not asked.
 */
export async function answerConsents(
  sight: WritableSight,
  deed: { patientId: number; answers: readonly ConsentAnswer[]; basis?: string | undefined },
): Promise<AnsweredConsent[]> {
  const { patientId, answers } = deed;
  const roleOf = await authorize(sight, patientId, answers);

  const first = await consents.insertFirst(sight, patientId, answers);
  const isFirst = new Set(first.map(keyOf));
  const before = new Map((await consents.hold(sight, patientId, answers)).map((row) => [keyOf(row), row]));
  const changed = answers.filter((answer) => {
    const held = before.get(keyOf(answer));
    return held !== undefined && !isFirst.has(keyOf(answer)) && held.permitted !== answer.permitted;
  });
  for (const permitted of [true, false]) {
    const same = changed.filter((answer) => answer.permitted === permitted);
    if (same.length === 0) continue;
    for (const row of await consents.change(sight, patientId, same, permitted)) before.set(keyOf(row), row);
  }

  const decisions: consents.NewConsentEvent[] = [
    ...first.map((row) => ({ ...row, decision: row.permitted ? ('permit' as const) : ('decline' as const) })),
    ...changed.map((answer) => ({
      ...answer,
      decision: answer.permitted ? ('permit' as const) : ('withdraw' as const),
    })),
  ].map(({ studyId, codeId, decision }) => ({
    patientId,
    studyId,
    codeId,
    decision,
    actorRole: roleOf(studyId),
    basis: deed.basis ?? null,
  }));
  await consents.appendEvents(sight, decisions);

  return answers.map((answer) => {
    const row = before.get(keyOf(answer));
    // A token that may answer but not read consents does not get here: the gate grants both by one scope or none.
    if (!row) throw forbidden("The token's scopes do not allow to read Consent.");
    return { ...row, created: isFirst.has(keyOf(answer)) };
  });
}

/** Takes answers back, so that the questions are pending again. What was not answered stays so. Authority as above. */
export async function clearConsents(
  sight: WritableSight,
  deed: { patientId: number; questions: readonly ConsentQuestion[]; basis?: string | undefined },
): Promise<void> {
  const { patientId, questions } = deed;
  const roleOf = await authorize(sight, patientId, questions);
  await consents.hold(sight, patientId, questions);
  const cleared = await consents.clear(sight, patientId, questions);
  await consents.appendEvents(
    sight,
    cleared.map(({ studyId, codeId }) => ({
      patientId,
      studyId,
      codeId,
      decision: 'clear',
      actorRole: roleOf(studyId),
      basis: deed.basis ?? null,
    })),
  );
}

/** Refuses unless every question may be answered by this principal; tells in which role. */
async function authorize(
  sight: WritableSight,
  patientId: number,
  questions: readonly ConsentQuestion[],
): Promise<(studyId: number) => consents.ActorRole> {
  const own = sight.principal.patientId === patientId;
  if (!own && reach(sight.principal, 'Consent', 'u') !== 'all') {
    throw forbidden('Only Patient users can update their own consents.');
  }
  const studyIds = [...new Set(questions.map((question) => question.studyId))];
  const answerable = new Set((await consents.answerable(sight, patientId, studyIds)).map(keyOf));
  const standings = new Map(
    (await consents.standing(sight, patientId, studyIds)).map((row) => [row.studyId, row]),
  );
  const inSight = own || (await patients.get(sight, patientId)) !== undefined;

  const seen = new Set<string>();
  for (const [index, question] of questions.entries()) {
    const path = question.path ?? `answers[${index}]`;
    if (seen.has(keyOf(question))) throw invalid(path, 'This question is answered twice.');
    seen.add(keyOf(question));
    if (answerable.has(keyOf(question))) continue;
    const standing = standings.get(question.studyId);
    if (!own) refuseRole(sight, inSight, standing);
    if (!standing?.enrolled) {
      throw invalid(question.studyPath ?? path, 'The patient is not enrolled in this study.');
    }
    throw invalid(path, 'This study does not request this code.');
  }

  return (studyId) => {
    if (own) return 'patient';
    const role = standings.get(studyId)?.role;
    return role === 'manager' ? 'manager' : 'member';
  };
}

/** Why somebody else may not answer (4.3); returns when it is not for lack of a role. */
function refuseRole(
  sight: WritableSight,
  inSight: boolean,
  standing: consents.StandingRow | undefined,
): void {
  const { practitionerId, superuser } = sight.principal;
  const role = standing?.role ?? null;
  if (role === 'member' || role === 'manager') return;
  if (role === 'viewer') throw forbidden('Practitioner role is not valid.');
  if (practitionerId === null || (superuser && inSight)) {
    throw forbidden('Only Patient users can update their own consents.');
  }
  throw forbidden("Practitioner doesn't have right now for patient.");
}

const keyOf = ({ studyId, codeId }: consents.Question) => `${studyId}|${codeId}`;
