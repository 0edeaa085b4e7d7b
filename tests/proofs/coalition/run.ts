/** Runs walks, and tells of one that went beyond the rule: the seed, and the shortest sequence of deeds that does. */
import fc from 'fast-check';
import type { World } from './cast.ts';
import { checkDeed, checkEnd } from './check.ts';
import type { Deed } from './deeds.ts';
import { beginWalk, type Walk } from './walk.ts';

export type Outcome = Readonly<{
  /** After which deed, and what was beyond the rule; empty when nothing was. */
  faults: readonly string[];
  /** Readings that everybody found, over all deeds: that something was looked at. */
  seen: number;
  walk: Walk;
}>;

/** Does the deeds until one of them goes beyond the rule; at the end, all is asked that can be asked. */
export async function runWalk(
  world: World,
  deeds: readonly Deed[],
  { looksAround = true } = {},
): Promise<Outcome> {
  const walk = await beginWalk(world);
  let seen = 0;
  for (const [index, deed] of deeds.entries()) {
    await deed.carryOut(walk);
    const found = await checkDeed(walk);
    seen += found.seen;
    if (found.faults.length > 0) {
      return { faults: [`after ${index + 1}. ${deed.words}`, ...found.faults], seen, walk };
    }
  }
  if (!looksAround) return { faults: [], seen, walk };
  const faults = await checkEnd(walk);
  return { faults: faults.length > 0 ? ['at the end', ...faults] : [], seen, walk };
}

/** Leaves out deeds as long as what is left still goes beyond the rule. */
async function shorten(world: World, deeds: readonly Deed[]): Promise<readonly Deed[]> {
  let shortest = deeds;
  for (let i = shortest.length - 1; i >= 0; i--) {
    const fewer = shortest.toSpliced(i, 1);
    if (fewer.length > 0 && (await runWalk(world, fewer)).faults.length > 0) shortest = fewer;
  }
  return shortest;
}

/** Undefined when nothing went beyond the rule; else the story of the shortest way. */
export async function tellShortest(world: World, deeds: readonly Deed[]): Promise<string | undefined> {
  if ((await runWalk(world, deeds)).faults.length === 0) return undefined;
  const shortest = await shorten(world, deeds);
  const { faults, walk } = await runWalk(world, shortest);
  return [
    ...shortest.map(({ words }, i) => `${i + 1}. ${words}`),
    ...faults.map((fault) => `   ${fault}`),
    'requests:',
    ...walk.asked.filter((line) => !/Observation\?_count=200/.test(line)).map((line) => `   ${line}`),
  ].join('\n');
}

/** Walks of deeds drawn by chance. */
export const drawWalks = (walks: fc.Arbitrary<readonly Deed[]>, seed: number, count: number) =>
  fc.sample(walks, { seed, numRuns: count });
