import type { Code, ConsentEvent, ConsentStudy, Patient, PatientConsents, ScopeConsent } from '@jhe/client';

/**
 * How one question to a patient stands. `withdrawn` is a no that took back a yes. A yes that somebody else recorded may
 * be `unconfirmed` (it waits for the patient) or `stopped` (it counted once); any yes is `ended` after its end. Of these
 * only `shared` opens readings.
 */
export type Standing =
  | 'shared'
  | 'unconfirmed'
  | 'stopped'
  | 'ended'
  | 'not-shared'
  | 'withdrawn'
  | 'waiting';

/** Whose answer it is: the patient's own, that of whoever opened an invitation link, or one that staff recorded. */
export type Source = 'patient' | 'link' | 'staff';

export type Answer = Readonly<{
  code: Code;
  standing: Standing;
  at: string | null;
  /** When a yes stops counting, or did. */
  until: string | null;
  /** Null while the question waits. */
  source: Source | null;
  /** The user who recorded it, and on what ground. */
  recordedBy: number | null;
  basis: string | null;
}>;

export type StudyAnswers = Readonly<{ study: ConsentStudy; answers: readonly Answer[] }>;

/**
 * The questions of each study in one list, those that wait and those that are answered, in the order of their names.
 * `history` is newest first; it tells a withdrawal from a no that was always one, and a yes that stopped counting from
 * one that never did.
 */
export function answersByStudy(
  { patient, studies, studiesPendingConsent }: PatientConsents,
  history: readonly ConsentEvent[],
  now: Date,
): StudyAnswers[] {
  const lastDecision = (study: ConsentStudy, code: Code) =>
    history.find((event) => event.study.id === study.id && event.code.id === code.id)?.decision;

  const byStudy = new Map<number, { study: ConsentStudy; answers: Answer[] }>();
  const of = (study: ConsentStudy) => {
    const entry = byStudy.get(study.id) ?? { study, answers: [] };
    byStudy.set(study.id, entry);
    return entry.answers;
  };
  for (const study of studies) {
    for (const answer of study.scopeConsents) {
      const standing = standingOf(answer, lastDecision(study, answer.code), now);
      of(study).push({
        code: answer.code,
        standing,
        at: answer.consentedTime,
        until: standing === 'shared' || standing === 'ended' ? answer.endsAt : null,
        source: sourceOf(answer, patient),
        recordedBy: answer.recordedBy,
        basis: answer.basis,
      });
    }
  }
  for (const study of studiesPendingConsent) {
    for (const { code } of study.pendingScopeConsents) {
      of(study).push({
        code,
        standing: 'waiting',
        at: null,
        until: null,
        source: null,
        recordedBy: null,
        basis: null,
      });
    }
  }
  return [...byStudy.values()]
    .sort((a, b) => a.study.name.localeCompare(b.study.name))
    .map(({ study, answers }) => ({
      study,
      answers: answers.sort((a, b) => a.code.text.localeCompare(b.code.text)),
    }));
}

function standingOf(
  { consented, counts, endsAt }: ScopeConsent,
  lastDecision: ConsentEvent['decision'] | undefined,
  now: Date,
): Standing {
  if (!consented) return lastDecision === 'withdraw' ? 'withdrawn' : 'not-shared';
  if (!counts) return lastDecision === 'close' ? 'stopped' : 'unconfirmed';
  return endsAt !== null && new Date(endsAt) <= now ? 'ended' : 'shared';
}

/** Staff who turn the patient's own yes into a no leave it the patient's to turn back; it was recorded by them all the same. */
function sourceOf({ confirmed, recordedBy }: ScopeConsent, { jheUserId }: Patient): Source {
  if (recordedBy === null || recordedBy === jheUserId) return confirmed ? 'patient' : 'link';
  return 'staff';
}
