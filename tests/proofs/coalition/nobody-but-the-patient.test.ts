/**
 * Nobody but the patient: whatever everybody else does together, in whatever order, no series is read beyond what the
 * persons themselves said, nobody gets their sight, and nobody is told of them before they accept.
 */
import { afterAll, beforeAll, expect, it } from 'vitest';
import { rounds, seedOf, timeLimit } from '../../setup/nightly.ts';
import { openCast, type World } from './cast.ts';
import { describeClauses } from './clauses.ts';
import { describePairs } from './pairs.ts';
import { anyWalk } from './plans.ts';
import { drawWalks, runWalk, tellShortest } from './run.ts';
import { describeSentences } from './sentences.ts';
import { describeSentencesOfLinks } from './sentences-of-links.ts';

let world: World;
beforeAll(async () => {
  world = await openCast();
});
afterAll(() => world?.close());

describeSentences(() => world);
describeSentencesOfLinks(() => world);
describeClauses(() => world);
describePairs(() => world);

it('stays within the rule, whatever the coalition does', { timeout: timeLimit(120_000) }, async () => {
  const seed = seedOf('coalition walk', 20261124);
  let seen = 0;
  let done = 0;
  for (const [i, deeds] of drawWalks(anyWalk, seed, rounds(5, 3000)).entries()) {
    const outcome = await runWalk(world, deeds);
    seen += outcome.seen;
    done += outcome.walk.asked.filter((line) => !line.includes(' GET ') && / 2\d\d$/.test(line)).length;
    if (outcome.faults.length > 0) {
      expect.fail(`walk ${i} of seed ${seed} goes beyond the rule:\n${await tellShortest(world, deeds)}`);
    }
  }
  // Something was shared, and much was done, or else nothing was looked at.
  expect(seen).toBeGreaterThan(60);
  expect(done).toBeGreaterThan(10);
});
