/** Answering what studies ask: permit, decline, withdraw, take back (contract section 4; who may: domain/may.ts). */
import type { WritableSight } from '../access/sight.ts';
import type { Principal } from '../domain/principal.ts';
import { reach } from '../domain/principal.ts';
import { forbidden, invalid, Refusal } from '../domain/refusal.ts';
import * as consents from '../store/consents.ts';
import { holdPeople, holdStudies } from '../store/locks.ts';
import * as patients from '../store/patients.ts';
import * as recordEvents from '../store/record-events.ts';

/** A question, and where the caller asked it, so that a refusal can point there. */
export type ConsentQuestion = consents.Question &
  Readonly<{
    /** For example `studyScopeConsents[0].scopeConsents[1]`. */
    path?: string | undefined;
    /** For example `studyScopeConsents[0].studyId`. */
    studyPath?: string | undefined;
  }>;

export type ConsentAnswer = ConsentQuestion &
  Readonly<{
    permitted: boolean;
    /** When a yes stops counting, if before the study's own end; null: not before. Unsaid: as it stands, or not before. */
    endsAt?: Date | null | undefined;
    endsAtPath?: string | undefined;
    /** Which version of the study it answers; unsaid: the one that stands. */
    studyVersion?: number | undefined;
  }>;

/** A consent as it stands after the deed, in which enrolment; `created` when there was no answer before. */
export type AnsweredConsent = consents.ConsentRow &
  Readonly<{ created: boolean; enrollmentId: number | null }>;

export type AnswerDeed = Readonly<{
  patientId: number;
  answers: readonly ConsentAnswer[];
  /** On what ground somebody else answers, for example a signed form. An attested yes needs one. */
  basis?: string | undefined;
}>;

/** What a link's yes is recorded on. */
const LINK_BASIS = 'invitation link';
/** One sentence for every reason why: that she said no, or keeps the record herself, is hers to tell. */
const ONLY_THE_PATIENT = 'Only the patient can say yes to this.';
const STUDY_CHANGED =
  'This study has changed since it was read. Read it again, and answer what it asks now. Nothing was recorded.';

/**
 * Records answers, all or none, each with its event in the history: `permit`, `decline` (a first no) or `withdraw` (a yes
 * that becomes a no). The same answer again changes nothing. The person answers in a proved session; a link's session
 * answers for the organization that gave the link; a manager attests a yes on a basis, in the organization's own keeping
 * and never after the person's no; members and managers turn a yes into a no. Returns the consents in the order of the
 * answers. Refuses everybody else, answers to what is not asked, and a yes to a version of the study that does not stand any
 * more: the study is held before it is looked at, so none is changed under an answer.
 */
export async function answerConsents(sight: WritableSight, deed: AnswerDeed): Promise<AnsweredConsent[]> {
  const { patientId, answers } = deed;
  await hold(sight, patientId, answers);
  const before = new Map((await consents.get(sight, patientId, answers)).map((row) => [keyOf(row), row]));
  const authority = await authorize(sight, patientId, answers);

  for (const answer of answers) requireEnd(answer);
  if (
    answers.some(
      // A no is never held up, whatever it was read from.
      ({ permitted, studyId, studyVersion: read }) =>
        permitted && read !== undefined && read !== authority.versionOf(studyId),
    )
  ) {
    throw new Refusal('conflict', STUDY_CHANGED);
  }

  const isPerson = authority.as === 'person';
  const changed = answers.filter((answer) => {
    const held = before.get(keyOf(answer));
    // Her own yes to what others attested is another answer; so is an attestation of what waits for one.
    const same =
      held?.permitted === answer.permitted &&
      (!isPerson || held.own) &&
      (!answer.permitted ||
        ((held.opens || authority.as === 'link') &&
          isSameEnd(answer, held, authority.endOf(answer.studyId))));
    return !same;
  });
  for (const answer of changed) authority.requireAnswer(answer, deed.basis);

  const rows = changed.map(
    ({ studyId, codeId, permitted, endsAt }): consents.NewAnswer => ({
      studyId,
      codeId,
      permitted,
      own: isPerson,
      basis: authority.as === 'link' ? LINK_BASIS : isPerson ? null : (deed.basis ?? null),
      linkSession: authority.as === 'link' ? grantOf(sight.principal) : null,
      endsAt: endsAt ?? null,
    }),
  );
  const isFirst = (row: consents.Question) => !before.has(keyOf(row));
  const written = [
    ...(await consents.insert(sight, patientId, rows.filter(isFirst))),
    ...(await consents.change(
      sight,
      patientId,
      rows.filter((row) => !isFirst(row)),
    )),
  ];
  // The database takes fewer where it knows better: then nothing of it is to stand.
  if (written.length !== rows.length) throw forbidden(ONLY_THE_PATIENT);
  if (authority.as !== 'staff') {
    await consents.declineMeasures(
      sight,
      patientId,
      rows.filter((row) => !row.permitted),
    );
  }
  const decisionOf = (row: consents.NewAnswer) => {
    if (row.permitted) return 'permit';
    return before.get(keyOf(row))?.permitted ? 'withdraw' : 'decline';
  };
  await consents.appendEvents(
    sight,
    rows.map((row) => ({
      patientId,
      studyId: row.studyId,
      codeId: row.codeId,
      decision: decisionOf(row),
      actorRole: authority.roleOf(row.studyId),
      basis: row.basis,
      own: isPerson,
      endsAt: row.endsAt,
    })),
  );
  if (authority.as === 'staff') await tellPerson(sight, patientId, rows);

  const after = new Map([...before, ...written.map((row) => [keyOf(row), row] as const)]);
  return answers.map((answer) => {
    const row = after.get(keyOf(answer));
    // A token that may answer but not read consents does not get here: the gate grants both by one scope or none.
    if (!row) throw forbidden("The token's scopes do not allow to read Consent.");
    return { ...row, created: isFirst(answer), enrollmentId: authority.enrollmentOf(answer.studyId) };
  });
}

/**
 * Takes answers back, so that the questions are pending again. What was not answered stays so. The person takes back any
 * answer, a link's session what it may answer, a manager what was attested in the organization's keeping.
 */
export async function clearConsents(
  sight: WritableSight,
  deed: { patientId: number; questions: readonly ConsentQuestion[]; basis?: string | undefined },
): Promise<void> {
  const { patientId, questions } = deed;
  await hold(sight, patientId, questions);
  const before = new Map((await consents.get(sight, patientId, questions)).map((row) => [keyOf(row), row]));
  const authority = await authorize(sight, patientId, questions);
  for (const question of questions) authority.requireClear(question, before.get(keyOf(question)));
  const answered = questions.filter((question) => before.has(keyOf(question)));
  // Before they are gone: whoever took a no back has not said yes, and whoever took a yes back has said no to the others'.
  if (authority.as !== 'staff') await consents.declineMeasures(sight, patientId, answered);
  const cleared = await consents.clear(sight, patientId, answered);
  await consents.appendEvents(
    sight,
    cleared.map(({ studyId, codeId }) => ({
      patientId,
      studyId,
      codeId,
      decision: 'clear',
      actorRole: authority.roleOf(studyId),
      basis: deed.basis ?? null,
      own: authority.as === 'person',
    })),
  );
}

async function hold(
  sight: WritableSight,
  patientId: number,
  questions: readonly consents.Question[],
): Promise<void> {
  await holdPeople(sight, [patientId], 'exclusive');
  await holdStudies(sight, [...new Set(questions.map(({ studyId }) => studyId))], 'shared');
}

/** She hears of what others answered for her. */
async function tellPerson(
  sight: WritableSight,
  patientId: number,
  rows: readonly consents.NewAnswer[],
): Promise<void> {
  await recordEvents.append(
    sight,
    [...new Set(rows.map(({ studyId }) => studyId))].flatMap((studyId) =>
      ([true, false] as const).flatMap((permitted) => {
        const codeIds = rows
          .filter((r) => r.studyId === studyId && r.permitted === permitted)
          .map((r) => r.codeId);
        const kind = permitted ? ('attested' as const) : ('staff-declined' as const);
        return codeIds.length === 0 ? [] : [{ patientId, kind, studyId, detail: { codeIds } }];
      }),
    ),
  );
}

/** Refuses an end that could not be one. */
function requireEnd({ permitted, endsAt, endsAtPath = 'endsAt' }: ConsentAnswer): void {
  if (!endsAt) return;
  if (!permitted) throw invalid(endsAtPath, 'Only a yes has an end.');
  if (endsAt <= new Date()) throw invalid(endsAtPath, 'This end is in the past.');
}

/** Whether a yes would end when the one that stands does. One that has ended is not repeated but given anew. */
function isSameEnd(
  { endsAt: said }: ConsentAnswer,
  held: consents.ConsentRow,
  studyEnd: Date | null,
): boolean {
  const hasEnded = held.endsAt !== null && held.endsAt <= new Date();
  if (said === undefined && !hasEnded) return true;
  const ends = [said, studyEnd].flatMap((end) => (end ? [end.getTime()] : []));
  const end = ends.length === 0 ? undefined : Math.min(...ends);
  return end === held.endsAt?.getTime();
}

type Authority = Readonly<{
  as: 'person' | 'link' | 'staff';
  /** Of the study, as it stands now. */
  versionOf(studyId: number): number | undefined;
  endOf(studyId: number): Date | null;
  enrollmentOf(studyId: number): number | null;
  roleOf(studyId: number): consents.ActorRole;
  /** Refuses an answer that would change something and is not this principal's to give. */
  requireAnswer(answer: ConsentAnswer, basis: string | undefined): void;
  requireClear(question: ConsentQuestion, held: consents.ConsentRow | undefined): void;
}>;

/** Refuses unless every question is one that this principal may answer in some way; tells in which. */
async function authorize(
  sight: WritableSight,
  patientId: number,
  questions: readonly ConsentQuestion[],
): Promise<Authority> {
  const { principal } = sight;
  const as = principal.patientIds.includes(patientId)
    ? 'person'
    : principal.link?.patientId === patientId
      ? 'link'
      : 'staff';
  if (as === 'staff' && reach(principal, 'Consent', 'u') !== 'all') {
    throw forbidden('Only Patient users can update their own consents.');
  }
  const studyIds = [...new Set(questions.map((question) => question.studyId))];
  const ways = new Set(
    (await consents.ways(sight, patientId, studyIds)).map((row) => `${row.way} ${keyOf(row)}`),
  );
  const standings = new Map(
    (await consents.standing(sight, patientId, studyIds)).map((row) => [row.studyId, row]),
  );
  const inSight = as !== 'staff' || (await patients.get(sight, patientId)) !== undefined;
  const may = (way: consents.WayRow['way'], question: consents.Question) =>
    ways.has(`${way} ${keyOf(question)}`);
  const pathOf = (question: ConsentQuestion) =>
    question.path ?? `answers[${questions.findIndex((q) => keyOf(q) === keyOf(question))}]`;

  const seen = new Set<string>();
  for (const question of questions) {
    const path = pathOf(question);
    if (seen.has(keyOf(question))) throw invalid(path, 'This question is answered twice.');
    seen.add(keyOf(question));
    if (may(as === 'staff' ? 'decline' : as, question)) continue;
    const standing = standings.get(question.studyId);
    if (as === 'staff') refuseRole(sight, inSight, standing);
    if (!standing?.enrollmentId) {
      throw invalid(question.studyPath ?? path, 'The patient is not enrolled in this study.');
    }
    throw invalid(path, 'This study does not request this code.');
  }

  return {
    as,
    versionOf: (studyId) => standings.get(studyId)?.version,
    endOf: (studyId) => standings.get(studyId)?.endsAt ?? null,
    enrollmentOf: (studyId) => standings.get(studyId)?.enrollmentId ?? null,
    roleOf(studyId) {
      if (as !== 'staff') return 'patient';
      return standings.get(studyId)?.role === 'manager' ? 'manager' : 'member';
    },
    requireAnswer(answer, basis) {
      if (!answer.permitted || as === 'person') return;
      if (!may(as === 'link' ? 'permit by link' : 'attest', answer)) throw forbidden(ONLY_THE_PATIENT);
      if (as === 'staff' && !basis?.trim()) {
        throw invalid('basis', 'Say on what ground this yes is recorded, for example a signed form.');
      }
    },
    requireClear(question, held) {
      if (as !== 'staff' || held === undefined) return;
      if (held.own || !may('attest', question)) {
        throw forbidden('Only the patient can take this answer back.');
      }
    },
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

const grantOf = ({ session }: Principal) => (session.kind === 'person' ? session.grantId : null);
const keyOf = ({ studyId, codeId }: consents.Question) => `${studyId}|${codeId}`;
