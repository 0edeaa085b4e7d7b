/** Why something was refused: one closed set, which each face maps to its own protocol by one exhaustive table. */
export type RefusalCode =
  | 'invalid'
  | 'unauthenticated'
  | 'forbidden'
  | 'not-found'
  | 'conflict'
  | 'gone'
  | 'unprocessable'
  | 'not-allowed'
  | 'unsupported'
  | 'too-many'
  | 'too-large'
  | 'too-slow'
  /** Not now: more is asked than can be done, or the database is away. The same request may well succeed later. */
  | 'busy'
  | 'unavailable';

export type RefusalOptions = {
  /** The field at fault as the caller named it, for example `studyScopeConsents[0].studyId`. */
  path?: string;
  /** For the log only; never sent. No health data. */
  detail?: string;
  retryAfterSeconds?: number;
  /** What went wrong underneath; for whoever catches it, never sent. */
  cause?: unknown;
};

/** A refusal with a message that may be shown to the caller: it names fields and never repeats submitted values. */
export class Refusal extends Error {
  readonly code: RefusalCode;
  readonly path: string | undefined;
  readonly detail: string | undefined;
  readonly retryAfterSeconds: number | undefined;

  constructor(code: RefusalCode, message: string, options: RefusalOptions = {}) {
    super(message, options.cause === undefined ? undefined : { cause: options.cause });
    this.name = 'Refusal';
    this.code = code;
    this.path = options.path;
    this.detail = options.detail;
    this.retryAfterSeconds = options.retryAfterSeconds;
  }
}

/** What was sent cannot be read at all, so that no field of it is at fault. */
export class Unreadable extends Refusal {
  constructor(message: string) {
    super('invalid', message);
  }
}

/** Absent and unreadable look the same from outside. */
export function notFound(what: string): Refusal {
  return new Refusal('not-found', `No ${what} matches the given query.`);
}

export const FORBIDDEN = 'You do not have permission to perform this action.';

export function forbidden(message: string = FORBIDDEN): Refusal {
  return new Refusal('forbidden', message);
}

export function invalid(path: string, message: string): Refusal {
  return new Refusal('invalid', message, { path });
}
