/** What is written to people about their accounts. Links begin with the configured address; no names, no health data. */
import type { NewMail } from '../store/mail.ts';

type Letter = Readonly<{ recipient: string; siteUrl: string }>;

function letter({ recipient, siteUrl }: Letter, subject: string, ...paragraphs: string[]): NewMail {
  return {
    recipient,
    subject,
    body: `${['Hello,', ...paragraphs, `JupyterHealth Exchange\n${siteUrl}/`].join('\n\n')}\n`,
  };
}

const NOT_YOU = 'If this was not you, you need not do anything.';

export const verificationMail = (to: Letter, link: string) =>
  letter(
    to,
    'JHE E-mail Verification',
    'please confirm that this is your e-mail address. Open this link within three days:',
    `${to.siteUrl}/accounts/verify_email_confirm/${link}`,
    'If you did not ask for this, do nothing: without it the account sees nothing.',
  );

export const addressTakenMail = (to: Letter) =>
  letter(
    to,
    'Somebody tried to sign up with your address',
    'somebody, perhaps you, tried to make an account with this e-mail address. There is one already, and nothing about it has changed.',
    `Sign in: ${to.siteUrl}/accounts/login/\nForgot your password: ${to.siteUrl}/accounts/password_reset/`,
    NOT_YOU,
  );

export const resetMail = (to: Letter, link: string) =>
  letter(
    to,
    'Choose a new password',
    'somebody, probably you, asked to choose a new password for your account. Open this link within three days:',
    `${to.siteUrl}/accounts/reset/${link}`,
    'Choosing a new password signs you out everywhere. If this was not you, do nothing: your password stays as it is.',
  );

export const elsewhereMail = (to: Letter) =>
  letter(
    to,
    'Your institution signs you in',
    'somebody, probably you, asked to choose a new password. Your account has none: you sign in with your institution.',
    `Sign in: ${to.siteUrl}/accounts/login/`,
    NOT_YOU,
  );

export const noAccountMail = (to: Letter) =>
  letter(
    to,
    'No account with this address',
    'somebody, perhaps you, wanted to sign in with this e-mail address, but there is no account that can be reached with it in this way.',
    'Perhaps you are known here under another address. If you expected an invitation, ask whoever invited you.',
    NOT_YOU,
  );

export const passwordChangedMail = (to: Letter) =>
  letter(
    to,
    'Your password was changed',
    'the password of your account was changed just now.',
    `If this was not you, choose a new one at once: ${to.siteUrl}/accounts/password_reset/`,
  );

const oneLine = (text: string) => text.replace(/\s+/g, ' ').trim().slice(0, 100);

/** To the address that an organization typed, when somebody with another one made the record theirs. */
export const provedElsewhereMail = (to: Letter, organizationName: string) =>
  letter(
    to,
    'Your record is somebody\u2019s own now',
    `the record that ${oneLine(organizationName)} keeps, with your e-mail address to write to, was made somebody\u2019s own, with a link from ${oneLine(organizationName)} and another address.`,
    `If this was you, there is nothing to do. If it was not you, tell ${oneLine(organizationName)}.`,
  );

/** Names the app that it is about and the place where it is to be typed. */
export const claimCodeMail = (
  to: Letter,
  code: string,
  { organizationName, clientName, device }: { organizationName: string; clientName: string; device: string },
) =>
  letter(
    to,
    'Your code',
    `type this code on the page where you asked for it, at ${to.siteUrl} in ${device}. It makes the record that ${oneLine(organizationName)} keeps about you, for the app ${oneLine(clientName)}, your own:`,
    `    ${code}`,
    'It can be used once, within 15 minutes. Nobody will ever ask you for it, and nobody else is to type it.',
    NOT_YOU,
  );

/** For somebody who makes a login to keep a record. */
export const newLoginCodeMail = (to: Letter, code: string, device: string) =>
  letter(
    to,
    'Your code',
    `type this code on the page where you asked for it, at ${to.siteUrl} in ${device}. It confirms that this is your e-mail address:`,
    `    ${code}`,
    'It can be used once, within 15 minutes. Nobody will ever ask you for it.',
    NOT_YOU,
  );

/** For somebody who is signed in and wants this to be the address of their account. */
export const newAddressCodeMail = (to: Letter, code: string, device: string) =>
  letter(
    to,
    'Your code',
    `type this code on the page where you asked for it, at ${to.siteUrl} in ${device}. It makes this the e-mail address of your account:`,
    `    ${code}`,
    'It can be used once, within 15 minutes. Nobody will ever ask you for it.',
    NOT_YOU,
  );

/** To whoever has an address that somebody wanted for another account. It leads nowhere: there is nothing to do. */
export const addressWantedMail = (to: Letter) =>
  letter(
    to,
    'Somebody tried to use your address',
    'somebody, perhaps you, wanted to use this e-mail address for another account. It belongs to your account here, and nothing about that has changed.',
    NOT_YOU,
  );

/** To the address that an account had until now. It does not say which one it has, and nothing in it acts. */
export const addressChangedMail = (to: Letter) =>
  letter(
    to,
    'The e-mail address of your account was changed',
    'the e-mail address of your account was changed just now, by somebody who had signed in and typed a code that we mailed to the new one. From now on our mail goes there, and this address no longer opens the account.',
    'If this was you, there is nothing to do. If it was not you, tell the people who run the exchange at once: only they can help.',
  );

/** The code stands in the body only: subjects are shown on locked screens. */
export const codeMail = (to: Letter, code: string, clientName: string) =>
  letter(
    to,
    'Your sign-in code',
    `enter this code to sign in to ${clientName}. It can be used once, within three minutes:`,
    `    ${code}`,
    'Nobody will ever ask you for it. If you did not want to sign in, you need not do anything.',
  );
