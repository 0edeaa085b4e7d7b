/**
 * Red without its clause: the proof is of use only if it fails where the rule is broken. Clauses of the rule's SQL are
 * taken away one by one, and a walk of a few deeds goes beyond the rule each time.
 */
import { expect, it } from 'vitest';
import { readRule } from '../../../apps/exchange/src/database/rule.ts';
import { codes, type World } from './cast.ts';
import * as d from './deeds.ts';
import { eveProves, sheSays } from './her.ts';
import { runWalk } from './run.ts';

const { glucose, heartRate, sleep } = codes;
const BASIS = 'signed form, protocol 17';

type Clause = Readonly<{
  sentence: string;
  /** The statement that the clause is taken from, by how it begins. */
  of: string;
  clause: string;
  /** What stands in its place. */
  instead?: string;
  deeds: readonly d.Deed[];
}>;

const CLAUSES: readonly Clause[] = [
  {
    sentence: '1 what an organization has is its own people’s',
    of: 'create view acting_membership',
    clause: 'and m.practitioner_id = a.practitioner_id',
    deeds: [],
  },
  {
    sentence: '3 who belongs elsewhere is seen by nobody here',
    of: 'create view visible_patient as',
    clause: 'and po.organization_id = any (array(select m.organization_id from acting_membership m))',
    deeds: [],
  },
  {
    sentence: '6 her own answer, turned into a no by staff, is turned back by her alone',
    of: 'create view attestable_question',
    clause: 'and p.keeper_organization_id = q.organization_id',
    deeds: [
      d.answer('rivera', 'Ada', 'glucose', glucose, false),
      d.answer('mo', 'Ada', 'glucose', glucose, true, BASIS),
    ],
  },
  {
    sentence: '11 a program does not see as the person',
    of: 'create view acting_patient',
    clause: 'and a.grant_id is not null',
    deeds: [d.useProgramOfPias('backend')],
  },
  {
    sentence: '12 members and managers record, viewers do not',
    of: 'create view recordable_series',
    clause: "and m.role in ('member', 'manager')",
    deeds: [d.upload('vic', 'Ada', glucose)],
  },
  {
    sentence: '2 an organization enrols by itself in its own keeping only',
    of: 'create view kept_patient',
    clause:
      'p.keeper_organization_id as organization_id\nfrom managed_organization g, patient p\nwhere true\n  and p.keeper_organization_id = g.organization_id',
    instead: 'g.organization_id\nfrom managed_organization g, patient p\nwhere true',
    deeds: [d.makeStudy('hana', 'harbor', 'sleepApp'), d.enrol('hana', 'Ada', 'the newest study')],
  },
  {
    sentence: '4 a link reaches the studies of its app only',
    of: 'create function link_studies',
    clause: 'and c.client_id = k.client_id',
    deeds: [
      d.useApp('mo', 'hearts', 'westbankApp', true),
      d.enrol('mo', 'Eve', 'hearts'),
      d.answer('mo', 'Eve', 'hearts', heartRate, true, BASIS),
      d.upload('mo', 'Eve', heartRate),
      d.invite('mo', 'Eve', 'glucoseApp'),
      d.openLink(),
    ],
  },
  {
    sentence: '4 a link does not see as the person',
    of: 'create view acting_patient',
    clause:
      'and p.keeper_organization_id is null\n  and a.email_verified\n  and a.grant_id is not null\n  and not a.by_link',
    deeds: [d.invite('mo', 'Eve', 'glucoseApp'), d.openLink()],
  },
  {
    sentence: '4 a no of one link session is not turned by another',
    of: 'create view link_permittable',
    clause: 'and d.session <> l.grant_id',
    instead: 'and false',
    deeds: [
      d.invite('mo', 'Eve', 'glucoseApp'),
      d.openLink(),
      d.linkAnswers('glucose', glucose, false),
      d.invite('mo', 'Eve', 'glucoseApp'),
      d.openLink(),
      d.linkAnswers('glucose', glucose, true),
    ],
  },
  {
    sentence: '5 only a manager attests',
    of: 'create view attestable_question',
    clause: "and m.role = 'manager'",
    deeds: [d.answer('rivera', 'Eve', 'glucose', heartRate, true, BASIS)],
  },
  {
    sentence: '5 only in the own keeping',
    of: 'create view attestable_question',
    clause: 'and p.keeper_organization_id = q.organization_id',
    deeds: [eveProves(), d.answer('mo', 'Eve', 'glucose', sleep, true, BASIS)],
  },
  {
    sentence: '5 never after her no',
    of: 'create view attestable_question',
    clause: 'and d.code_id = q.code_id',
    instead: 'and false',
    deeds: [
      d.invite('mo', 'Eve', 'glucoseApp'),
      d.openLink(),
      d.linkAnswers('glucose', glucose, false),
      d.answer('mo', 'Eve', 'glucose', glucose, true, BASIS),
    ],
  },
  {
    sentence: '8 a link ends where the person keeps the record',
    of: 'create function acting_links',
    clause: 'and p.keeper_organization_id = l.organization_id',
    deeds: [d.invite('mo', 'Eve', 'glucoseApp'), d.openLink(), eveProves()],
  },
  {
    sentence: '11 a superuser does not appoint where there is a manager',
    of: 'create view appointing_organization',
    clause: 'and (not o.had_manager or o.closed_until > now())',
    deeds: [d.appoint('root', 'root', 'harbor', 'viewer')],
  },
  {
    sentence: '11 nobody reads where all managers were gone',
    of: 'create view reading_study',
    clause: 'and (o.closed_until is null or o.closed_until <= now())',
    deeds: [d.setActive('hana', false), d.appoint('root', 'root', 'harbor', 'manager')],
  },
  {
    sentence: '9 a consent opens until its end',
    of: 'create view open_consent',
    clause: 'and c.opens',
    deeds: [sheSays('Ada', 'glucose', heartRate, false)],
  },
];

/** A statement of the rule that can be made anew in place: as it stands, and without its clause. */
function statements(
  rule: string,
  { of, clause, instead = 'and true' }: Clause,
): { as: string; without: string } {
  const start = rule.indexOf(of);
  expect(start, of).toBeGreaterThan(-1);
  const isFunction = of.startsWith('create function');
  const end = rule.indexOf(isFunction ? '\n$$;' : ';\n', start) + (isFunction ? 4 : 1);
  const as = rule.slice(start, end).replace('create ', 'create or replace ');
  expect(as, `${of} has its clause`).toContain(clause);
  return { as, without: as.replaceAll(clause, instead) };
}

const readWhole = async () => (await readRule()).files.map(({ text }) => text).join('\n');

/** Describes the tests; `world` is there once they run. */
export function describeClauses(world: () => World): void {
  it.each(CLAUSES)('$sentence', async (clause) => {
    const { as, without } = statements(await readWhole(), clause);
    const briefly = { looksAround: false };
    expect((await runWalk(world(), clause.deeds, briefly)).faults).toEqual([]);
    await world().sql(without);
    try {
      expect((await runWalk(world(), clause.deeds)).faults).not.toEqual([]);
    } finally {
      await world().sql(as);
    }
  });
}
