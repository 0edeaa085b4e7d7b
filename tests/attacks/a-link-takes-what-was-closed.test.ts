/**
 * The attack: a member of the organization, who may attest nothing, gave a link to a patient, opened it on our pages with a
 * mailbox of their own instead of hers, and typed the code that came there. The record was theirs, with all that anybody had
 * ever recorded in it: what the patient had closed on the telephone as well, and what nobody was to read for fourteen days.
 */
import { afterAll, beforeAll, expect, it } from 'vitest';
import { codeInMail, openPages, signUpToClaim } from '../setup/pages.ts';
import { mintToken } from '../setup/tokens.ts';
import { codeNames, codes, organizations, patients, studies } from '../worlds/two-organizations.ts';
import { type AttackWorld, answers, openAttackWorld, storeReadings } from './attack-world.ts';

const { ben } = patients;

let world: AttackWorld;
beforeAll(async () => {
  world = await openAttackWorld();
  // Nobody has opened a link to Ben's record before.
  await world.sql('delete from link_session');
  await storeReadings(
    world,
    [
      [ben, codes.glucose],
      [ben, codes.sleep],
    ],
    3,
  );
  const consents = `/api/v1/patients/${ben}/consents`;
  const both = answers(studies.glucose, [codeNames.glucose, codeNames.sleep], true);
  await world.deed('mo', 'PATCH', consents, { ...both, basis: 'signed form' });
  await world.deed('rivera', 'PATCH', consents, answers(studies.glucose, [codeNames.sleep], false));
});
afterAll(() => world?.close());

/** Claims with a link of Rivera's; what the page says in the end. */
async function claimAs(email: string): Promise<string> {
  const { token = '' } = await world.invite('rivera', ben);
  const path = `/accounts/record/claim/${token}/`;
  const open = openPages(world.exchange);
  if (!(await signUpToClaim(open, world.sql, { path, email }))) return (await open(path)).body;
  await open(path, { step: 'birth-date', birth_date: '1991-02-03' });
  await open(path, { step: 'send' });
  return (await open(path, { step: 'prove', code: await codeInMail(world.sql, email) })).body;
}

it('claims nothing in the days in which nobody reads', async () => {
  const closed = `update organization set closed_until = now() + $2::interval where id = $1`;
  await world.sql(closed, [organizations.lakeside, '14 days']);
  expect(await claimAs('first@example.net')).toContain('This link does not work here');
  await world.sql(closed, [organizations.lakeside, '-1 day']);
});

it('gets what members read, and nothing that was closed', async () => {
  expect(await world.readingsSeen('rivera', ben)).toBe(3);
  expect(await claimAs('rivera-at-home@example.net')).toContain('stay with Lakeside Health, closed');
  const [account] = await world.sql("select id from app_user where email = 'rivera-at-home@example.net'");
  const token = await mintToken(world.exchange, {
    userId: Number(account?.id),
    scope: 'patient/*.cruds',
    grantId: 'theirs',
  });
  const found = await world.exchange.request('GET', '/FHIR/R5/Observation?_count=50', { token });
  expect(found.json().total).toBe(3);
  expect(JSON.stringify(found.json())).not.toContain(codeNames.sleep);
  // What was closed is nobody's to read.
  for (const who of ['rivera', 'mo', 'vic'] as const) {
    const all = await world.call(who, 'GET', '/FHIR/R5/Observation?_count=200');
    expect(all.json().total).toBe(3);
  }
  // Whoever has the address that Lakeside has for Ben hears of it.
  expect(await world.sql("select recipient from mail where recipient = 'ben@example.org'")).not.toEqual([]);
});
