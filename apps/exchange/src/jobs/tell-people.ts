/** People hear by mail of what others did with their record. The mails name places, and carry no link that acts. */
import type { System } from '../access/system.ts';
import { queueMail } from '../store/mail.ts';
import { markTold, takeUntold, type Untold } from '../store/oauth-record-events.ts';
import type { RecordEventKind } from '../store/record-events.ts';

/** One sentence for each kind; `where` is the study, or else the organization. */
const SENTENCES: Readonly<Record<RecordEventKind, (where: string) => string>> = {
  proposed: (where) =>
    `${where} asks you to take part in something. You can accept or decline; nobody is told which.`,
  enrolled: (where) => `Your record was enrolled in ${where}.`,
  unenrolled: (where) => `Taking part in ${where} has ended, and your answers with it.`,
  attested: (where) =>
    `A yes was recorded for you in ${where}. It is marked as not yours; you can answer yourself.`,
  'link-issued': (where) => `An invitation link to your record was made by ${where}.`,
  'link-opened': (where) => `An invitation link to your record was opened (${where}).`,
  corrected: (where) => `What ${where} has written down about you was corrected.`,
  proved: (where) => `The record that ${where} kept is yours now.`,
  joined: (where) => `You accepted ${where}.`,
  left: (where) => `You are no patient of ${where} any more.`,
  'staff-declined': (where) => `A yes of yours in ${where} was turned into a no. Only you can turn it back.`,
  'asked-again': (where) =>
    `${where} changed what it asks for. Your answers have ended, and you are asked again.`,
  'manager-appointed': (where) =>
    `${where} was left without a manager, and an administrator appointed one. Nobody reads through it for fourteen days.`,
  // Told to the former address, at once: see identity/change-address.ts.
  'address-changed': () => 'The e-mail address of your account was changed.',
};

/** The text to one person about what is new, without anything of what they answered or measured. */
function mailOf(recipient: string, told: readonly Untold[], siteUrl: string) {
  const lines = told.map(({ kind, studyName, organizationName }) =>
    SENTENCES[kind](oneLine(studyName ?? organizationName ?? 'an organization')),
  );
  return {
    recipient,
    subject: 'Something happened with your record',
    body: [
      'Hello,',
      '',
      ...lines.map((line) => `- ${line}`),
      '',
      `You see all of it, and decide, at ${siteUrl}/accounts/record/ after signing in.`,
    ].join('\n'),
  };
}

/** Names are written by others: none of them adds a line of its own to the mail. */
const oneLine = (text: string) => text.replace(/\s+/g, ' ').trim().slice(0, 100);

/** Tells what was not told yet, one mail a person. Returns how much there was, so that more is asked for at once. */
export function tellPeople(system: System, siteUrl: string, at: Date): Promise<number> {
  return system('mail', async (sight) => {
    const untold = await takeUntold(sight);
    const byRecipient = Map.groupBy(untold, ({ recipient }) => recipient);
    for (const [recipient, told] of byRecipient) await queueMail(sight, mailOf(recipient, told, siteUrl));
    if (untold.length > 0) await markTold(sight, untold, at);
    return untold.length;
  });
}
