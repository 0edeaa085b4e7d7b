/**
 * The attack: a study stopped asking for a code. The yes that had been given was no longer shown to the patient and
 * could not be withdrawn; when the study asked again, it counted again, months later and unseen.
 */
import { afterAll, beforeAll, expect, it } from 'vitest';
import { codeNames, codes, patients, studies } from '../worlds/two-organizations.ts';
import { type AttackWorld, answers, openAttackWorld, storeReadings } from './attack-world.ts';

const { ada } = patients;
const STUDY = studies.glucose;
const CONSENTS = `/api/v1/patients/${ada}/consents`;
const READINGS = 4;

let world: AttackWorld;
beforeAll(async () => {
  world = await openAttackWorld();
  await storeReadings(world, [[ada, codes.glucose]], READINGS);
  await world.deed('ada', 'PATCH', CONSENTS, answers(STUDY, [codeNames.glucose], true));
});
afterAll(() => world?.close());

const requests = `/api/v1/studies/${STUDY}/scope_requests`;
const ask = () => world.deed('mo', 'POST', requests, { scopeCodeId: codes.glucose });
const stopAsking = () => world.deed('mo', 'DELETE', requests, { scopeCodeId: codes.glucose });
const history = async () =>
  (await world.call('ada', 'GET', `${CONSENTS}/history`))
    .json()
    .results.map(({ decision }: { decision: string }) => decision);

it('ends the answers, as she can read, and asking again is a question', async () => {
  expect(await world.readingsSeen('rivera', ada)).toBe(READINGS);
  await stopAsking();
  expect(await world.readingsSeen('rivera', ada)).toBe(0);
  expect(await history()).toEqual(['end', 'permit']);
  await ask();
  expect(await world.readingsSeen('rivera', ada)).toBe(0);
  const { studies: answered, studiesPendingConsent } = (await world.call('ada', 'GET', CONSENTS)).json();
  expect(answered).toEqual([]);
  const pending = studiesPendingConsent.find(({ id }: { id: number }) => id === STUDY).pendingScopeConsents;
  expect(pending.map(({ code }: { code: { id: number } }) => code.id)).toContain(codes.glucose);
  await world.deed('ada', 'PATCH', CONSENTS, answers(STUDY, [codeNames.glucose], true));
  expect(await world.readingsSeen('rivera', ada)).toBe(READINGS);
});

it('ends a no as well, and what she says while nobody asks counts for nothing later', async () => {
  await world.deed('ada', 'PATCH', CONSENTS, answers(STUDY, [codeNames.glucose], false));
  await stopAsking();
  const late = await world.call('ada', 'PATCH', CONSENTS, {
    body: answers(STUDY, [codeNames.glucose], true),
  });
  expect(late.statusCode).toBe(400);
  await ask();
  expect(await world.readingsSeen('rivera', ada)).toBe(0);
  expect((await history()).slice(0, 2)).toEqual(['end', 'withdraw']);
});
