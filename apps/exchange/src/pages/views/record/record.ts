/** A person's own records, to be read and decided about without knowing any of our words. */
import type { ConsentEventRow, QuestionRow } from '../../../store/consents.ts';
import type { Page } from '../../../store/page.ts';
import type { PatientRow } from '../../../store/patients.ts';
import type { ProposalRow } from '../../../store/proposals.ts';
import type { RecordEventRow } from '../../../store/record-events.ts';
import { purposeInWords } from '../../record/words.ts';
import { type Html, html } from '../html.ts';
import { day, dayText, moment } from '../moment.ts';
import { page } from '../page.ts';

export type RecordOnPage = Readonly<{
  record: PatientRow;
  questions: readonly QuestionRow[];
  answers: Page<ConsentEventRow>;
  events: Page<RecordEventRow>;
}>;

/** Who somebody is, by the number of their login: "you", or a name. */
type NameOf = (userId: number) => string;

export type RecordPage = Readonly<{
  records: readonly RecordOnPage[];
  open: readonly ProposalRow[];
  declined: readonly ProposalRow[];
  nameOf: NameOf;
  /** A sentence about what was just done. */
  done?: string | undefined;
}>;

/** How much of what happened is shown before somebody asks for more. */
const SHOWN = 6;

export function recordPage({ records, open, declined, nameOf, done }: RecordPage): string {
  return page(
    'Your record',
    html`<p>Who asks for your readings, what you answered, and what others did. Only you say yes here.</p>
${done !== undefined && html`<p class="good" role="status">${done}</p>`}
${open.length > 0 && proposalsSection(open)}
${records.length === 0 && html`<p>There is no record that you keep yet. <a href="/accounts/record/claim/">Do you have an invitation link?</a></p>`}
${records.map((one) => recordSection(one, nameOf))}
${declined.length > 0 && declinedSection(declined)}
<p class="links"><a href="/accounts/record/claim/">Make another record yours</a>
<a href="/accounts/security/">Security</a>
<a href="/accounts/sessions/">Where you are signed in</a>
<a href="/">Back to the exchange</a></p>`,
    'wide',
  );
}

/**
 * A button that says what it does; what it is about is said to whoever does not see where it stands. Of yes and no neither
 * is made to look like the right one.
 */
const button = (deed: string, label: string, about: string, weight?: 'plain' | 'danger'): Html =>
  html`<button type="submit" class="small${weight !== undefined && ` ${weight}`}" name="do" value="${deed}">${label}<span class="unseen"> ${about}</span></button>`;

/** What cannot be undone is asked for twice. */
const leave = (deed: string, label: string, about: string, what: string): Html =>
  html`<details><summary>${label}<span class="unseen"> ${about}</span></summary>
<p>${what}</p>
<form method="post">${button(deed, label, about, 'danger')}</form></details>`;

/** Whom something is about, as it was named then; also where nobody kept the name. */
function placeOf({
  organizationName,
  studyId,
  studyName,
}: Pick<ProposalRow, 'organizationName' | 'studyId' | 'studyName'>): string {
  if (studyId === null) return organizationName ?? 'an organization that is no longer there';
  return (
    studyName ?? `a study that is no longer there${organizationName === null ? '' : ` (${organizationName})`}`
  );
}

const asks = (row: ProposalRow) =>
  row.studyName === null ? placeOf(row) : `${row.studyName} (${row.organizationName ?? 'no longer there'})`;

function proposalsSection(open: readonly ProposalRow[]): Html {
  return html`<section aria-labelledby="proposals">
<h2 id="proposals">Proposed to you</h2>
<p>Accepting lets the organization see your name, birth date and e-mail address, and no reading yet: you are asked for each kind of reading afterwards. Nobody is told of a no.</p>
<ul class="rows">${open.map(
    (row) => html`<li class="row"><div><h3>${asks(row)}</h3>
${row.studyDescription !== null && html`<p>${row.studyDescription}</p>`}
<p>${row.purpose !== null && `It asks ${purposeInWords(row.purpose)}. `}Proposed ${moment(row.proposedAt)}.</p></div>
<form method="post" class="deeds">${button(`accept ${row.id}`, 'Accept', asks(row))} ${button(`decline ${row.id}`, 'Decline', asks(row))}</form>
</li>`,
  )}</ul>
</section>`;
}

function declinedSection(declined: readonly ProposalRow[]): Html {
  return html`<section aria-labelledby="declined">
<h2 id="declined">Declined by you</h2>
<p>They cannot ask again unless you allow it.</p>
<ul class="rows">${declined.map(
    (row) => html`<li class="row"><div><h3>${asks(row)}</h3></div>
<form method="post" class="deeds">${button(`lift ${row.id}`, 'Let them ask again', asks(row))}</form></li>`,
  )}</ul>
</section>`;
}

function recordSection({ record, questions, answers, events }: RecordOnPage, nameOf: NameOf): Html {
  const byStudy = Map.groupBy(questions, ({ studyId }) => studyId);
  const { patientId } = record;
  const name = [record.nameGiven, record.nameFamily].filter(Boolean).join(' ') || `record ${patientId}`;
  return html`<section aria-labelledby="record-${patientId}">
<h2 id="record-${patientId}">${name}</h2>
${byStudy.size === 0 && html`<p>No study asks for your readings.</p>`}
${[...byStudy.values()].map((rows) => studyPart(patientId, rows, nameOf))}
${placesPart(record)}
${historyPart(patientId, { answers, events }, nameOf)}
</section>`;
}

function studyPart(patientId: number, rows: readonly QuestionRow[], nameOf: NameOf): Html {
  const [first] = rows;
  if (!first) return html``;
  const { studyId, studyName, studyDescription, organizationName } = first;
  return html`<div class="part">
<h3>${studyName}</h3>
<p class="of">${organizationName}</p>
<p>${studyDescription}</p>
<ul class="rows">${rows.map((row) => questionRow(patientId, row, nameOf))}</ul>
${leave(
  `leave-study ${patientId} ${studyId}`,
  'Leave this study',
  studyName,
  'Your answers to it end, and it reads nothing new. To take part again it has to ask you.',
)}
</div>`;
}

/** Where the answer to a question stands on the page. */
export const answerPlace = (patientId: number, studyId: number, codeId: number): string =>
  `answer-${patientId}-${studyId}-${codeId}`;

function questionRow(patientId: number, row: QuestionRow, nameOf: NameOf): Html {
  const about = `${row.text}, ${row.studyName}`;
  const key = `${patientId} ${row.studyId} ${row.codeId}`;
  const isOwn = row.own === true;
  const yes = `yes ${key} ${row.studyVersion}`;
  const { words, mark } = standing(row);
  return html`<li class="row" id="${answerPlace(patientId, row.studyId, row.codeId)}"><div>
<h4>${row.text} <span class="badge ${mark}">${words}</span></h4>
${ground(row, nameOf)}</div>
<form method="post" class="deeds">${!(row.permitted && isOwn) && button(yes, 'Yes, share', about)}
${row.permitted === true && button(`no ${key}`, 'Stop sharing', about)}
${row.permitted === null && button(`no ${key}`, 'No', about)}
${row.permitted !== null && isOwn && button(`clear ${key}`, 'Take back', about, 'plain')}</form>
<details class="while"><summary>Share only for a while<span class="unseen"> ${about}</span></summary>
<form method="post"><label for="until-${key.replaceAll(' ', '-')}">The last day</label>
<input id="until-${key.replaceAll(' ', '-')}" name="until" type="date" required>
${button(yes, 'Share until then', about)}</form></details></li>`;
}

/** What stands, in a word or two, and how it looks. */
function standing({ permitted, opens, endsAt }: QuestionRow): { words: string; mark: 'on' | 'off' | 'open' } {
  if (permitted === null) return { words: 'Not answered', mark: 'open' };
  if (!permitted) return { words: 'Not shared', mark: 'off' };
  if (endsAt !== null && endsAt <= new Date()) return { words: 'Ended', mark: 'off' };
  return opens ? { words: 'Shared', mark: 'on' } : { words: 'Not shared', mark: 'off' };
}

function ground(
  { permitted, own, opens, recordedBy, basis, decidedAt, endsAt }: QuestionRow,
  nameOf: NameOf,
): Html {
  if (permitted === null) return html`<p>Nothing is shared until you say yes.</p>`;
  const until = permitted && endsAt !== null && html` It counts until ${day(endsAt)}.`;
  const word = permitted ? 'yes' : 'no';
  if (own) return html`<p>You said ${word}${decidedAt !== null && html` on ${day(decidedAt)}`}.${until}</p>`;
  const who = recordedBy === null ? 'somebody' : nameOf(recordedBy);
  return html`<p>A ${word} was recorded by ${who}${basis !== null && `: ${basis}`}. You have not answered it yourself${
    permitted && !opens && ', and until you do it does not count'
  }.${until}</p>`;
}

function placesPart({ patientId, organizations }: PatientRow): Html {
  return html`<div class="part">
<h3>Where you are a patient</h3>
${
  organizations.length > 0
    ? html`<ul class="rows">${organizations.map(
        ({ id, name }) => html`<li><h4>${name}</h4>
${leave(
  `leave-organization ${patientId} ${id}`,
  'Leave',
  name,
  'Every study there ends for you, and your answers with it. To have you as a patient again they have to ask you.',
)}</li>`,
      )}</ul>`
    : html`<p>No organization knows this record.</p>`
}
</div>`;
}

const DECISIONS: Readonly<Record<ConsentEventRow['decision'], string>> = {
  permit: 'Yes to',
  decline: 'No to',
  withdraw: 'Yes turned into no:',
  clear: 'Answer taken back:',
  end: 'Answer ended:',
  close: 'Stopped counting:',
};

/** Until when a yes was given, where it was to end. */
const untilOf = ({ endsAt }: ConsentEventRow) => (endsAt === null ? '' : `, until ${dayText(endsAt)}`);

const EVENTS: Readonly<Record<RecordEventRow['kind'], string>> = {
  proposed: 'You were asked to take part',
  enrolled: 'Your record was enrolled',
  unenrolled: 'Taking part ended',
  attested: 'A yes was recorded for you',
  'link-issued': 'An invitation link was made',
  'link-opened': 'An invitation link was opened',
  corrected: 'Your details were corrected',
  proved: 'You made the record yours',
  joined: 'You accepted',
  left: 'Being a patient ended',
  'staff-declined': 'A yes was turned into a no for you',
  'asked-again': 'The study changed what it asks for, and asks again',
  'manager-appointed': 'The organization got a new manager; nobody reads through it for 14 days',
  'address-changed': 'The e-mail address of your account was changed',
};

function historyPart(
  patientId: number,
  { answers, events }: Pick<RecordOnPage, 'answers' | 'events'>,
  nameOf: NameOf,
): Html {
  const lines = [
    ...answers.rows.map((row) => ({
      at: row.at,
      text: `${DECISIONS[row.decision]} ${row.text}, ${placeOf({ organizationName: null, ...row })}${untilOf(row)}`,
      by: row.own ? 'you' : nameOf(row.actorUserId),
    })),
    ...events.rows.map((row) => ({
      at: row.at,
      text:
        row.studyId === null && row.organizationId === null
          ? EVENTS[row.kind]
          : `${EVENTS[row.kind]}: ${placeOf(row)}`,
      by: row.actorUserId === null ? '' : nameOf(row.actorUserId),
    })),
  ].sort((one, other) => other.at.getTime() - one.at.getTime());
  const [newest, older] = [lines.slice(0, SHOWN), lines.slice(SHOWN)];
  const more = answers.total + events.total - lines.length;
  const list = (some: typeof lines) =>
    html`<ul class="rows log">${some.map(
      ({ at, text, by }) => html`<li><p class="what">${text}</p>
<p>${moment(at)}${by !== '' && `, by ${by}`}</p></li>`,
    )}</ul>`;
  return html`<div class="part">
<h3 id="history-${patientId}">What happened</h3>
${lines.length === 0 && html`<p>Nothing yet.</p>`}
${newest.length > 0 && list(newest)}
${older.length > 0 && html`<details><summary>Before that (${older.length})</summary>${list(older)}</details>`}
${more > 0 && html`<p>${more} older lines are not shown here; the app and the API show all.</p>`}
</div>`;
}
