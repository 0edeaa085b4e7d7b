/** Deeds done in the world of the coalition, with nothing found beyond the rule. */
import { expect } from 'vitest';
import { ADA_IS, codes, type World } from './cast.ts';
import type * as d from './deeds.ts';
import { runWalk } from './run.ts';
import type { Walk } from './walk.ts';

export const { glucose, heartRate, sleep } = codes;
export const BASIS = 'signed form, protocol 17';
export const ADDRESS = ADA_IS.email;

/** Does the deeds, finds nothing beyond the rule, and returns the walk. `world` is there once the tests run. */
export const doing =
  (world: () => World) =>
  async (...deeds: readonly d.Deed[]): Promise<Walk> => {
    const { faults, walk } = await runWalk(world(), deeds);
    const deedsDone = walk.asked.filter((line) => !line.includes(': GET '));
    expect([...faults, ...(faults.length > 0 ? deedsDone : [])]).toEqual([]);
    return walk;
  };

/** The statuses of the requests that a pattern matches, in their order. */
export const statuses = (walk: Walk, pattern: RegExp): number[] =>
  walk.asked.filter((line) => pattern.test(line)).map((line) => Number(/ (\d{3})( \{|$| )/.exec(line)?.[1]));
