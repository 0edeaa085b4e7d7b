/** One SMTP server, spoken to as safely as it allows, and what went wrong in words that name nobody. */
import nodemailer from 'nodemailer';
import type { Config } from '../config.ts';
import type { ClaimedMail, NewMail } from '../store/mail.ts';

/** Hands a mail to the mail server. Rejects when that did not take it, or the signal aborted. */
export type Deliver = (mail: ClaimedMail & NewMail, signal: AbortSignal) => Promise<void>;

const LOCAL = new Set(['localhost', '127.0.0.1', '::1']);
const TLS_PORT = 465;
const SUBMISSION_PORT = 587;

/**
 * A way to a mail server (RFC 5321, RFC 6409): TLS from the start on port 465, STARTTLS anywhere else. Without it
 * nothing is sent through port 587 and no password to any port, unless the server is this computer; a relay that asks
 * for no password on another port is taken as it is.
 */
export function openSmtp(smtp: NonNullable<Config['smtp']>, from: string): Deliver {
  const isLocal = LOCAL.has(smtp.host.toLowerCase());
  const secure = smtp.port === TLS_PORT;
  const transport = nodemailer.createTransport({
    host: smtp.host,
    port: smtp.port,
    secure,
    requireTLS: !secure && !isLocal && (smtp.user !== null || smtp.port === SUBMISSION_PORT),
    // Its certificate would be nobody's: there is no way between the two of them to protect.
    ignoreTLS: isLocal,
    ...(smtp.user === null ? {} : { auth: { user: smtp.user, pass: smtp.password ?? '' } }),
    connectionTimeout: 15_000,
    greetingTimeout: 15_000,
    socketTimeout: 30_000,
    disableFileAccess: true,
    disableUrlAccess: true,
  });
  return async (mail, signal) => {
    await transport.sendMail({
      from,
      // As an object the address is one address, whatever is in it.
      to: { name: '', address: mail.recipient },
      subject: mail.subject,
      text: mail.body,
      // The same for every attempt, so that a mail that arrives twice can be told.
      messageId: `<${mail.createdAt.getTime()}.${mail.id}@${domainOf(from)}>`,
      headers: { 'auto-submitted': 'auto-generated' },
      signal,
    });
  };
}

const domainOf = (from: string) => /@([^\s<>@]+)>?\s*$/.exec(from)?.[1] ?? 'localhost';

type SmtpFault = Partial<Record<'code' | 'command' | 'name', string>> & { responseCode?: number };

/** Why it was not sent: codes of the library and the server, without the server's words, which repeat the address. */
export function faultOf(error: unknown): string {
  const { code, command, responseCode, name } = error as SmtpFault;
  const parts = [code ?? name ?? 'Error', responseCode, command?.split(' ')[0]];
  return parts.filter((part) => part !== undefined).join(' ');
}

/** Whether the server will never take this mail: it refused the address or the text, not us (RFC 5321, 4.2.1: 5yz). */
export function isFinal(error: unknown): boolean {
  const { code, responseCode = 0 } = error as SmtpFault;
  return (code === 'EENVELOPE' || code === 'EMESSAGE') && responseCode >= 500;
}
