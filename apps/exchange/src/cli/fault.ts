import { Refusal } from '../domain/refusal.ts';

/** PostgreSQL going down (57P01-57P03), and what the socket says when it is gone. */
const LOST = new Set([
  '57P01',
  '57P02',
  '57P03',
  'ECONNRESET',
  'EPIPE',
  'ECONNREFUSED',
  'ENOENT',
  'ETIMEDOUT',
]);

/** What to print of an error that ended a command: one sentence, also where the driver gives a bare code or nothing. */
export function toSentence(error: unknown): string {
  // The gate says how a client is to take it; underneath is what happened.
  if (error instanceof Refusal && error.cause !== undefined) return toSentence(error.cause);
  const { message, code, syscall, errors } = error as Error & {
    code?: string;
    syscall?: string;
    errors?: readonly Error[];
  };
  // Every address of a name was tried in vain: an error without a message of its own.
  if (message === '' && errors?.[0]) return toSentence(errors[0]);
  const isFile = syscall !== undefined && !['connect', 'read', 'write'].includes(syscall);
  if (
    /^(Connection terminated|Query read timeout)/.test(message) ||
    (code !== undefined && LOST.has(code) && !isFile)
  ) {
    return 'there is no connection to the database (any more); once it is up, run the command again.';
  }
  return message;
}
