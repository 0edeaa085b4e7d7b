/**
 * Somebody makes a record theirs while others act in it: from the moment that they keep it, nobody else enrols, says yes or
 * opens a link there, and what a link had opened is over.
 */
import { createHash, randomBytes } from 'node:crypto';
import { afterAll, beforeAll, expect, it } from 'vitest';
import { type AttackWorld, answers, type LinkHolder, openAttackWorld } from '../attacks/attack-world.ts';
import { rounds, timeLimit } from '../setup/nightly.ts';
import { codeInMail, type Open, openPages, signUpToClaim } from '../setup/pages.ts';
import {
  clients,
  codeNames,
  codes,
  dataSources,
  organizations,
  studies,
  users,
} from '../worlds/two-organizations.ts';
import { gatherRecords } from './crowd.ts';
import { expectNoForbiddenState } from './forbidden-states.ts';
import { type Deed, expectOnly, race } from './race.ts';

const ROUNDS = rounds(50, 500);
/** Of those that others of the races come close to. */
const FEWER = rounds(20, 500);
const DEEDS = 5;
const EMAIL = 'zoe@example.net';

let world: AttackWorld;
let records: number[];
let open: Open;
beforeAll(async () => {
  world = await openAttackWorld();
  records = await gatherRecords(world, ROUNDS * DEEDS, { studyIds: [studies.glucose] });
  // Each has a reading that members may read: none is empty, so that each stands beside the others under one login.
  await world.sql(
    `insert into consent (patient_id, study_id, code_id, permitted, decided_at, opens, recorded_by, basis, study_version)
     select id, $2, $3, true, now(), true, $4, 'signed form', 1 from unnest($1::bigint[]) id`,
    [records, studies.glucose, codes.glucose, users.mo],
  );
  await world.sql(
    `insert into consent_event (patient_id, study_id, code_id, decision, actor_user_id, actor_role, basis)
     select id, $2, $3, 'permit', $4, 'manager', 'signed form' from unnest($1::bigint[]) id`,
    [records, studies.glucose, codes.glucose, users.mo],
  );
  await world.sql(
    `insert into observation (patient_id, id, code_id, data_source_id, data_point_uuid, data_point, value, unit,
       effective_start, keeper_organization_id, recorded_by)
     select id, 70000000 + id, $2, $3, gen_random_uuid(), '{}', 100, 'u', timestamptz '2026-01-01', $4, $5
     from unnest($1::bigint[]) id`,
    [records, codes.glucose, dataSources.meter, organizations.lakeside, users.mo],
  );
  await world.sql(
    `insert into series (patient_id, code_id, observations, first_effective, last_effective, last_arrival)
     select id, $2, 1, timestamptz '2026-01-01', timestamptz '2026-01-01', now() from unnest($1::bigint[]) id`,
    [records, codes.glucose],
  );
  open = openPages(world.exchange);
  const path = claimPath(await link(records.at(-1)!));
  expect(await signUpToClaim(open, world.sql, { path, email: EMAIL })).toBe(true);
});
afterAll(() => world?.close());

const claimPath = (token: string) => `/accounts/record/claim/${token}/`;

/** A link that Mo gave for a record, as the owner writes it. */
async function link(patientId: number): Promise<string> {
  const token = randomBytes(16).toString('hex');
  await world.sql(
    `insert into invitation (patient_id, client_id, token_hash, issued_by, organization_id) values ($1, $2, $3, $4, $5)`,
    [
      patientId,
      clients.glucoseApp,
      createHash('sha256').update(token).digest('base64url'),
      users.mo,
      organizations.lakeside,
    ],
  );
  return token;
}

/** Everything on the way to the record but the last step, which is the deed. */
async function readyToProve(path: string): Promise<Deed> {
  await world.sql('delete from sign_in_attempt');
  await open(path, { step: 'send' });
  const code = await codeInMail(world.sql, EMAIL);
  return async () => {
    const { status, body } = await open(path, { step: 'prove', code });
    return { statusCode: status, body };
  };
}

const patientIdOf = (deed: number, round: number) => records[deed * ROUNDS + round]!;
const kept = async (patientIds: readonly number[]) =>
  (
    await world.sql('select id from patient where id = any($1) and keeper_organization_id is null', [
      patientIds,
    ])
  ).map(({ id }) => Number(id));

const attest: (patientId: number) => Deed = (patientId) => () =>
  world.call('mo', 'PATCH', `/api/v1/patients/${patientId}/consents`, {
    body: { ...answers(studies.glucose, [codeNames.heartRate], true), basis: 'signed form' },
  });
const enrol: (patientId: number) => Deed = (patientId) => () =>
  world.call('rivera', 'POST', `/api/v1/studies/${studies.hearts}/patients`, {
    body: { patientIds: [patientId] },
  });
const invite: (patientId: number) => Deed = (patientId) => () =>
  world.call('rivera', 'POST', '/api/v1/invitation', { body: { patientId, clientId: clients.glucoseApp } });

it.each([
  ['a manager attests', 0, attest, [201, 403], ROUNDS],
  ['a member enrols, or proposes', 1, enrol, [201], ROUNDS],
  ['a member gives another link', 2, invite, [201, 403], FEWER],
] as const)(
  'while %s',
  async (_name, place, deed, told, times) => {
    const [proved, other] = await race(times, async (round) => {
      const patientId = patientIdOf(place, round);
      return [await readyToProve(claimPath(await link(patientId))), deed(patientId)];
    });
    // 410: the link was replaced by the other one.
    expectOnly(proved, 200, 410);
    expectOnly(other, ...told);
    await expectNoForbiddenState(world.exchange.database);
    const theirs = await kept(records.slice(place * ROUNDS, (place + 1) * ROUNDS));
    expect(theirs).toHaveLength(proved.get(200) ?? 0);
    // Another link ends the one that is claimed with: then there may be none.
    if (deed !== invite) expect(theirs.length).toBe(times);
  },
  timeLimit(60_000),
);

it(
  'while the link is opened in an app: theirs, or opened',
  async () => {
    const [proved, opened] = await race(FEWER, async (round) => {
      const token = await link(patientIdOf(3, round));
      const redeem: Deed = () =>
        world.exchange.app.http.inject({
          method: 'POST',
          url: `/api/v1/invitation/${token}`,
          remoteAddress: `10.9.${round >> 8}.${round & 255}`,
        });
      return [await readyToProve(claimPath(token)), redeem];
    });
    expectOnly(proved, 200, 410);
    expectOnly(opened, 200, 403, 404, 409);
    await expectNoForbiddenState(world.exchange.database);
    const theirs = await kept(records.slice(3 * ROUNDS, 4 * ROUNDS));
    expect(theirs).toHaveLength(proved.get(200) ?? 0);
    expect((proved.get(200) ?? 0) + (opened.get(200) ?? 0)).toBe(FEWER);
  },
  timeLimit(60_000),
);

it(
  'while the app in which the link was opened answers',
  async () => {
    const [proved, answered] = await race(ROUNDS, async (round) => {
      const patientId = patientIdOf(4, round);
      const holder = (await world.redeem(await link(patientId))) as LinkHolder;
      const started = await world.exchange.app.http.inject({
        method: 'POST',
        url: '/api/v1/record-claims',
        remoteAddress: `10.8.${round >> 8}.${round & 255}`,
        headers: { authorization: `Bearer ${holder.accessToken}` },
      });
      const path = new URL(started.json().claimUrl).pathname;
      const answer: Deed = () =>
        holder.call(
          'PATCH',
          `/api/v1/patients/${patientId}/consents`,
          answers(studies.glucose, [codeNames.heartRate], round % 2 === 0),
        );
      return [await readyToProve(path), answer];
    });
    expectOnly(proved, 200);
    // 400: what the session would answer is nothing to it any more.
    expectOnly(answered, 201, 400, 401, 403);
    await expectNoForbiddenState(world.exchange.database);
    expect(await kept(records.slice(4 * ROUNDS))).toHaveLength(ROUNDS);
  },
  timeLimit(60_000),
);
