import type { Code, ConsentEvent, ConsentStudy, PatientConsents } from '@jhe/client';

/** How one question to a patient stands. `withdrawn` is a no that took back a yes. */
export type Standing = 'shared' | 'not-shared' | 'withdrawn' | 'waiting';

export type Answer = Readonly<{ code: Code; standing: Standing; at: string | null }>;

export type StudyAnswers = Readonly<{ study: ConsentStudy; answers: readonly Answer[] }>;

/**
 * The questions of each study in one list, those that wait and those that are answered, in the order of their names.
 * `history` is newest first; it tells a withdrawal from a no that was always one.
 */
export function answersByStudy(
  { studies, studiesPendingConsent }: PatientConsents,
  history: readonly ConsentEvent[],
): StudyAnswers[] {
  const isWithdrawn = (study: ConsentStudy, code: Code) =>
    history.find((event) => event.study.id === study.id && event.code.id === code.id)?.decision ===
    'withdraw';

  const byStudy = new Map<number, { study: ConsentStudy; answers: Answer[] }>();
  const of = (study: ConsentStudy) => {
    const entry = byStudy.get(study.id) ?? { study, answers: [] };
    byStudy.set(study.id, entry);
    return entry.answers;
  };
  for (const study of studies) {
    for (const { code, consented, consentedTime } of study.scopeConsents) {
      const standing = consented ? 'shared' : isWithdrawn(study, code) ? 'withdrawn' : 'not-shared';
      of(study).push({ code, standing, at: consentedTime });
    }
  }
  for (const study of studiesPendingConsent) {
    for (const { code } of study.pendingScopeConsents)
      of(study).push({ code, standing: 'waiting', at: null });
  }
  return [...byStudy.values()]
    .sort((a, b) => a.study.name.localeCompare(b.study.name))
    .map(({ study, answers }) => ({
      study,
      answers: answers.sort((a, b) => a.code.text.localeCompare(b.code.text)),
    }));
}
