/**
 * Red without its clause, where the clause is TypeScript: a function that a sentence of the rule rests on is taken away, and
 * a walk of a few deeds goes beyond the rule each time. With the function each of these walks stays within it.
 */
import { afterAll, beforeAll, expect, it, vi } from 'vitest';
import { codes, openCast, patients, type World } from './cast.ts';
import { claimWithOwnMailbox, guessBirthDate } from './claiming.ts';
import * as d from './deeds.ts';
import { runWalk } from './run.ts';

/** What stands in the place of a function while it is taken away, by its name. */
const { taken } = vi.hoisted(() => ({ taken: new Map<string, () => unknown>() }));

/** A module whose functions can be taken away, one at a time, while the server runs. */
const { withSwitches } = vi.hoisted(() => ({
  withSwitches: async (original: () => Promise<object>) =>
    Object.fromEntries(
      Object.entries(await original()).map(([name, its]) => [
        name,
        typeof its !== 'function' || /^class\b/.test(String(its))
          ? its
          : (...given: unknown[]) => (taken.get(name) ?? its)(...given),
      ]),
    ),
}));
vi.mock('../../../apps/exchange/src/store/oauth-record-claims.ts', withSwitches);
vi.mock('../../../apps/exchange/src/store/oauth-invitations.ts', withSwitches);
vi.mock('../../../apps/exchange/src/store/oauth-link-sessions.ts', withSwitches);
vi.mock('../../../apps/exchange/src/operations/end-answers.ts', withSwitches);
vi.mock('../../../apps/exchange/src/store/record-events.ts', withSwitches);

let world: World;
beforeAll(async () => {
  world = await openCast();
});
afterAll(() => world?.close());

type Taken = Readonly<{
  sentence: string;
  name: string;
  instead: () => unknown;
  deeds: readonly d.Deed[];
  /** Beside what every walk looks at. */
  beyond?(): Promise<string[]>;
}>;

const TAKEN: readonly Taken[] = [
  {
    sentence: '(b) what nobody may read does not go along at proof',
    name: 'listHiddenSeries',
    instead: async () => [],
    deeds: [d.invite('rivera', 'Eve', 'glucoseApp'), claimWithOwnMailbox()],
  },
  {
    sentence: '(b) nothing is claimed while nobody reads',
    name: 'isClosed',
    instead: async () => false,
    deeds: [
      d.setActive('mo', false),
      d.appoint('root', 'root', 'lakeside', 'manager'),
      d.invite('rivera', 'Eve', 'glucoseApp'),
      claimWithOwnMailbox(),
    ],
  },
  {
    sentence: '2 five wrong birth dates close a link',
    name: 'recordWrongBirthDate',
    instead: async () => false,
    deeds: [d.invite('mo', 'Eve', 'glucoseApp'), guessBirthDate(5), claimWithOwnMailbox()],
  },
  {
    sentence: '7 a new link ends what the one before opened',
    name: 'listEarlierSessions',
    instead: async () => [],
    deeds: [
      d.invite('mo', 'Eve', 'glucoseApp'),
      d.openLink(),
      d.invite('mo', 'Eve', 'glucoseApp'),
      d.openLink(),
    ],
  },
  {
    sentence: '9 another purpose ends the answers',
    name: 'endAnswers',
    instead: async () => [],
    deeds: [d.changeStudy('mo', 'glucose', { purpose: 'PUBHLTH' })],
  },
  {
    sentence: '10 she hears of it',
    name: 'append',
    instead: async () => undefined,
    deeds: [d.answer('rivera', 'Ada', 'glucose', codes.glucose, false)],
    async beyond() {
      const heard = await world.sql(
        "select from record_event where patient_id = $1 and kind = 'staff-declined'",
        patients.ada,
      );
      return heard.length === 1 ? [] : ['Ada does not hear of the no that others recorded'];
    },
  },
];

it.each(TAKEN)('$sentence', async ({ name, instead, deeds, beyond }) => {
  const faults = async () => [
    ...(await runWalk(world, deeds, { looksAround: false })).faults,
    ...((await beyond?.()) ?? []),
  ];
  expect(await faults()).toEqual([]);
  taken.set(name, instead);
  try {
    expect(await faults()).not.toEqual([]);
  } finally {
    taken.delete(name);
  }
});
