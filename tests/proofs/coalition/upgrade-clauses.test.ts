/** Red without its clause, for sentence 13: what the upgrade takes from version 0.1 less of is more than the rule allows. */
import { readFile } from 'node:fs/promises';
import { expect, it } from 'vitest';
import { openOldWorld } from './old-world.ts';

const UPGRADE = new URL(
  '../../../apps/exchange/src/database/migrations/0017_keep_records.sql',
  import.meta.url,
);

/** Records that their person keeps, and answers that open, after an upgrade with another text. */
async function after(change: (text: string) => string): Promise<{ theirs: number[]; opening: string[] }> {
  const old = await openOldWorld();
  try {
    await old.owner.query(change(await readFile(UPGRADE, 'utf8')));
    const { rows: theirs } = await old.owner.query<{ id: number }>(
      'select id from patient where keeper_organization_id is null order by id',
    );
    const { rows: opening } = await old.owner.query<{ about: string }>(
      "select patient_id || ' ' || study_id as about from consent where opens order by 1",
    );
    return { theirs: theirs.map(({ id }) => Number(id)), opening: opening.map(({ about }) => about) };
  } finally {
    await old.close();
  }
}

const CLAUSES = [
  {
    what: 'redeeming was not proof',
    clause: "and i.status = 'redeemed'\n",
    instead: 'and false\n',
    part: 'theirs',
  },
  {
    what: 'answers by others wait',
    clause: "opens = (c.permitted and v.actor_role = 'patient' and (",
    instead: 'opens = (c.permitted and (',
    part: 'opening',
  },
  {
    what: 'an answer that a redeemed session may have given waits',
    clause: 'and (p.keeper_organization_id is not null or not v.may_be_link)),',
    instead: '),',
    part: 'opening',
  },
] as const;

it.each(CLAUSES)('13 $what', { timeout: 60_000 }, async ({ clause, instead, part }) => {
  const asItIs = await after((text) => text);
  const without = await after((text) => {
    expect(text.split(clause), clause).toHaveLength(2);
    return text.replace(clause, instead);
  });
  // More of it, and nothing less: strictly more than what the rule leaves.
  expect(without[part].length).toBeGreaterThan(asItIs[part].length);
  const more: readonly (string | number)[] = without[part];
  for (const one of asItIs[part]) expect(more).toContain(one);
});
