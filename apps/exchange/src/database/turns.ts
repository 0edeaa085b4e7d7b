/**
 * Who gets a connection next. Whoever matters most goes first; whoever matters less may not hold the last connections,
 * does not wait for long, and is sent away at once when too many wait already. So that, whatever is asked of the server,
 * people sign in and withdraw.
 */
import { IMPORTANCE, type Importance } from '../domain/importance.ts';
import { Refusal } from '../domain/refusal.ts';

type Rule = Readonly<{
  /** How long one waits for a connection at most, in milliseconds. */
  waitMs: number;
  /** How many may wait. */
  most: number;
  /** Connections that are left to those who matter more, as far as there are more than one. */
  leaves: number;
}>;

/** Chosen, not yet measured under load: what each means is in docs/explanation/overload.md. */
const RULES: Readonly<Record<Importance, Rule>> = {
  vital: { waitMs: 10_000, most: 2_000, leaves: 0 },
  write: { waitMs: 5_000, most: 500, leaves: 1 },
  read: { waitMs: 1_500, most: 500, leaves: 1 },
  search: { waitMs: 1_000, most: 200, leaves: 2 },
};

type Waiting = { begin(): void };

export type Turns = Readonly<{
  /** Waits for a turn; the result gives it back. Refuses as busy when waiting is of no use. */
  take(importance: Importance): Promise<() => void>;
  /** How many hold a turn and how many wait for one. */
  count(): Readonly<{ held: number; waiting: number }>;
}>;

/** Turns for `size` connections. */
export function createTurns(size: number, rules: Readonly<Record<Importance, Rule>> = RULES): Turns {
  const held = new Map<Importance, number>(IMPORTANCE.map((importance) => [importance, 0]));
  const queues = new Map<Importance, Set<Waiting>>(IMPORTANCE.map((importance) => [importance, new Set()]));

  /** There is a connection, and it is not among those left to anybody who matters more. */
  function isFree(importance: Importance): boolean {
    const place = IMPORTANCE.indexOf(importance);
    let count = 0;
    for (let i = IMPORTANCE.length - 1; i >= 0; i--) {
      const other = IMPORTANCE[i]!;
      count += held.get(other) ?? 0;
      if (i <= place && count >= Math.max(1, size - rules[other].leaves)) return false;
    }
    return true;
  }

  function hold(importance: Importance): () => void {
    held.set(importance, (held.get(importance) ?? 0) + 1);
    let isHeld = true;
    return () => {
      if (!isHeld) return;
      isHeld = false;
      held.set(importance, (held.get(importance) ?? 0) - 1);
      next();
    };
  }

  function next(): void {
    for (const importance of IMPORTANCE) {
      const queue = queues.get(importance)!;
      for (const waiting of queue) {
        if (!isFree(importance)) break;
        queue.delete(waiting);
        waiting.begin();
      }
    }
  }

  return {
    async take(importance) {
      const queue = queues.get(importance)!;
      if (queue.size === 0 && isFree(importance)) return hold(importance);
      const { waitMs, most } = rules[importance];
      if (queue.size >= most) throw tooMuch();
      return new Promise((resolve, reject) => {
        const timer = setTimeout(() => {
          queue.delete(waiting);
          reject(tooMuch());
        }, waitMs);
        const waiting: Waiting = {
          begin() {
            clearTimeout(timer);
            resolve(hold(importance));
          },
        };
        queue.add(waiting);
      });
    },
    count() {
      const sum = (numbers: Iterable<number>) => [...numbers].reduce((a, b) => a + b, 0);
      return { held: sum(held.values()), waiting: sum([...queues.values()].map(({ size }) => size)) };
    },
  };
}

/** Not all at the same moment: those who are sent away together do not come back together. */
const tooMuch = () =>
  new Refusal('busy', 'The exchange has more to do than it can; try again in a few seconds.', {
    detail: 'shed',
    retryAfterSeconds: 1 + Math.floor(Math.random() * 4),
  });
