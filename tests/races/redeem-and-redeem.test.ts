/** One link opened twice at once, and opened while it is replaced or taken back. */
import { afterAll, beforeAll, expect, it } from 'vitest';
import { type AttackWorld, openAttackWorld } from '../attacks/attack-world.ts';
import { rounds, timeLimit } from '../setup/nightly.ts';
import { clients, studies } from '../worlds/two-organizations.ts';
import { expectNoForbiddenState } from './forbidden-states.ts';
import { expectOnly, race } from './race.ts';

const ROUNDS = rounds(50, 500);
/** Of what costs more than opening twice. */
const FEWER = rounds(20, 500);

let world: AttackWorld;
let patientId: number;
beforeAll(async () => {
  world = await openAttackWorld();
  patientId = await world.addPatient({ telecomEmail: 'zoe@example.org', studyIds: [studies.glucose] });
});
afterAll(() => world?.close());

const invite = async () => {
  const { reply, token } = await world.invite('mo', patientId);
  if (token === undefined) throw new Error(reply.body);
  return { id: reply.json().id as number, token };
};
let address = 0;
const open = (token: string) =>
  world.exchange.app.http.inject({
    method: 'POST',
    url: `/api/v1/invitation/${token}`,
    remoteAddress: `10.1.${address >> 8}.${address++ & 255}`,
  });
/** Exchanges what a link was answered with; whether tokens were given. */
async function exchanges(token: string, reply: { statusCode: number; body: string }): Promise<boolean> {
  if (reply.statusCode !== 200) return false;
  const form = { ...JSON.parse(reply.body).grant, code_verifier: Buffer.from(token).toString('base64url') };
  return (await world.exchange.request('POST', '/o/token/', { form })).statusCode === 200;
}

it(
  'opened twice at once, one code can be exchanged',
  async () => {
    await race(ROUNDS, async (round) => {
      const { token } = await invite();
      const replies: { statusCode: number; body: string }[] = [];
      const deed = async () => {
        const reply = await open(token);
        replies.push(reply);
        // Exchanging costs more than all the rest, so it is done in some rounds of each order.
        if (replies.length === 2 && round % 5 === 0) {
          const given = await Promise.all(replies.map((one) => exchanges(token, one)));
          expect(given.filter(Boolean)).toHaveLength(1);
        }
        return reply;
      };
      return [deed, deed];
    });
    await expectNoForbiddenState(world.exchange.database);
  },
  timeLimit(60_000),
);

it(
  'opened while it is cancelled: opened, or cancelled',
  async () => {
    const [opened, cancelled] = await race(FEWER, async () => {
      const { id, token } = await invite();
      return [() => open(token), () => world.call('mo', 'POST', `/api/v1/invitation/${id}/cancel`)];
    });
    expectOnly(opened, 200, 403);
    expectOnly(cancelled, 200, 409);
    expect((opened.get(200) ?? 0) + (cancelled.get(200) ?? 0)).toBe(FEWER);
  },
  timeLimit(60_000),
);

it(
  'opened while another is issued: at most the newer one goes on',
  async () => {
    await race(FEWER, async () => {
      const { token } = await invite();
      const body = { patientId, clientId: clients.glucoseApp };
      return [() => open(token), () => world.call('mo', 'POST', '/api/v1/invitation', { body })];
    });
    const [{ open: left }] = (await world.sql(
      "select count(*)::int as open from invitation where patient_id = $1 and status = 'issued'",
      [patientId],
    )) as [{ open: number }];
    expect(left).toBe(1);
    await expectNoForbiddenState(world.exchange.database);
  },
  timeLimit(60_000),
);
