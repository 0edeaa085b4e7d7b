/** Requests that are not answered yet, and the bytes of their bodies: counted, so that there is an end to both. */
import { Refusal } from '../domain/refusal.ts';
import type { Capacity } from './limits.ts';

/** One request's place. */
export type Passage = Readonly<{
  /** Refuses as `too-many` what is too much of one caller, as `busy` what is too much of all. */
  hold(bytes: number): void;
  /** Gives everything back. May be called again, to no effect. */
  leave(): void;
}>;

export type Flight = Readonly<{
  /** A place for a request of a caller, null for people who are not signed in. Refuses one too many as `too-many`. */
  enter(caller: string | null): Passage;
  /** Bytes that are held now. */
  bytes(): number;
}>;

type Held = { requests: number; bytes: number };

const ANYONE = '';
const RETRY_AFTER_SECONDS = 1;

export function createFlight(capacity: Capacity): Flight {
  const callers = new Map<string, Held>();
  let total = 0;

  return {
    bytes: () => total,
    enter(caller) {
      const name = caller ?? ANYONE;
      const held = callers.get(name) ?? { requests: 0, bytes: 0 };
      // People who are not signed in are nobody in particular: one of them must not shut out the others.
      if (caller !== null && held.requests >= capacity.requestsOfCaller) {
        throw tooMany(`At most ${capacity.requestsOfCaller} requests at once; wait for some to be answered.`);
      }
      held.requests++;
      callers.set(name, held);
      const most = caller === null ? capacity.bytesOfAnyone : capacity.bytesOfCaller;
      let mine = 0;
      let isGone = false;
      return {
        hold(bytes) {
          if (isGone) return;
          // All before one: a server that is full says so to everybody alike.
          if (total + bytes > capacity.bytes || (caller === null && held.bytes + bytes > most)) {
            throw new Refusal('busy', 'The exchange is reading as much as it can; try again in a moment.', {
              detail: 'bodies',
              retryAfterSeconds: RETRY_AFTER_SECONDS,
            });
          }
          if (held.bytes + bytes > most) {
            throw tooMany(
              'The bodies of your requests are too large together; wait for some to be answered.',
            );
          }
          mine += bytes;
          held.bytes += bytes;
          total += bytes;
        },
        leave() {
          if (isGone) return;
          isGone = true;
          held.bytes -= mine;
          total -= mine;
          if (--held.requests === 0) callers.delete(name);
        },
      };
    },
  };
}

const tooMany = (message: string) =>
  new Refusal('too-many', message, { retryAfterSeconds: RETRY_AFTER_SECONDS });
