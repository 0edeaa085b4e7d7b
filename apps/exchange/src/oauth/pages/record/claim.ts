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
  error?: string;
}>;

/** What will be theirs, what ends, and the code. Boxes are there to be ticked once the code is on its way. */
export function claimPage(claim: ClaimPage): string {
  const { organizationName, email, isAbsorbed, studies, sessions, codeSent, error } = claim;
  return page(
    'Make the record yours',
    html`<p>You are signed in as ${email}.</p>
<p>${
      isAbsorbed
        ? html`The record that <b>${organizationName}</b> keeps is empty. It becomes part of the record that you have here.`
        : html`The record that <b>${organizationName}</b> keeps becomes yours, and never goes back.`
    }
From then on only you say yes to what is read; others may propose, or say no.${
      !isAbsorbed && ' What others answered for you before is shown to you, and counts until you answer.'
    }</p>
<form method="post">
${studies.length > 0 && studiesSection(claim)}
${sessions.length > 0 && sessionsSection(claim)}
<section aria-labelledby="code-title">
<h2 id="code-title">The code</h2>
${
  codeSent
    ? html`<p>A code like ABCD-EFGH was mailed to ${email}. Type it here within 15 minutes.</p>
${codeField({ error })}
<button type="submit" name="step" value="prove">Make the record mine</button>
<button type="submit" name="step" value="send" class="second" formnovalidate>Send another code</button>`
    : html`<p>We send a code to ${email}. Typing it here makes the record yours.</p>
<button type="submit" name="step" value="send">Send me the code</button>`
}
</section>
</form>
${linkList([{ label: 'Sign in as somebody else', href: '/accounts/logout/' }])}`,
    'wide',
  );
}

const box = (id: string, name: string, label: Html): Html =>
  html`<div class="box"><input type="checkbox" id="${id}" name="${name}" value="yes">
<label for="${id}">${label}</label></div>`;

function studiesSection({ organizationName, isAbsorbed, studies, codeSent }: ClaimPage): Html {
  return html`<section aria-labelledby="studies">
<h2 id="studies">Studies</h2>
<p>${
    isAbsorbed
      ? 'Each goes along only if you tick it. What others answered for you ends; the study asks you instead.'
      : 'The record takes part in these. You can leave each of them at any time.'
  }</p>
<ul class="rows">${studies.map(({ studyId, name, description, purpose, apps }) => {
    const title = html`<b>${name}</b> of ${organizationName}, ${purposeInWords(purpose)}${
      apps.length > 0 && `, with the app ${apps.join(', ')}`
    }`;
    return html`<li>${
      isAbsorbed && codeSent ? box(`study${studyId}`, `study ${studyId}`, title) : html`<p>${title}</p>`
    }
<p>${description}</p></li>\n`;
  })}</ul>
</section>`;
}

function sessionsSection({ sessions, codeSent }: ClaimPage): Html {
  return html`<section aria-labelledby="sessions">
<h2 id="sessions">Where links were opened</h2>
<p>Each of these ends now, unless it can be ticked and you tick it: only what you opened yourself.</p>
<ul class="rows">${sessions.map(({ grantId, clientName, startedAt, answers, canStay }, index) => {
    const title = html`<b>${clientName}</b>, opened on ${day(startedAt)}`;
    return html`<li>${
      canStay && codeSent ? box(`session${index}`, `keep ${grantId}`, title) : html`<p>${title}</p>`
    }
<p>${
      answers.length === 0
        ? 'No answer of it stands.'
        : `It answered: ${answers.map(({ text, permitted }) => `${text} ${permitted ? 'yes' : 'no'}`).join(', ')}.`
    }${!canStay && ' It ends: open the app again, and sign in there.'}</p></li>\n`;
  })}</ul>
</section>`;
}
