import { describe, expect, it } from 'vitest';
import { IMPORTANCE, type Importance } from '../domain/importance.ts';
import { Refusal } from '../domain/refusal.ts';
import { createTurns } from './turns.ts';

const RULES = {
  vital: { waitMs: 60_000, most: 100, leaves: 0 },
  write: { waitMs: 60_000, most: 100, leaves: 1 },
  read: { waitMs: 60_000, most: 100, leaves: 1 },
  search: { waitMs: 60_000, most: 3, leaves: 2 },
};

/** Takes turns and notes in which order they came. */
function crowd(size: number, rules: typeof RULES = RULES) {
  const turns = createTurns(size, rules);
  const came: string[] = [];
  const give = new Map<string, () => void>();
  return {
    turns,
    came,
    ask: (importance: Importance, name: string = importance) =>
      turns.take(importance).then((back) => {
        came.push(name);
        give.set(name, back);
      }),
    back: async (name: string) => {
      give.get(name)!();
      await new Promise((resolve) => setImmediate(resolve));
    },
  };
}

describe('turns', () => {
  it('go to whoever matters most, and among equals to whoever came first', async () => {
    const { ask, back, came } = crowd(4, {
      ...RULES,
      write: { ...RULES.write, leaves: 0 },
      read: { ...RULES.read, leaves: 0 },
      search: { ...RULES.search, leaves: 0 },
    });
    for (const name of ['a', 'b', 'c', 'd']) await ask('vital', name);
    for (const importance of [...IMPORTANCE].reverse()) {
      void ask(importance, `${importance} 1`);
      void ask(importance, `${importance} 2`);
    }
    for (const name of ['a', 'b', 'c', 'd', 'vital 1', 'vital 2', 'write 1', 'write 2']) await back(name);
    expect(came.slice(4)).toEqual(IMPORTANCE.flatMap((name) => [`${name} 1`, `${name} 2`]));
  });

  it('leave connections to those who matter more', async () => {
    const { ask, back, came, turns } = crowd(4);
    for (const name of ['s1', 's2', 's3']) void ask('search', name);
    for (const name of ['r1', 'r2']) void ask('read', name);
    void ask('vital', 'v1');
    await new Promise((resolve) => setImmediate(resolve));
    expect(came).toEqual(['s1', 's2', 'r1', 'v1']);
    expect(turns.count()).toEqual({ held: 4, waiting: 2 });
    await back('v1');
    // The one that is free now is kept for what is vital.
    expect(came).toHaveLength(4);
    await back('s1');
    expect(came.slice(4)).toEqual(['r2']);
    await back('r1');
    expect(came.slice(5)).toEqual(['s3']);
  });

  it('come to everybody in the end, however few there are', async () => {
    const { ask, back, came } = crowd(1);
    for (const importance of IMPORTANCE) void ask(importance);
    await new Promise((resolve) => setImmediate(resolve));
    for (const importance of IMPORTANCE) await back(importance);
    expect(came).toEqual(IMPORTANCE);
  });

  it('are refused at once when too many wait, and after a while to who waits in vain', async () => {
    const { ask, turns } = crowd(1, { ...RULES, search: { waitMs: 5, most: 3, leaves: 0 } });
    await ask('search');
    const waiting = [1, 2, 3].map((n) => ask('search', String(n)));
    const refusals = await Promise.allSettled([ask('search', '4'), ...waiting]);
    for (const result of refusals) {
      const { reason } = result as PromiseRejectedResult;
      expect(reason).toBeInstanceOf(Refusal);
      expect(reason.code).toBe('busy');
      expect(reason.retryAfterSeconds).toBeGreaterThanOrEqual(1);
    }
    expect(turns.count()).toEqual({ held: 1, waiting: 0 });
  });

  it('are given back once, however often somebody says so', async () => {
    const turns = createTurns(2);
    const back = await turns.take('vital');
    await turns.take('vital');
    back();
    back();
    expect(turns.count().held).toBe(1);
  });
});
