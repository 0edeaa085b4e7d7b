import type { Source, Standing } from './answers.ts';

/** How a question stands, in the same words wherever it is told. */
export const STANDING_WORDS: Record<Standing, string> = {
  shared: 'Shared',
  unconfirmed: 'Yes, waits for the patient',
  stopped: 'Yes, stopped counting',
  ended: 'Ended',
  'not-shared': 'Not shared',
  withdrawn: 'Withdrawn',
  waiting: 'Waiting for an answer',
};

/** The same where somebody else than the patient answered: it must not look like the patient's own word. */
export function standingText(standing: Standing, source: Source | null): string {
  const words = STANDING_WORDS[standing];
  if (source === null || source === 'patient') return words;
  const isStaff = source === 'staff';
  if (standing === 'shared')
    return isStaff ? 'Shared on the patient’s behalf' : 'Shared by an invitation link';
  if (standing === 'withdrawn' || standing === 'not-shared')
    return `${words}, by ${isStaff ? 'staff' : 'an invitation link'}`;
  return words;
}
