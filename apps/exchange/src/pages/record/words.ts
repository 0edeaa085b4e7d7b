/** What is kept of a study as people say it. */
const PURPOSES: Readonly<Record<string, string>> = {
  TREAT: 'for your treatment',
  HRESCH: 'for research',
  CLINTRCH: 'for a clinical trial',
  PUBHLTH: 'for public health',
  HQUALIMP: 'to improve care',
};

/** A purpose of HL7 v3 PurposeOfUse in words. */
export const purposeInWords = (purpose: string): string => PURPOSES[purpose] ?? 'for a purpose of its own';
