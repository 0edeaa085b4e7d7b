/** The pages on which somebody makes a record their own, from the organization's name to the code. */
import { purposeInWords } from '../../record/words.ts';
import { field } from '../fields.ts';
import { type Html, html } from '../html.ts';
import { day } from '../moment.ts';
import { page } from '../page.ts';
import { linkList } from '../ways.ts';
import { codeField } from './code-field.ts';

/** For whoever comes without the address of a claim: the link that they were given goes in here. */
export function pasteLinkPage(error?: string): string {
  return page(
    'Make your record yours',
    html`<p>An organization that looks after you, or that runs a study, keeps a record for you. You can take it into your own
hands: then only you say yes to what is read.</p>
<form method="post">
${field({
  name: 'link',
  label: 'The link that you were given',
  hint: 'Paste all of it, before you open it in the app.',
  maxlength: 2000,
  autocomplete: 'off',
  autofocus: true,
  fault: error,
})}
<button type="submit">Go on</button>
</form>
<p class="below">Did you open it in the app already? Then start from the app, or ask for a new link.</p>`,
  );
}

/** What anybody with the link sees. */
export function claimDoorPage({
  organizationName,
  signInHref,
  signUpHref,
}: Readonly<{ organizationName: string; signInHref: string; signUpHref: string }>): string {
  return page(
    'Make your record yours',
    html`<p><b>${organizationName}</b> keeps a record and gave you this link to it. If the record is about you, you can take it
into your own hands: then only you say yes to what is read.</p>
<p>First sign in, or make an account with your own e-mail address.</p>
<a class="button" href="${signUpHref}">Make an account</a>
<a class="button second" href="${signInHref}">I have an account: sign in</a>`,
  );
}

type BirthDatePage = Readonly<{ organizationName: string; email: string; error?: string }>;

/** Asks for what the organization has recorded, before more is shown. */
export function claimBirthDatePage({ organizationName, email, error }: BirthDatePage): string {
  return page(
    'Is it about you?',
    html`<p>You are signed in as ${email}. <b>${organizationName}</b> has recorded a birth date. After five wrong ones the link
is closed.</p>
<form method="post">
<input type="hidden" name="step" value="birth-date">
${field({
  name: 'birth_date',
  label: 'Your birth date',
  hint: 'Year, month and day, as in 1980-12-31.',
  autocomplete: 'bday',
  maxlength: 10,
  autofocus: true,
  fault: error,
})}
<button type="submit">Go on</button>
</form>
${linkList([{ label: 'Sign in as somebody else', href: '/accounts/logout/' }])}`,
  );
}

export type ClaimPage = Readonly<{
  organizationName: string;
  clientName: string;
  email: string;
  /** The record is empty, and goes into the one that the person has: its studies are asked about one by one. */
  isAbsorbed: boolean;
  studies: readonly Readonly<{
    studyId: number;
    name: string;
    description: string;
    purpose: string;
    apps: readonly string[];
  }>[];
  sessions: readonly Readonly<{
    grantId: string;
    clientName: string;
    startedAt: Date;
    answers: readonly Readonly<{ text: string; permitted: boolean }>[];
    /** It is of the same login, so that it can stay. */
    canStay: boolean;
  }>[];
  codeSent: boolean;
  /** Names of the boxes that were ticked when the page was sent before. */
  ticked?: ReadonlySet<string>;
  error?: string;
}>;

/** What will be theirs, what ends, and the code. Boxes are there to be ticked once the code is on its way. */
export function claimPage(claim: ClaimPage): string {
  const { email, studies, sessions, codeSent, error } = claim;
  return page(
    'Make the record yours',
    html`<p>You are signed in as ${email}.</p>
${whatChanges(claim)}
<form method="post">
${studies.length > 0 && studiesSection(claim)}
${sessions.length > 0 && sessionsSection(claim)}
<section aria-labelledby="code-title">
<h2 id="code-title">The code</h2>
${
  codeSent
    ? html`<p>A code like ABCD-EFGH was mailed to ${email}. Type it here within 15 minutes.</p>
${codeField({ error, autofocus: error !== undefined || !hasBoxes(claim) })}
<button type="submit" name="step" value="prove">Make the record mine</button>
<button type="submit" name="step" value="send" class="second" formnovalidate>Send another code</button>`
    : html`<p>We send a code to ${email}. Nothing changes before you type it here.</p>
<button type="submit" name="step" value="send">Send me the code</button>`
}
</section>
</form>
${linkList([{ label: 'Sign in as somebody else', href: '/accounts/logout/' }])}`,
    'wide',
  );
}

/** Whether there is something to tick above the code: then the page begins at its beginning. */
const hasBoxes = ({ isAbsorbed, studies, sessions }: ClaimPage): boolean =>
  (isAbsorbed && studies.length > 0) || sessions.some(({ canStay }) => canStay);

function whatChanges({ organizationName, isAbsorbed, email }: ClaimPage): Html {
  return html`<p>${
    isAbsorbed
      ? html`The record that <b>${organizationName}</b> keeps is empty. It becomes part of the record that you have here.`
      : html`The record that <b>${organizationName}</b> keeps becomes yours.`
  } Then:</p>
<ul>
<li>Only you say yes to what is read. Others may ask you, or say no.</li>
<li>It stays yours. It never goes back to ${organizationName}.</li>
<li>${organizationName}, like every organization that you take part in, sees your name, birth date and e-mail address: ${email}. If it is not to know who you are, use another address, or leave the record as it is.</li>
${!isAbsorbed && html`<li>What others answered for you is shown to you, and counts until you answer.</li>`}
</ul>`;
}

/** A line with a box, or without one while it cannot be ticked; what is said of it stands below its name. */
function line(
  { codeSent, ticked }: ClaimPage,
  { id, name, title, canTick }: Readonly<{ id: string; name: string; title: Html; canTick: boolean }>,
  more: Html,
): Html {
  if (!(canTick && codeSent)) return html`<li><p class="what">${title}</p>${more}</li>\n`;
  return html`<li class="box"><input type="checkbox" id="${id}" name="${name}" value="yes" aria-describedby="${id}-more"${ticked?.has(name) && html` checked`}>
<div><label for="${id}">${title}</label>
<div id="${id}-more">${more}</div></div></li>\n`;
}

function studiesSection(claim: ClaimPage): Html {
  const { organizationName, isAbsorbed, studies, codeSent } = claim;
  return html`<section aria-labelledby="studies">
<h2 id="studies">Studies</h2>
<p>${
    isAbsorbed
      ? `Each goes along only if you tick it${codeSent ? '' : ', in the next step'}. What others answered for you ends; the study asks you instead.`
      : 'The record takes part in these. You can leave each of them at any time.'
  }</p>
<ul class="rows">${studies.map(({ studyId, name, description, purpose, apps }) =>
    line(
      claim,
      { id: `study${studyId}`, name: `study ${studyId}`, title: html`<b>${name}</b>`, canTick: isAbsorbed },
      html`<p>${organizationName}, ${purposeInWords(purpose)}${apps.length > 0 && `. App: ${apps.join(', ')}`}.</p>
<p>${description}</p>`,
    ),
  )}</ul>
</section>`;
}

function sessionsSection(claim: ClaimPage): Html {
  const { sessions, codeSent } = claim;
  const canTick = sessions.some(({ canStay }) => canStay);
  return html`<section aria-labelledby="sessions">
<h2 id="sessions">Where links were opened</h2>
<p>Somebody opened a link to this record in these apps. ${
    canTick
      ? `${codeSent ? 'Tick' : 'In the next step, tick'} what you opened yourself, and it stays signed in. Everything else is signed out.`
      : 'They are signed out. If you use one of them, open it again and sign in there.'
  }</p>
<ul class="rows">${sessions.map(({ grantId, clientName, startedAt, answers, canStay }, index) =>
    line(
      claim,
      {
        id: `session${index}`,
        name: `keep ${grantId}`,
        title: html`<b>${clientName}</b>, opened on ${day(startedAt)}`,
        canTick: canStay,
      },
      html`<p>${
        answers.length === 0
          ? 'It gave no answers.'
          : `It answered: ${answers.map(({ text, permitted }) => `${text} ${permitted ? 'yes' : 'no'}`).join(', ')}.`
      }${canTick && !canStay && ' It is signed out: open it again, and sign in there.'}</p>`,
    ),
  )}</ul>
</section>`;
}
