/** Two deeds at once, over and over: what they were answered, counted by status. */
import { setImmediate } from 'node:timers/promises';
import { expect } from 'vitest';

type Answered = Readonly<{ statusCode: number; body: string }>;
export type Deed = () => Promise<Answered>;

/** How far the second deed lets the first one come: turns of the event loop, another one in each round. */
const HEAD_STARTS = [0, 1, 2, 4, 8, 16] as const;

/**
 * Each round starts both deeds of `pairOf(round)` without waiting, each of them first as often as the other, with head
 * starts of different lengths. Refuses faults of the server. Answers how often each deed was answered with what:
 * `statuses[0]` are the first deed's.
 */
export async function race(
  rounds: number,
  pairOf: (round: number) => readonly [Deed, Deed] | Promise<readonly [Deed, Deed]>,
): Promise<readonly [Map<number, number>, Map<number, number>]> {
  const statuses = [new Map<number, number>(), new Map<number, number>()] as const;
  for (let round = 0; round < rounds; round++) {
    const pair = await pairOf(round);
    const order = round % 2 === 0 ? ([0, 1] as const) : ([1, 0] as const);
    const first = pair[order[0]]();
    const turns = HEAD_STARTS[Math.floor(round / 2) % HEAD_STARTS.length]!;
    for (let turn = 0; turn < turns; turn++) await setImmediate();
    const answered = await Promise.all([first, pair[order[1]]()]);
    for (const [place, { statusCode, body }] of answered.entries()) {
      expect(statusCode, `round ${round}: ${body}`).toBeLessThan(500);
      const told = statuses[order[place]!]!;
      told.set(statusCode, (told.get(statusCode) ?? 0) + 1);
    }
  }
  return statuses;
}

/** Refuses an answer that nobody expects; both deeds may have come first. */
export function expectOnly(told: ReadonlyMap<number, number>, ...allowed: readonly number[]): void {
  expect([...told.keys()].filter((status) => !allowed.includes(status))).toEqual([]);
}
