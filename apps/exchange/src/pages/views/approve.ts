import { html } from './html.ts';
import { page } from './page.ts';

export type ApprovePage = Readonly<{
  clientName: string;
  email: string;
  /** Whose records it is about, where it is about one patient: a name, or "your own". */
  patient: string | undefined;
  /** What is not to be chosen among, said after "it may". */
  facts: readonly string[];
  /** What is asked for about records; each can be left out. */
  asks: readonly Readonly<{ sentence: string; scopes: readonly string[]; ticked: boolean }>[];
  /** Studies of the person that do not use the app: it learns of those that are ticked. */
  studies: readonly Readonly<{
    patientId: number;
    studyId: number;
    studyName: string;
    organizationName: string;
    shown: boolean;
  }>[];
}>;

/** The name of the box that stands for these scopes: whatever order the page shows, the answer names what was meant. */
export const boxName = ({ scopes }: { scopes: readonly string[] }): string => `allow ${scopes.join(' ')}`;

/** The name of the box by which a study is shown to the app. */
export const studyBoxName = ({ patientId, studyId }: { patientId: number; studyId: number }): string =>
  `show ${patientId} ${studyId}`;

/** Asks the signed-in person whether a client may act for them, and with what. */
export function approvePage({ clientName, email, patient, facts, asks, studies }: ApprovePage): string {
  const listed = facts.length > 0 || asks.length > 0 ? facts : ['know that it is you'];
  return page(
    `Connect ${clientName}?`,
    html`<p>You are signed in as ${email}.</p>
${patient !== undefined && html`<p class="about">Opened for <b>${patient === 'your own' ? 'your own record' : patient}</b></p>`}
<form method="post">
${
  asks.length > 0 &&
  html`<fieldset>
<legend>${clientName} asks to:</legend>
${asks.map(
  (
    ask,
    index,
  ) => html`<div class="box"><input type="checkbox" id="ask${index}" name="${boxName(ask)}" value="yes"${ask.ticked && html` checked`}>
<label for="ask${index}">${ask.sentence}</label></div>
`,
)}</fieldset>
<p>Untick what it should not get.</p>`
}
${
  listed.length > 0 &&
  html`<p>${asks.length > 0 ? 'It may also' : `${clientName} asks to`}:</p>
<ul>
${listed.map((fact) => html`<li>${fact.charAt(0).toUpperCase() + fact.slice(1)}</li>\n`)}</ul>`
}
${
  studies.length > 0 &&
  html`<fieldset>
<legend>Studies that do not use ${clientName}</legend>
<p>It will not know that you take part in them, unless you tick them. Then it sees the study and your answers there, and may change them for you.</p>
${studies.map(
  (
    study,
    index,
  ) => html`<div class="box"><input type="checkbox" id="study${index}" name="${studyBoxName(study)}" value="yes"${study.shown && html` checked`}>
<label for="study${index}">${study.studyName}, ${study.organizationName}</label></div>
`,
)}</fieldset>`
}
<p>It never sees more than you may see yourself, and what patients stop sharing it no longer sees.</p>
<button type="submit" name="decision" value="allow">Allow</button>
<button type="submit" name="decision" value="deny" class="second">Do not allow</button>
</form>`,
  );
}
