/** A person's own records, to be read and decided about without knowing any of our words. */
import type { ConsentEventRow, QuestionRow } from '../../../store/consents.ts';
import type { Page } from '../../../store/page.ts';
import type { PatientRow } from '../../../store/patients.ts';
import type { ProposalRow } from '../../../store/proposals.ts';
import type { RecordEventRow } from '../../../store/record-events.ts';
import { purposeInWords } from '../../record/words.ts';
import { type Html, html } from '../html.ts';
import { day, moment } from '../moment.ts';
import { page } from '../page.ts';

export type RecordOnPage = Readonly<{
  record: PatientRow;
  questions: readonly QuestionRow[];
  answers: Page<ConsentEventRow>;
  events: Page<RecordEventRow>;
}>;

type NameOf = (userId: number) => string;

export type RecordPage = Readonly<{
  records: readonly RecordOnPage[];
  open: readonly ProposalRow[];
  declined: readonly ProposalRow[];
  nameOf: NameOf;
}>;

export function recordPage({ records, open, declined, nameOf }: RecordPage): string {
  return page(
    'Your record',
    html`<p>Who asks for your readings, what you answered, and what others did. Only you say yes here.</p>
${open.length > 0 && proposalsSection(open)}
${records.length === 0 && html`<p>There is no record that you keep yet. <a href="/accounts/record/claim/">Do you have an invitation link?</a></p>`}
${records.map((one) => recordSection(one, nameOf))}
${declined.length > 0 && declinedSection(declined)}
<p class="links"><a href="/accounts/record/claim/">Make another record yours</a>
<a href="/accounts/sessions/">Where you are signed in</a>
<a href="/">Back to the exchange</a></p>`,
    'wide',
  );
}

const button = (deed: string, label: string, about: string): Html =>
  html`<button type="submit" class="small" name="do" value="${deed}">${label}<span class="unseen"> ${about}</span></button>`;

const asks = ({ organizationName, studyName }: ProposalRow) =>
  studyName === null ? organizationName : `${studyName} (${organizationName})`;

function proposalsSection(open: readonly ProposalRow[]): Html {
  return html`<section aria-labelledby="proposals">
<h2 id="proposals">Proposed to you</h2>
<p>Accepting shares nothing yet: you are asked for each kind of reading afterwards. Nobody is told what you decide.</p>
<ul class="rows">${open.map(
    (row) => html`<li class="row"><div><h3>${asks(row)}</h3>
${row.studyDescription !== null && html`<p>${row.studyDescription}</p>`}
<p>${row.purpose !== null && `It asks ${purposeInWords(row.purpose)}. `}Proposed ${moment(row.proposedAt)}.</p></div>
<form method="post">${button(`accept ${row.id}`, 'Accept', asks(row))} ${button(`decline ${row.id}`, 'Decline', asks(row))}</form>
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
<form method="post">${button(`lift ${row.id}`, 'Let them ask again', asks(row))}</form></li>`,
  )}</ul>
</section>`;
}

function recordSection({ record, questions, answers, events }: RecordOnPage, nameOf: NameOf): Html {
  const byStudy = Map.groupBy(questions, ({ studyId }) => studyId);
  const { patientId } = record;
  const name = [record.nameGiven, record.nameFamily].filter(Boolean).join(' ') || `record ${patientId}`;
  return html`<section aria-labelledby="record-${patientId}">
<h2 id="record-${patientId}">${name}</h2>
${
  record.organizations.length > 0
    ? html`<ul class="rows">${record.organizations.map(
        (
          organization,
        ) => html`<li class="row"><div><h3>${organization.name}</h3><p>You are a patient here.</p></div>
<form method="post">${button(`leave-organization ${patientId} ${organization.id}`, 'Leave', organization.name)}</form></li>`,
      )}</ul>`
    : html`<p>No organization knows this record.</p>`
}
${[...byStudy.values()].map((rows) => studySection(patientId, rows, nameOf))}
${historySection(patientId, { answers, events }, nameOf)}
</section>`;
}

function studySection(patientId: number, rows: readonly QuestionRow[], nameOf: NameOf): Html {
  const [first] = rows;
  if (!first) return html``;
  const { studyId, studyName, studyDescription, organizationName } = first;
  return html`<h3>${studyName}</h3>
<p>${organizationName}. ${studyDescription}</p>
<ul class="rows">${rows.map((row) => {
    const about = `${row.text}, ${studyName}`;
    const key = `${patientId} ${studyId} ${row.codeId}`;
    return html`<li class="row"><div><h3>${row.text} <span class="badge">${standing(row)}</span></h3>
${ground(row, nameOf)}</div>
<form method="post">${!(row.permitted && row.own) && button(`yes ${key}`, 'Yes', about)}
${row.permitted !== false && button(`no ${key}`, 'No', about)}
${row.permitted !== null && button(`clear ${key}`, 'Take back', about)}</form></li>`;
  })}</ul>
<form method="post">${button(`leave-study ${patientId} ${studyId}`, 'Leave this study', studyName)}</form>`;
}

/** What stands, in a word or two. */
function standing({ permitted, opens, endsAt }: QuestionRow): string {
  if (permitted === null) return 'not answered';
  if (!permitted) return 'no';
  if (!opens) return 'yes, does not count';
  return endsAt !== null && endsAt <= new Date() ? 'yes, has ended' : 'yes';
}

function ground({ permitted, own, recordedBy, basis, decidedAt, endsAt }: QuestionRow, nameOf: NameOf): Html {
  if (permitted === null) return html`<p>Nothing is shared until you say yes.</p>`;
  const until = endsAt === null ? '' : html` It counts until ${day(endsAt)}.`;
  if (own) return html`<p>Answered by you${decidedAt !== null && html` ${day(decidedAt)}`}.${until}</p>`;
  const who = recordedBy === null ? 'somebody' : nameOf(recordedBy);
  return html`<p>Recorded by ${who}${basis !== null && `: ${basis}`}. You have not answered it yourself.${until}</p>`;
}

const DECISIONS: Readonly<Record<ConsentEventRow['decision'], string>> = {
  permit: 'Yes to',
  decline: 'No to',
  withdraw: 'Yes turned into no:',
  clear: 'Answer taken back:',
  end: 'Answer ended:',
  close: 'Stopped counting:',
};

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
};

function historySection(
  patientId: number,
  { answers, events }: Pick<RecordOnPage, 'answers' | 'events'>,
  nameOf: NameOf,
): Html {
  const lines = [
    ...answers.rows.map((row) => ({
      at: row.at,
      text: `${DECISIONS[row.decision]} ${row.text}${row.studyName === null ? '' : `, ${row.studyName}`}`,
      by: row.own ? 'you' : nameOf(row.actorUserId),
    })),
    ...events.rows.map((row) => ({
      at: row.at,
      text: [EVENTS[row.kind], row.studyName ?? row.organizationName].filter(Boolean).join(': '),
      by: row.actorUserId === null ? '' : nameOf(row.actorUserId),
    })),
  ].sort((one, other) => other.at.getTime() - one.at.getTime());
  const more = answers.total + events.total - lines.length;
  return html`<h3 id="history-${patientId}">What happened</h3>
<ul class="rows">${lines.map(
    ({ at, text, by }) => html`<li><p>${text}${by !== '' && `, by ${by}`}. ${moment(at)}</p></li>`,
  )}</ul>
${more > 0 && html`<p>${more} older lines are not shown here; the app and the API show all.</p>`}`;
}
