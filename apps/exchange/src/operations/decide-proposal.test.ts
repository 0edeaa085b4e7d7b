/** Studies that are proposed to a person who keeps the record: accepted, declined, lifted, and told to nobody else. */
import { afterAll, beforeAll, beforeEach, expect, it } from 'vitest';
import { type AdminWorld, openAdminWorld } from '../admin/admin-world.test-data.ts';
import type { Principal, Session } from '../domain/principal.ts';
import * as proposals from '../store/proposals.ts';
import { decideProposal } from './decide-proposal.ts';

let world: AdminWorld;
beforeAll(async () => {
  world = await openAdminWorld();
});
afterAll(() => world?.close());
/** Ada, who keeps her record and belongs to Lakeside, is not in 30002. */
beforeEach(() =>
  world.rows(`
    with enrolled as (delete from enrollment where study_id = 30002),
      events as (delete from record_event)
    delete from proposal`),
);

const propose = (who: 'rivera' | 'mo' = 'rivera') =>
  world.call(who, 'POST', '/studies/30002/patients', { patientIds: [40001] });
const actAs = async (
  userId: number,
  session: Session = { kind: 'person', grantId: 'signed-in' },
): Promise<Principal> =>
  (await world.exchange.gate.identify(
    userId,
    'jhe-account',
    [{ context: 'user', type: '*', letters: 'cruds' }],
    undefined,
    session,
  ))!;
const open = async (state: proposals.ProposalState = 'open', userId = 10001) =>
  world.exchange.gate.read(
    await actAs(userId),
    { requestId: 'test', interaction: 'read', resource: 'Consent' },
    (sight) => proposals.own(sight, state),
  );
const decide = async (
  id: number,
  decision: Parameters<typeof decideProposal>[2],
  principal?: Principal,
): Promise<void> =>
  world.exchange.gate.write(
    principal ?? (await actAs(10001)),
    { requestId: 'test', interaction: 'update', resource: 'Consent' },
    (sight) => decideProposal(sight, id, decision),
  );
const enrolled = async () =>
  (await world.call('vic', 'GET', '/studies/30002/patients')).body.results.map(
    ({ id }: { id: number }) => id,
  );
const events = async () =>
  (await world.rows('select kind from record_event where patient_id = 40001 order by id')).map(
    ({ kind }) => kind,
  );

it('enrolling a person proposes; the reply, and everything that staff can see, is as if nothing was done', async () => {
  expect(await propose()).toEqual({ status: 201, body: { studyPatients: [] } });
  expect(await enrolled()).toEqual([]);
  expect(await open()).toMatchObject([
    {
      patientId: 40001,
      organizationName: 'Lakeside Health',
      studyId: 30002,
      studyName: 'Hearts at Lakeside',
    },
  ]);
  expect(await events()).toEqual(['proposed']);
  // Twice is once, and she hears of it once.
  expect(await propose('mo')).toEqual({ status: 201, body: { studyPatients: [] } });
  expect(await open()).toHaveLength(1);
  expect(await events()).toEqual(['proposed']);
  // It asks her nothing yet.
  expect(
    (await world.call('ada', 'GET', '/patients/40001/consents')).body.studiesPendingConsent,
  ).toHaveLength(1);
});

it('a record in keeping is enrolled at once, beside a person who is asked', async () => {
  const patientIds = [40001, 40002];
  const { body } = await world.call('rivera', 'POST', '/studies/30002/patients', { patientIds });
  expect(body.studyPatients.map(({ patient }: { patient: object }) => patient)).toEqual([{ id: 40002 }]);
  expect(await enrolled()).toEqual([40002]);
  expect(await world.rows('select patient_id, kind from record_event order by patient_id')).toEqual([
    { patient_id: 40001, kind: 'proposed' },
    { patient_id: 40002, kind: 'enrolled' },
  ]);
});

it('who accepts is enrolled and asked; nothing is shared by it', async () => {
  await propose();
  const [proposal] = await open();
  await decide(proposal!.id, 'accept');
  expect(await enrolled()).toEqual([40001]);
  expect(await events()).toEqual(['proposed', 'joined']);
  const { body } = await world.call('ada', 'GET', '/patients/40001/consents');
  expect(body.studiesPendingConsent.map(({ id }: { id: number }) => id)).toEqual([30001, 30002]);
  await expect(decide(proposal!.id, 'decline')).rejects.toMatchObject({ code: 'conflict' });
  // In the study already: asking again asks nothing.
  await propose();
  expect(await open()).toEqual([]);
});

it('a decline stands, silently, until the person lifts it', async () => {
  const before = await propose();
  const [proposal] = await open();
  await decide(proposal!.id, 'decline');
  expect(await open()).toEqual([]);
  // Whoever asks again gets the same reply, and she hears nothing.
  expect(await propose()).toEqual(before);
  expect(await open()).toEqual([]);
  expect(await events()).toEqual(['proposed']);
  await expect(decide(proposal!.id, 'accept')).rejects.toMatchObject({ code: 'conflict' });
  expect(await enrolled()).toEqual([]);

  await decide((await open('declined'))[0]!.id, 'lift');
  expect(await open('lifted')).toHaveLength(1);
  await propose();
  expect(await open()).toHaveLength(1);
});

it('is the person’s alone: for everybody else, and for her own programs, there is none', async () => {
  await propose();
  const [proposal] = await open();
  for (const other of [10007, 10002, 10003, 10008]) {
    expect(await open('open', other)).toEqual([]);
    await expect(decide(proposal!.id, 'accept', await actAs(other))).rejects.toMatchObject({
      code: 'not-found',
    });
  }
  const program = await actAs(10001, { kind: 'program' });
  await expect(decide(proposal!.id, 'accept', program)).rejects.toMatchObject({ code: 'not-found' });
  expect(await enrolled()).toEqual([]);
});

it('cannot be made to somebody who has not accepted the organization', async () => {
  const refused = await world.call('rivera', 'POST', '/studies/30002/patients', { patientIds: [40003] });
  const nobody = await world.call('rivera', 'POST', '/studies/30002/patients', { patientIds: [49999] });
  expect(refused).toEqual(nobody);
  expect(refused.status).toBe(400);
  expect(await world.rows('select 1 as one from proposal')).toEqual([]);
});
