/** Ada's own page: what is proposed to her, what she answers, what others did, and leaving. */

import { afterAll, beforeAll, expect, it } from 'vitest';
import { type ConsentWorld, openConsentWorld } from '../../../../../tests/proofs/consent-world.ts';
import { openMails } from '../../../../../tests/setup/mail.ts';
import { codes, patients, studies } from '../../../../../tests/worlds/two-organizations.ts';
import { hashPassword } from '../../access/password.ts';
import { openBrowser } from '../../authorization/world.test-data.ts';
import { tellPeople } from '../../jobs/tell-people.ts';
import { follow } from '../accounts/pages.test-data.ts';

const PAGE = '/accounts/record/';
const { ada } = patients;
let world: ConsentWorld;
let browser: ReturnType<typeof openBrowser>;

beforeAll(async () => {
  world = await openConsentWorld();
  await world.sql("update app_user set password_hash = $1 where email = 'ada@example.org'", [
    await hashPassword('nine green turtles'),
  ]);
  browser = openBrowser(({ method = 'GET', url, form, headers = {} }) =>
    world.exchange.request(method, url, { ...(form === undefined ? {} : { form }), headers }),
  );
  const { url } = await follow(browser, `/accounts/login/?next=${encodeURIComponent(PAGE)}`);
  await follow(browser, url, { email: 'ada@example.org', password: 'nine green turtles' });
});
afterAll(() => world?.close());

const look = async () => (await follow(browser, PAGE)).page.body;
const press = (deed: string) => follow(browser, PAGE, { do: deed });
const proposal = async () => {
  const [row] = await world.sql('select id::int, state from proposal where study_id = $1', [studies.hearts]);
  return row as { id: number; state: string } | undefined;
};
const mails = async () =>
  openMails(
    await world.sql("select recipient, body from mail where subject like 'Something happened%' order by id"),
  );

it('shows what is proposed to her alone; she declines, nobody is told, and it stands until she lifts it', async () => {
  expect(await look()).not.toContain('Proposed to you');
  const enrol = () =>
    world.call('mo', 'POST', `/api/v1/studies/${studies.hearts}/patients`, { body: { patientIds: [ada] } });
  const first = await enrol();
  expect([first.statusCode, first.json()]).toEqual([201, { studyPatients: [] }]);
  expect(await look()).toContain('Hearts at Lakeside (Lakeside Health)');

  await press(`decline ${(await proposal())!.id}`);
  const again = await enrol();
  expect([again.statusCode, again.json()]).toEqual([201, { studyPatients: [] }]);
  const page = await look();
  expect(page).not.toContain('Proposed to you');
  expect(page).toContain('Declined by you');

  await press(`lift ${(await proposal())!.id}`);
  await enrol();
  expect(await look()).toContain('Proposed to you');
});

it('accepting takes part and shares nothing; each answer is hers', async () => {
  const [open] = await world.sql("select id::int from proposal where state = 'open'");
  await press(`accept ${open!.id}`);
  const key = `${ada} ${studies.hearts} ${codes.heartRate}`;
  expect(await world.sql('select own from consent where study_id = $1', [studies.hearts])).toEqual([]);
  await press(`yes ${key}`);
  const consent = () =>
    world.sql('select permitted, opens, own from consent where study_id = $1', [studies.hearts]);
  expect(await consent()).toEqual([{ permitted: true, opens: true, own: true }]);
  expect(await look()).toContain('You said yes on ');
  await press(`no ${key}`);
  expect(await consent()).toEqual([{ permitted: false, opens: false, own: true }]);
  await press(`clear ${key}`);
  expect(await consent()).toEqual([]);
});

it('tells her by mail of what others did, once, without naming a study that she has not accepted', async () => {
  await world.call('mo', 'PATCH', `/api/v1/patients/${ada}`, { body: { telecomPhone: '555-0111' } });
  const told = await tellPeople(world.exchange.system, 'http://localhost:8000', new Date());
  expect(told).toBeGreaterThan(0);
  expect(await tellPeople(world.exchange.system, 'http://localhost:8000', new Date())).toBe(0);
  const [mail, ...others] = await mails();
  expect(others).toEqual([]);
  expect(mail!.recipient).toBe('ada@example.org');
  expect(mail!.body).toContain('Lakeside Health asks you to take part in something.');
  expect(mail!.body).toContain('was corrected');
  expect(mail!.body).not.toContain('Hearts at Lakeside');
  expect(mail!.body).not.toContain('555-0111');
});

it('leaving a study ends its answers; leaving an organization ends its studies', async () => {
  await press(`yes ${ada} ${studies.hearts} ${codes.heartRate}`);
  await press(`leave-study ${ada} ${studies.hearts}`);
  expect(await world.sql('select from consent where study_id = $1', [studies.hearts])).toEqual([]);
  expect(await world.sql('select from enrollment where study_id = $1', [studies.hearts])).toEqual([]);
  await press(`leave-organization ${ada} 20001`);
  expect((await world.call('mo', 'GET', `/api/v1/patients/${ada}`)).statusCode).toBe(403);
  expect(await look()).not.toContain('Lakeside Health</h4>');
});

it.each([
  ['somebody else’s record', 'yes 40003 30003 50002'],
  ['a proposal that is not there', 'accept 999999'],
  ['nonsense', 'yes a b c'],
  ['an unknown deed', 'shout 1'],
  ['nothing', ''],
])('refuses %s', async (_, deed) => {
  const before = await world.sql('select count(*) from consent');
  const { page } = await press(deed);
  expect(page.statusCode).toBeGreaterThanOrEqual(400);
  expect(await world.sql('select count(*) from consent')).toEqual(before);
});
