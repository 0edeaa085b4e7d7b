/** A study changes its purpose between the reading of its questions and the answer: the answer is to what was read. */
import { afterAll, beforeAll, beforeEach, expect, it } from 'vitest';
import { type AttackWorld, answers, openAttackWorld } from '../attacks/attack-world.ts';
import { codeNames, patients, studies } from '../worlds/two-organizations.ts';
import { expectNoForbiddenState } from './forbidden-states.ts';
import { passInTurn } from './turnstile.ts';

const STUDY = studies.glucose;
let world: AttackWorld;
beforeAll(async () => {
  world = await openAttackWorld();
});
afterAll(() => world?.close());
beforeEach(() => world.sql('delete from consent'));

const change = (purpose: string) =>
  world.call('mo', 'PATCH', `/api/v1/studies/${STUDY}`, { body: { purpose } });
const version = async () =>
  (await world.sql('select version::int from study where id = $1', [STUDY]))[0]?.version as number;
const answer = (studyVersion: number) => {
  const [about] = answers(STUDY, [codeNames.glucose], true).studyScopeConsents;
  return world.call('ada', 'PATCH', `/api/v1/patients/${patients.ada}/consents`, {
    body: { studyScopeConsents: [{ ...about, studyVersion }] },
  });
};
const standing = () => world.sql('select permitted, study_version from consent where study_id = $1', [STUDY]);

it('the change is under way when the answer comes: it waits, sees the change, and is refused', async () => {
  const read = await version();
  const [changed, answered] = await passInTurn(
    world.exchange.database,
    { text: 'select from study where id = $1 for update', values: [STUDY] },
    () => change('TREAT'),
    () => answer(read),
  );
  expect([changed.statusCode, answered.statusCode]).toEqual([200, 409]);
  expect(await standing()).toEqual([]);
  await expectNoForbiddenState(world.exchange.database);
});

it('the answer is under way when the change comes: it was to what was read, and ends', async () => {
  const read = await version();
  await world.sql('create table held (id int); insert into held values (1)');
  await world.sql(`create function wait_for_held() returns trigger language plpgsql security definer as
    $$ begin perform from held for update; return new; end $$`);
  await world.sql(
    'create trigger wait before insert on consent for each statement execute function wait_for_held()',
  );
  try {
    const [answered, changed] = await passInTurn(
      world.exchange.database,
      { text: 'select from held for update' },
      () => answer(read),
      () => change('PUBHLTH'),
    );
    expect([answered.statusCode, changed.statusCode]).toEqual([201, 200]);
  } finally {
    await world.sql('drop trigger wait on consent; drop function wait_for_held(); drop table held');
  }
  expect(await standing()).toEqual([]);
  const events = await world.sql(
    'select decision, study_version::int from consent_event order by id desc limit 2',
  );
  expect(events.map(({ decision }) => decision)).toEqual(['end', 'permit']);
  expect(events[1]!.study_version).toBe(read);
  await expectNoForbiddenState(world.exchange.database);
});
