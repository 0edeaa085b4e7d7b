/**
 * What a person sees of what is over: proposals that she declined, studies that she left or that were removed, by the names
 * that they had; a yes with its end; and an answer to what the page showed.
 */

import { afterAll, beforeAll, expect, it } from 'vitest';
import { type ConsentWorld, openConsentWorld } from '../../../../../tests/proofs/consent-world.ts';
import { openMails } from '../../../../../tests/setup/mail.ts';
import { codeNames, codes, OMH, patients, studies } from '../../../../../tests/worlds/two-organizations.ts';
import { hashPassword } from '../../access/password.ts';
import { openBrowser } from '../../authorization/world.test-data.ts';
import { tellPeople } from '../../jobs/tell-people.ts';
import { follow } from '../accounts/pages.test-data.ts';

const PAGE = '/accounts/record/';
const GONE = 'a study that is no longer there';
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

/** The page in words. */
const look = async () =>
  (await follow(browser, PAGE)).page.body.replace(/<[^>]*>/g, ' ').replace(/\s+/g, ' ');
const press = async (deed: string, more: Record<string, string> = {}) =>
  (await follow(browser, PAGE, { do: deed, ...more })).page;
const make = async (name: string) => {
  const made = await world.call('mo', 'POST', '/api/v1/studies', {
    body: { organization: 20001, name, description: `${name}, described.` },
  });
  const studyId = made.json().id as number;
  await world.deed('mo', 'POST', `/api/v1/studies/${studyId}/scope_requests`, { scopeCodeId: codes.glucose });
  await world.deed('mo', 'POST', `/api/v1/studies/${studyId}/patients`, { patientIds: [ada] });
  return studyId;
};
const proposalOf = async (studyId: number) =>
  (await world.sql('select id::int from proposal where study_id = $1', [studyId]))[0]?.id as number;
const declinedPart = async () => (await look()).split('Declined by you')[1] ?? '';

it('a declined proposal keeps the name under which it was declined', async () => {
  const studyId = await make('Breakfast');
  await world.deed('mo', 'PATCH', `/api/v1/studies/${studyId}`, { name: 'Breakfast and lunch' });
  await press(`decline ${await proposalOf(studyId)}`);
  expect(await declinedPart()).toContain('Breakfast and lunch (Lakeside Health)');
  // What it is called afterwards was never asked of her.
  await world.deed('mo', 'PATCH', `/api/v1/studies/${studyId}`, { name: 'Dinner' });
  expect(await declinedPart()).toContain('Breakfast and lunch (Lakeside Health)');
});

it('a study that she left, and one that was removed, keep their names in her history', async () => {
  const [left, removed] = [await make('Left behind'), await make('Soon removed')];
  for (const studyId of [left, removed]) {
    await press(`accept ${await proposalOf(studyId)}`);
    await press(`yes ${ada} ${studyId} ${codes.glucose}`);
  }
  await press(`leave-study ${ada} ${left}`);
  await tellPeople(world.exchange.system, 'http://localhost:8000', new Date());
  await world.deed('mo', 'DELETE', `/api/v1/studies/${removed}?cascade=true`);
  // The mail, which is written later, too.
  await tellPeople(world.exchange.system, 'http://localhost:8000', new Date());
  const [mail] = openMails(await world.sql('select recipient, body from mail order by id desc limit 1'));
  expect(mail!.body).toContain('Taking part in Soon removed has ended');
  const page = await look();
  for (const name of ['Left behind', 'Soon removed']) {
    expect(page).toContain(`Answer ended: Blood glucose, ${name}`);
    expect(page).toContain(`You accepted: ${name}`);
    expect(page).toContain(`Taking part ended: ${name}`);
  }
  expect(page).not.toContain('null');
  const { results } = (await world.call('ada', 'GET', `/api/v1/patients/${ada}/consents/history`)).json();
  expect(results.map((line: { study: { name: string } }) => line.study.name)).toEqual([
    'Soon removed',
    'Left behind',
    'Soon removed',
    'Left behind',
  ]);
});

it('what she declined stays there to be lifted after she left the organization', async () => {
  await press(`leave-organization ${ada} 20001`);
  expect(await declinedPart()).toContain('Breakfast and lunch (Lakeside Health)');
  expect(await look()).toContain('Being a patient ended: Lakeside Health');
});

it('where nobody kept a name, it says so in plain words', async () => {
  await world.sql('update proposal set study_name = null, organization_name = null');
  await world.sql('update consent_event set study_name = null');
  await world.sql('update record_event set study_name = null, organization_name = null');
  const page = await look();
  expect(page).toContain(`Let them ask again ${GONE}`);
  expect(page).toContain(`Answer ended: Blood glucose, ${GONE}`);
  expect(page).toContain(`Taking part ended: ${GONE}`);
  expect(page).not.toContain('null');
});

it('a yes until a day is shown with it, and one that the page did not show is refused', async () => {
  const yes = `yes ${ada} ${studies.sleep} ${codes.sleep}`;
  const answered = () =>
    world.sql('select ends_at, study_version::int from consent where study_id = $1', [studies.sleep]);
  for (const [until, said] of [
    ['2001-06-30', 'This end is in the past.'],
    ['soon', 'This is no day.'],
  ] as const) {
    const refused = await press(`${yes} 1`, { until });
    expect([refused.statusCode, refused.body]).toEqual([400, expect.stringContaining(said)]);
  }
  await world.deed('hana', 'PATCH', `/api/v1/studies/${studies.sleep}`, { purpose: 'PUBHLTH' });
  const late = await press(`${yes} 1`, { until: '2999-06-30' });
  expect([late.statusCode, late.body]).toEqual([
    409,
    expect.stringContaining('This study has changed since it was read.'),
  ]);
  expect(await answered()).toEqual([]);

  // The button of the page carries the version that it shows.
  expect((await follow(browser, PAGE)).page.body).toContain(`value="${yes} 2"`);
  await press(`${yes} 2`, { until: '2999-06-30' });
  expect(await answered()).toEqual([{ ends_at: new Date('2999-06-30T23:59:59.999Z'), study_version: 2 }]);
  const page = await look();
  expect(page).toContain('It counts until 30 June 2999');
  expect(page).toMatch(/Yes to Sleep episode, Sleep at Harbor, until 30 June 2999/);

  // Another day is another answer; none, no end; and what an app says without one leaves it.
  await press(`${yes} 2`, { until: '2999-07-31' });
  await world.deed('ada', 'PATCH', `/api/v1/patients/${ada}/consents`, {
    studyScopeConsents: [
      {
        studyId: studies.sleep,
        scopeConsents: [{ codingSystem: OMH, codingCode: codeNames.sleep, consented: true }],
      },
    ],
  });
  expect((await answered())[0]!.ends_at).toEqual(new Date('2999-07-31T23:59:59.999Z'));
  await press(`${yes} 2`);
  expect((await answered())[0]!.ends_at).toBeNull();
  // A no counts whatever the study says now.
  await world.deed('hana', 'PATCH', `/api/v1/studies/${studies.sleep}`, { name: 'Sleep, again' });
  expect((await press(`no ${ada} ${studies.sleep} ${codes.sleep}`)).statusCode).toBe(200);
});
