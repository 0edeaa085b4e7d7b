/**
 * Walks drawn by chance. Deeds that lead somewhere come in plans of a few, about the same record, study and people; the
 * plans are shuffled into one another, and other deeds come in between.
 */
import fc from 'fast-check';
import { codes, type Name } from './cast.ts';
import { claimWithOwnMailbox } from './claiming.ts';
import * as d from './deeds.ts';
import { adaDecides, eveProves, sheRecords, sheSays } from './her.ts';

/** Who of whom: organizations with their studies, apps and people, the other ones' superuser too. */
const PLACES = {
  lakeside: {
    studies: ['glucose', 'hearts', 'the newest study'],
    app: 'glucoseApp',
    people: ['mo', 'rivera', 'vic', 'root'],
  },
  harbor: { studies: ['sleep', 'the newest study'], app: 'sleepApp', people: ['hana', 'root', 'mo'] },
  westbank: {
    studies: ['westbank', 'the newest study'],
    app: 'westbankApp',
    people: ['wes', 'wilma', 'root', 'nina'],
  },
  'the newest organization': {
    studies: ['the newest study'],
    app: 'westbankApp',
    people: ['root', 'nina', 'wes'],
  },
} as const satisfies Record<string, { studies: readonly d.Of[]; app: string; people: readonly Name[] }>;

const code = fc.constantFrom(codes.glucose, codes.heartRate, codes.sleep);
const basis = fc.constantFrom('signed form, protocol 17', undefined);
const email = fc.constantFrom('ada@example.org', 'eve@example.org', 'ben@example.org', 'new@example.org');

const common = { other: fc.nat(1000), code, basis, email, yes: fc.boolean() };

/** Anywhere, with anybody there, any study and any record: much of it is refused. */
const anyScene = fc.constantFrom(...(Object.keys(PLACES) as (keyof typeof PLACES)[])).chain((at) => {
  const place = PLACES[at];
  return fc.record({
    at: fc.constant<d.At>(at),
    who: fc.constantFrom<Name>(...place.people),
    of: fc.constantFrom<d.Of>(...place.studies),
    app: fc.constant(place.app),
    about: fc.constantFrom<d.About>('Ada', 'Ada', 'Eve', 'the newest record'),
    people: fc.constant<readonly Name[]>(place.people),
    ...common,
  });
});

/** Where most is done: at home, by those who may. */
const homeScene = fc
  .constantFrom(
    { at: 'lakeside', about: 'Eve', of: 'glucose', app: 'glucoseApp', people: ['mo', 'rivera'] },
    { at: 'lakeside', about: 'Eve', of: 'hearts', app: 'glucoseApp', people: ['mo', 'mo', 'rivera'] },
    { at: 'lakeside', about: 'Ada', of: 'glucose', app: 'glucoseApp', people: ['mo', 'rivera'] },
    { at: 'harbor', about: 'Ada', of: 'sleep', app: 'sleepApp', people: ['hana'] },
    {
      at: 'westbank',
      about: 'the newest record',
      of: 'westbank',
      app: 'westbankApp',
      people: ['wes', 'wilma'],
    },
  )
  .chain((home) =>
    fc.record({
      at: fc.constant(home.at as d.At),
      who: fc.constantFrom(...(home.people as readonly Name[])),
      of: fc.constant(home.of as d.Of),
      app: fc.constant(home.app as (typeof PLACES)['lakeside']['app']),
      about: fc.constant(home.about as d.About),
      people: fc.constant(home.people as readonly Name[]),
      ...common,
    }),
  );

const scene = fc
  .oneof({ weight: 5, arbitrary: homeScene }, { weight: 2, arbitrary: anyScene })
  .map((its) => ({ ...its, other: its.people[its.other % its.people.length]! }));
type Scene = typeof scene extends fc.Arbitrary<infer T> ? T : never;

const PLANS: readonly ((s: Scene) => readonly d.Deed[])[] = [
  (s) => [
    d.addByNumber(s.who, s.about, s.at),
    d.enrol(s.who, s.about, s.of),
    d.answer(s.other, s.about, s.of, s.code, true, s.basis),
    d.upload(s.who, s.about, s.code),
  ],
  (s) => [
    d.makeStudy(s.who, s.at, s.app),
    d.enrol(s.who, s.about, 'the newest study'),
    d.answer(s.who, s.about, 'the newest study', s.code, true, s.basis),
  ],
  (s) => [
    d.invite(s.who, s.about, s.app),
    d.openLink(),
    d.linkAnswers(s.of, s.code, true),
    d.linkUploads(s.code),
  ],
  (s) => [
    d.invite(s.who, s.about, s.app, { sendEmail: true, emailOnly: s.yes }),
    d.scanMail(),
    d.linkAnswers(s.of, s.code, s.yes),
  ],
  (s) => [d.invite(s.who, s.about, s.app), claimWithOwnMailbox(), d.upload(s.other, s.about, s.code)],
  (s) => [d.openLink(), d.linkUploads(s.code), claimWithOwnMailbox('app')],
  (s) => [d.linkAnswers(s.of, s.code, false), d.linkAnswers(s.of, s.code, true)],
  (s) => [d.askFor(s.who, s.of, s.code, false), d.askFor(s.other, s.of, s.code, true)],
  (s) => [d.useApp(s.who, s.of, s.app, !s.yes), d.useApp(s.who, s.of, s.app, s.yes)],
  (s) => [
    d.unenrol(s.who, s.about, s.of),
    d.enrol(s.other, s.about, s.of),
    d.answer(s.who, s.about, s.of, s.code, true, s.basis),
  ],
  (s) => [
    d.removeFrom(s.who, s.about, s.at),
    d.addByNumber(s.who, s.about, s.at),
    d.enrol(s.who, s.about, s.of),
  ],
  (s) => [
    d.answer(s.who, s.about, s.of, s.code, false),
    d.answer(s.other, s.about, s.of, s.code, true, s.basis),
  ],
  (s) => [d.clear(s.who, s.about, s.of, s.code), d.answer(s.other, s.about, s.of, s.code, true, s.basis)],
  (s) => [d.appoint('root', s.other, s.at, 'manager'), d.acceptAppointments(s.who, s.at)],
  (s) => [d.appoint(s.who, s.other, s.at, s.yes ? 'member' : 'manager'), d.dismiss(s.other, s.who, s.at)],
  (s) => [d.dismiss(s.who, s.who, s.at), d.appoint('root', 'root', s.at, 'manager'), d.timePasses(15)],
  (s) => [
    d.makeOrganization(s.who),
    d.appoint(s.who, s.who, 'the newest organization', 'manager'),
    d.makeRecord(s.who, 'the newest organization', s.email),
  ],
  (s) => [d.lookUp(s.who, s.email), d.makeRecord(s.who, s.at, s.email, s.yes ? 'MRN-eve' : undefined)],
  (s) => [d.moveStudy(s.who, s.of, 'westbank'), d.moveStudy(s.who, s.of, s.at)],
  (s) => [d.changeStudy(s.who, s.of, s.yes ? { purpose: 'PUBHLTH' } : { description: 'Other words.' })],
  (s) => [d.setActive(s.who, false), d.appoint('root', 'root', s.at, 'manager'), d.setActive(s.who, true)],
  (s) => [d.upload(s.who, s.about, s.code, { identifier: 'reading-1' })],
  (s) => [
    d.importFile(s.who, s.of, s.yes ? 'MRN-eve' : 'MRN-lakeside-7f31'),
    d.clear(s.who, s.about, s.of, s.code),
  ],
  (s) => [d.timePasses(s.yes ? 1 : 20)],
  (s) => [sheSays('Ada', s.of, s.code, s.yes)],
  (s) => [sheSays('Ada', s.of, s.code, null), d.answer(s.who, 'Ada', s.of, s.code, true, s.basis)],
  (s) => [sheRecords('Ada', s.code)],
  (s) => [
    eveProves(),
    d.answer(s.who, 'Eve', s.of, s.code, true, s.basis),
    sheSays('Eve', s.of, s.code, s.yes),
  ],
  (s) => [eveProves(), sheRecords('Eve', s.code), d.enrol(s.who, 'Eve', s.of)],
  (s) => [sheSays('Eve', s.of, s.code, s.yes), sheRecords('Eve', s.code)],
  (s) => [
    d.enrol(s.who, 'Ada', s.of),
    adaDecides(s.of, s.yes ? 'accept' : 'decline'),
    sheSays('Ada', s.of, s.code, true),
  ],
  (s) => [d.unenrol(s.who, 'Ada', s.of), d.enrol(s.other, 'Ada', s.of), adaDecides(s.of, 'accept')],
];

const MOST_DEEDS = 12;

/** The first plan, the shortest way to somebody's readings, comes four times as often as the others. */
const plan = fc
  .tuple(scene, fc.nat(PLANS.length + 2))
  .map(([its, which]) => PLANS[Math.max(0, which - 3)]!(its));

/** Up to twelve deeds: each step does the next deed of one of the plans that are under way. */
export const anyWalk: fc.Arbitrary<readonly d.Deed[]> = fc
  .tuple(
    fc.array(plan, { minLength: 3, maxLength: 6 }),
    fc.array(fc.nat(1000), { minLength: MOST_DEEDS, maxLength: MOST_DEEDS }),
  )
  .map(([plans, turns]) => {
    const left = plans.map((deeds) => [...deeds]);
    const walk: d.Deed[] = [];
    for (const turn of turns) {
      const going = left.filter((deeds) => deeds.length > 0).slice(0, 2);
      const next = going[turn % Math.max(going.length, 1)]?.shift();
      if (next) walk.push(next);
    }
    return walk;
  });
