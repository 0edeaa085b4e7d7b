import fc from 'fast-check';
import { afterAll, beforeAll, describe, expect, test } from 'vitest';
import { compile } from '../../apps/exchange/src/access/compile.ts';
import type { Connection } from '../../apps/exchange/src/database/pool.ts';
import type { World } from '../../apps/exchange/src/domain/may.ts';
import { openTestDatabase, type TestDatabase } from '../setup/database.ts';
import { rounds, seedOf, timeLimit } from '../setup/nightly.ts';
import { DEFINE_ATTEMPT, disagreements, PLAN_BRIEFLY, type Scope } from './agreement.ts';
import { loadWorld } from './load-world.ts';
import { anyWorld } from './world.ts';

let database: TestDatabase;
let owner: Connection;

beforeAll(async () => {
  database = await openTestDatabase();
  owner = await database.owner.connect();
  await owner.query(DEFINE_ATTEMPT);
  await owner.query(PLAN_BRIEFLY);
});
afterAll(async () => {
  owner?.release();
  await database?.close();
});

/** Loads a world for the time of a check and takes it away again. */
async function inWorld(world: World, body: () => Promise<void>): Promise<void> {
  await owner.query('begin');
  try {
    await loadWorld(owner, world);
    await body();
  } finally {
    await owner.query('rollback');
  }
}

const agreesOn = (scope: Scope) =>
  fc.asyncProperty(anyWorld, (world) =>
    inWorld(world, async () => {
      expect((await disagreements(owner, world, compile, scope)).slice(0, 10)).toEqual([]);
    }),
  );

// Shrinking would take minutes; the seed and the first rows that disagree say enough.
const RUN = { seed: seedOf('the access rule', 20261122), endOnFailure: true };

describe('the access rule', () => {
  test('is the same in words, in wall 1 and in wall 2, in any world', {
    timeout: timeLimit(600_000),
  }, async () => {
    await fc.assert(agreesOn({ sides: ['wall 1', 'wall 2'] }), { ...RUN, numRuns: rounds(16, 200) });
  });

  test('decides every write as the words do', { timeout: timeLimit(600_000) }, async () => {
    await fc.assert(agreesOn({ sides: ['writes'], mostWrites: rounds(100, 10_000) }), {
      ...RUN,
      numRuns: rounds(4, 20),
    });
  });
});
