/**
 * The attack: opening an invitation's link marked the address of the account as proved, though nobody had read a mail
 * there. When its owner proved it later, nothing ended: whoever had opened the link stayed in, because an address that
 * is proved already throws nobody out.
 */

import { afterAll, beforeAll, expect, it } from 'vitest';
import { openBrowser } from '../../apps/exchange/src/authorization/world.test-data.ts';
import { follow } from '../../apps/exchange/src/pages/accounts/pages.test-data.ts';
import { openMails } from '../setup/mail.ts';
import { codes, studies } from '../worlds/two-organizations.ts';
import { type AttackWorld, type LinkHolder, openAttackWorld, storeReadings } from './attack-world.ts';

const ZOE = 'zoe@example.org';
const READINGS = 3;

let world: AttackWorld;
let zoe: number;
let holder: LinkHolder;
beforeAll(async () => {
  world = await openAttackWorld();
  zoe = await world.addPatient({ telecomEmail: ZOE, studyIds: [studies.glucose] });
  await storeReadings(world, [[zoe, codes.glucose]], READINGS);
  holder = (await world.redeem((await world.invite('mo', zoe)).token!))!;
});
afterAll(() => world?.close());

it('redeeming is no proof', async () => {
  const claims = (await holder.call('GET', '/o/userinfo')).json();
  expect(claims.email_verified ?? false).toBe(false);
  const [login] = await world.sql(
    'select u.email_verified from app_user u join patient p on p.user_id = u.id where p.id = $1',
    [zoe],
  );
  expect(login).toEqual({ email_verified: false });
});

it('who opened the link sets no address and no key', async () => {
  const login = () =>
    world.sql(
      'select u.id::int, u.email from app_user u join patient p on p.user_id = u.id where p.id = $1',
      [zoe],
    );
  const before = await login();
  await holder.call('PATCH', `/api/v1/users/${before[0]?.id}`, { email: 'mine@example.net' });
  await holder.call('PATCH', `/api/v1/patients/${zoe}`, { telecomEmail: 'mine@example.net' });
  expect(await login()).toEqual(before);
  const key = await holder.call('POST', '/api/v1/practitioner_clients', { label: 'mine' });
  expect(key.statusCode).toBeGreaterThan(399);
});

it("the owner's proof ends whoever opened the link", async () => {
  await proveByMailedCode();
  expect((await holder.call('GET', `/FHIR/R5/Observation?patient=${zoe}`)).statusCode).toBe(401);
  const form = { grant_type: 'refresh_token', refresh_token: holder.refreshToken, client_id: 'glucose-app' };
  expect((await world.exchange.request('POST', '/o/token/', { form })).statusCode).toBe(400);
});

/** Zoe, with a link of her own, makes the record hers: codes are mailed to the address that she says is hers. */
async function proveByMailedCode(): Promise<void> {
  const browser = openBrowser(({ method = 'GET', url, form, headers = {} }) =>
    world.exchange.request(method, url, { ...(form === undefined ? {} : { form }), headers }),
  );
  const mailedCode = async () => {
    const [mail] = openMails(
      await world.sql('select recipient, body from mail where recipient = $1 order by id desc limit 1', [
        ZOE,
      ]),
    ) as [{ body: string } | undefined];
    const code = /\n {4}(\S+)\n/.exec(mail?.body ?? '')?.[1];
    expect(code, 'a code in the mail').toBeDefined();
    return code!;
  };
  const password = 'nine green turtles';
  const { token } = await world.invite('mo', zoe);
  const claim = `/accounts/record/claim/${token}/`;
  const pending = await follow(browser, `${claim}signup/`, {
    email: ZOE,
    password,
    password_again: password,
  });
  await follow(browser, pending.url, { code: await mailedCode() });
  const { url: page } = await follow(browser, `/accounts/login/?next=${encodeURIComponent(claim)}`);
  await follow(browser, page, { email: ZOE, password });
  await follow(browser, claim, { step: 'send' });
  const { page: proved } = await follow(browser, claim, { step: 'prove', code: await mailedCode() });
  expect(proved.statusCode, proved.body).toBe(200);
  expect(proved.body).toContain('The record is yours');
}
