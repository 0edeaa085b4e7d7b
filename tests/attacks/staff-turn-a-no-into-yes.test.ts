/**
 * The attack: whoever works at the study answered for the patient. Her no became a yes, her withdrawal was taken back,
 * her question was answered before she saw it, and her answer was cleared; with or without a ground, and nobody told her.
 */
import { afterAll, beforeAll, expect, it } from 'vitest';
import { codeNames, codes, patients, studies } from '../worlds/two-organizations.ts';
import { type AttackWorld, answers, openAttackWorld, storeReadings } from './attack-world.ts';

const { ada } = patients;
const { glucose, hearts } = studies;
const CONSENTS = `/api/v1/patients/${ada}/consents`;
const READINGS = 4;
const STAFF = ['rivera', 'mo', 'vic', 'root'] as const;

let world: AttackWorld;
beforeAll(async () => {
  world = await openAttackWorld();
  await storeReadings(
    world,
    [
      [ada, codes.glucose],
      [ada, codes.heartRate],
      [ada, codes.sleep],
    ],
    READINGS,
  );
});
afterAll(() => world?.close());

const answer = (code: keyof typeof codeNames, consented: boolean) =>
  world.deed('ada', 'PATCH', CONSENTS, answers(glucose, [codeNames[code]], consented));

/** What the patient finds of her answers and of their history. */
const asSheSeesIt = async () => [
  (await world.call('ada', 'GET', CONSENTS)).json().studies,
  (await world.call('ada', 'GET', `${CONSENTS}/history`)).json().results,
];

it('a withdrawal, a no and a question that waits stay what they are, whoever answers and on whatever ground', async () => {
  await answer('glucose', true);
  await answer('glucose', false);
  await answer('heartRate', false);
  const before = await asSheSeesIt();
  for (const who of STAFF) {
    for (const code of [codeNames.glucose, codeNames.heartRate, codeNames.sleep]) {
      for (const method of ['PATCH', 'POST']) {
        const body = { ...answers(glucose, [code], true), basis: 'signed form, protocol 17' };
        const { statusCode } = await world.call(who, method, CONSENTS, { body });
        expect(statusCode, `${method} ${code} as ${who}`).toBe(403);
        const bare = await world.call(who, method, CONSENTS, { body: answers(glucose, [code], true) });
        expect([400, 403], `${method} ${code} as ${who} without a ground`).toContain(bare.statusCode);
      }
    }
    expect(await world.readingsSeen(who, ada), who).toBe(0);
  }
  expect(await asSheSeesIt()).toEqual(before);
});

it('her answers are cleared by nobody else, so that nobody can answer anew', async () => {
  await answer('glucose', true);
  await answer('glucose', false);
  await answer('heartRate', true);
  const before = await asSheSeesIt();
  for (const who of STAFF) {
    const body = answers(glucose, [codeNames.glucose, codeNames.heartRate], true);
    expect((await world.call(who, 'DELETE', CONSENTS, { body })).statusCode, who).toBe(403);
  }
  expect(await asSheSeesIt()).toEqual(before);
});

it('a no that staff recorded is turned back by her alone', async () => {
  await answer('heartRate', true);
  expect(await world.readingsSeen('rivera', ada)).toBe(READINGS);
  await world.deed('rivera', 'PATCH', CONSENTS, answers(glucose, [codeNames.heartRate], false));
  expect(await world.readingsSeen('rivera', ada)).toBe(0);
  for (const who of ['rivera', 'mo'] as const) {
    const body = { ...answers(glucose, [codeNames.heartRate], true), basis: 'changed my mind' };
    expect((await world.call(who, 'PATCH', CONSENTS, { body })).statusCode, who).toBe(403);
  }
  expect(await world.readingsSeen('rivera', ada)).toBe(0);
  await answer('heartRate', true);
  expect(await world.readingsSeen('rivera', ada)).toBe(READINGS);
});

it("a no from a link's session closes the measure to every study of the organization", async () => {
  const zoe = await world.addPatient({ telecomEmail: 'zoe@example.org', studyIds: [glucose, hearts] });
  await storeReadings(world, [[zoe, codes.heartRate]], READINGS, 62_000);
  const link = await world.redeem((await world.invite('mo', zoe)).token!);
  const path = `/api/v1/patients/${zoe}/consents`;
  const no = await link!.call('PATCH', path, answers(glucose, [codeNames.heartRate], false));
  expect(no.statusCode).toBe(201);
  for (const studyId of [glucose, hearts]) {
    const body = { ...answers(studyId, [codeNames.heartRate], true), basis: 'signed form, protocol 17' };
    expect((await world.call('mo', 'PATCH', path, { body })).statusCode, `study ${studyId}`).toBe(403);
  }
  for (const who of STAFF) expect(await world.readingsSeen(who, zoe), who).toBe(0);
});
