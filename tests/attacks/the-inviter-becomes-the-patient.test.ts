/**
 * The attack: whoever invites a patient holds the link, and whoever opens the link was the patient. So a member invited
 * Ada, opened her link, and had for ninety days what only she sees: her readings for every organization, her answers,
 * her trail. For anybody's patient the same began with adding her.
 */
import { afterAll, beforeAll, expect, it } from 'vitest';
import { mintToken } from '../setup/tokens.ts';
import { codeNames, codes, patients, studies, users } from '../worlds/two-organizations.ts';
import { type AttackWorld, answers, openAttackWorld, storeReadings } from './attack-world.ts';

const { ada, ben } = patients;
const READINGS = 3;

let world: AttackWorld;
beforeAll(async () => {
  world = await openAttackWorld();
  // Ada shares sleep with Harbor; her heart rate and glucose are for nobody.
  await storeReadings(
    world,
    [
      [ada, codes.glucose],
      [ada, codes.heartRate],
      [ada, codes.sleep],
    ],
    READINGS,
  );
  await storeReadings(world, [[ben, codes.glucose]], READINGS, 63_000);
  const yes = answers(studies.sleep, [codeNames.sleep], true);
  await world.deed('ada', 'PATCH', `/api/v1/patients/${ada}/consents`, yes);
});
afterAll(() => world?.close());

it.each(['rivera', 'mo', 'hana', 'root'] as const)(
  '%s gets no link into a record that its person keeps',
  async (who) => {
    const { reply, token } = await world.invite(who, ada);
    const holder = token === undefined ? undefined : await world.redeem(token);
    if (holder) {
      // What the attack was after, for whoever reads a failure of this test.
      expect(await world.readingsSeenBy(holder.call, ada), `${who} as Ada`).toBe(0);
    }
    expect([403, 404]).toContain(reply.statusCode);
    expect(holder).toBeUndefined();
  },
);

it('a record made with her address is another record: its link leads nowhere near hers', async () => {
  const added = await world.call('mo', 'POST', '/api/v1/patients', {
    body: { organizationId: 20001, nameFamily: 'Ode', nameGiven: 'B', telecomEmail: 'ben@example.org' },
  });
  expect(added.statusCode).toBe(201);
  const { id } = added.json();
  expect(id).not.toBe(ben);
  await world.deed('mo', 'POST', `/api/v1/studies/${studies.glucose}/patients`, { patientIds: [id] });
  const holder = await world.redeem((await world.invite('mo', id)).token!);
  expect(holder).toBeDefined();
  expect(await world.readingsSeenBy(holder!.call, ben)).toBe(0);
  const sees = async (path: string) => (await holder!.call('GET', path)).body;
  expect((await holder!.call('GET', `/api/v1/patients/${ben}`)).statusCode).not.toBe(200);
  expect((await holder!.call('GET', `/api/v1/patients/${ben}/consents`)).statusCode).not.toBe(200);
  expect(await sees('/api/v1/audit_events')).not.toContain(String(ben));
  expect(await sees('/api/v1/users/profile')).not.toContain(String(users.ben));
  expect(await sees('/o/userinfo')).not.toContain('ben@example.org');
});

it('a link into a record in keeping shows what the organization sees, and no other organization gets in by it', async () => {
  const zoe = await world.addPatient({ telecomEmail: 'zoe@example.org', studyIds: [studies.glucose] });
  await storeReadings(
    world,
    [
      [zoe, codes.glucose],
      [zoe, codes.sleep],
    ],
    READINGS,
    64_000,
  );
  const holder = (await world.redeem((await world.invite('mo', zoe)).token!))!;
  const seen = () => world.readingsSeenBy(holder.call, zoe);
  // Nothing is shared yet, so Lakeside reads nothing, and the link neither.
  expect(await world.readingsSeen('mo', zoe)).toBe(0);
  expect(await seen()).toBe(0);
  expect((await holder.call('GET', '/api/v1/audit_events')).body).not.toContain('"patientId"');
  const other = answers(studies.sleep, [codeNames.sleep], true);
  expect((await holder.call('PATCH', `/api/v1/patients/${zoe}/consents`, other)).statusCode).toBeGreaterThan(
    399,
  );
  expect(await seen()).toBe(0);
  // Its own login elsewhere is the same session and no other person.
  const forged = await mintToken(world.exchange, {
    userId: users.ben,
    scope: 'patient/*.cruds',
    patient: zoe,
  });
  const asBen = await world.exchange.request('GET', `/FHIR/R5/Observation?patient=${zoe}`, { token: forged });
  expect(asBen.statusCode).toBe(403);
});
