import { html } from './html.ts';
import { page } from './page.ts';

export type SelectPatientPage = Readonly<{
  clientName: string;
  /** The address of this step; the search comes back to it. */
  path: string;
  /** What was searched for. */
  text: string;
  patients: readonly Readonly<{
    id: number;
    nameFamily: string | null;
    nameGiven: string | null;
    /** YYYY-MM-DD */
    birthDate: string | null;
    identifiers: readonly string[];
  }>[];
  /** There are more than are shown. */
  hasMore: boolean;
}>;

/** A patient's name as people read it; somebody without one is named by number. */
export function fullName(patient: {
  id: number;
  nameFamily: string | null;
  nameGiven: string | null;
}): string {
  return [patient.nameGiven, patient.nameFamily].filter(Boolean).join(' ') || `Patient ${patient.id}`;
}

/** Asks a practitioner which patient an app is to be about. Works without scripts: a search, and a button for each. */
export function selectPatientPage({ clientName, path, text, patients, hasMore }: SelectPatientPage): string {
  const count = patients.length === 1 ? '1 patient' : `${patients.length} patients`;
  return page(
    'Choose a patient',
    html`<p>${clientName} opens for one patient at a time.</p>
<form method="post" action="${path}" role="search" class="search">
<label for="q">Name, birth date or identifier</label>
<input id="q" name="q" type="search" maxlength="100" autocomplete="off" value="${text}"${(text !== '' || patients.length > 0) && html` aria-describedby="found"`}${text === '' && html` autofocus`}>
<button type="submit" class="second">Search</button>
</form>
<p id="found" role="status">${
      patients.length === 0
        ? text === ''
          ? 'You see no patients yet. They appear here once they belong to one of your organizations: a manager there can add them.'
          : `Nobody found for “${text}”. Check the spelling, or try only the family name or an identifier. You see the patients of your own organizations.`
        : hasMore
          ? `The first ${count}. Search to find others.`
          : `${count}${text === '' ? '' : ' found'}.`
    }</p>
<form method="post" action="${path}">
${
  patients.length > 0 &&
  html`<ul class="choices">
${patients.map(
  (patient) => html`<li><button type="submit" name="patient" value="${patient.id}"><b>${fullName(patient)}</b>
<span>${[patient.birthDate === null ? 'birth date not recorded' : `born ${patient.birthDate}`, ...patient.identifiers].join(' · ')}</span></button></li>
`,
)}</ul>`
}
<button type="submit" class="second">Cancel</button>
</form>`,
  );
}
