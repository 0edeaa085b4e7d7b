/** When the database is away, or has no more to give: told apart from everything that is a mistake of ours. */
import { Refusal } from '../domain/refusal.ts';

/** The connection is gone or cannot be had. PostgreSQL, appendix A; and what Node says of sockets and names. */
const LOST: ReadonlySet<string> = new Set([
  '57P01', // admin_shutdown
  '57P02', // crash_shutdown
  '57P03', // cannot_connect_now
  '57P05', // idle_session_timeout
  '25P03', // idle_in_transaction_session_timeout
  '25P04', // transaction_timeout
  '53300', // too_many_connections
  '28000', // the server's login was changed under it
  '28P01',
  '3D000', // the database is being restored under another name
  'ECONNREFUSED',
  'ECONNRESET',
  'EPIPE',
  'ENOENT',
  'ETIMEDOUT',
  'ENOTFOUND',
  'EAI_AGAIN',
  'EHOSTUNREACH',
  'ENETUNREACH',
]);

/** The connection is good, but what was asked cannot be done now. */
const OUT_OF_MEANS: ReadonlySet<string> = new Set([
  '57014', // statement_timeout
  '55P03', // lock_timeout
  '25006', // a standby that has taken over, or is still one
  '53100', // disk_full
  '53200', // out_of_memory
]);

/** What the driver says without a code. */
const LOST_MESSAGE =
  /^(Connection terminated|Query read timeout|timeout exceeded|timeout expired|Client (has encountered|was closed)|Cannot use a pool)/;

/** Seconds until asking again may help: a restart of PostgreSQL takes about that long. */
const RETRY_AFTER_SECONDS = 5;

/** Whether an error means that its connection is of no use any more, or that none could be had. */
export function isConnectionLost(error: unknown): boolean {
  const { code, message, syscall, errors } = error as Error & {
    code?: string;
    syscall?: string;
    errors?: readonly unknown[];
  };
  // Every address of a name was tried in vain: an error without words of its own.
  if (errors?.[0] !== undefined) return isConnectionLost(errors[0]);
  if (typeof code !== 'string') return typeof message === 'string' && LOST_MESSAGE.test(message);
  // ENOENT of a socket is a database that is not there; of a file it is something else.
  if (code === 'ENOENT') return syscall === 'connect';
  return LOST.has(code) || code.startsWith('08');
}

/** An error of the database as a refusal to try again later, when it is one; any other error as it is. */
export function toOutage(error: unknown): unknown {
  const code = (error as { code?: unknown }).code;
  const busy = (message: string) =>
    new Refusal('busy', message, {
      retryAfterSeconds: RETRY_AFTER_SECONDS,
      detail: typeof code === 'string' ? code : 'connection lost',
      cause: error,
    });
  if (error instanceof Refusal) return error;
  if (isConnectionLost(error)) return busy('The database does not answer; try again in a few seconds.');
  if (typeof code !== 'string' || !OUT_OF_MEANS.has(code)) return error;
  return busy(
    code === '57014' || code === '55P03'
      ? 'This took too long and was given up; ask for less, or try again later.'
      : 'The database cannot do this now; try again later.',
  );
}
