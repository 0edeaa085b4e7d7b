import type { StudyPurpose } from '@jhe/client';

/** What a study uses readings for, in words (the displays of HL7 v3 PurposeOfUse). */
export const PURPOSES: Readonly<Record<StudyPurpose, string>> = {
  TREAT: 'treatment',
  HRESCH: 'healthcare research',
  CLINTRCH: 'clinical trial research',
  PUBHLTH: 'public health',
  HQUALIMP: 'health quality improvement',
};
