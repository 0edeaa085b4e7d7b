/** What is written to people about their accounts. Links begin with the configured address; no names, no health data. */
import type { NewMail } from '../../store/mail.ts';

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

/** The code stands in the body only: subjects are shown on locked screens. */
export const codeMail = (to: Letter, code: string, clientName: string) =>
  letter(
    to,
    'Your sign-in code',
    `enter this code to sign in to ${clientName}. It can be used once, within three minutes:`,
    `    ${code}`,
    'Nobody will ever ask you for it. If you did not want to sign in, you need not do anything.',
  );
