import { decodeJwt } from 'jose';
import { afterAll, beforeAll, describe, expect, it } from 'vitest';
import { patients, users } from '../../../../../tests/worlds/two-organizations.ts';
import {
  CHART,
  type LaunchWorld,
  openLaunchWorld,
  type Person,
} from '../../authorization/launch/launch-world.test-data.ts';
import { codeRequest, PASSWORD } from '../../authorization/world.test-data.ts';

let world: LaunchWorld;
beforeAll(async () => {
  world = await openLaunchWorld();
});
afterAll(() => world?.close());

const GRANTED: [name: string, as: Person, scope: string, granted: string, patient: string | undefined][] = [
  ['a patient gets their own record', 'ada', 'openid launch/patient', 'openid launch/patient', '40001'],
  ['patient/ scopes say so as well', 'cleo', 'openid patient/*.rs', 'openid patient/*.rs', '40003'],
  ['a practitioner chooses', 'rivera', 'openid launch/patient', 'openid launch/patient', '40002'],
  ['also for patient/ scopes', 'rivera', 'openid patient/*.rs', 'openid patient/*.rs', '40002'],
  ['nobody is asked for user/ scopes', 'rivera', 'openid user/*.rs', 'openid user/*.rs', undefined],
  ['launch without a launch is left out', 'rivera', 'openid launch user/*.rs', 'openid user/*.rs', undefined],
  ['so is an encounter', 'ada', 'openid launch/patient launch/encounter', 'openid launch/patient', '40001'],
  ['nothing left means openid', 'rivera', 'launch launch/encounter', 'openid', undefined],
];

describe('a request without a launch', () => {
  it.each(GRANTED)('%s', async (_name, as, scope, granted, patient) => {
    for (const launch of [undefined, '', 'None']) {
      const { tokens } = await world.walk({
        as,
        scope,
        clientId: 'ours',
        patient: patients.ben,
        ...(launch === undefined ? {} : { more: { launch } }),
      });
      expect(tokens.scope).toBe(granted);
      expect(tokens.patient).toBe(patient);
      expect(tokens.need_patient_banner).toBe(patient === undefined ? undefined : true);
      expect(decodeJwt(tokens.access_token).patient).toBe(patient);
    }
  });

  it('cannot choose silently', async () => {
    const browser = world.browser();
    await world.walk({ scope: 'openid', clientId: 'ours', browser });
    const end = await world.walk({
      scope: 'openid launch/patient',
      clientId: 'ours',
      more: { prompt: 'none' },
      browser,
    });
    expect(end.error).toBe('interaction_required');
  });
});

describe('the page to choose a patient', () => {
  /** The page as this person sees it, and how to answer it. */
  async function openPage(as: Person, q = '') {
    const browser = world.browser();
    const request = codeRequest({ clientId: 'ours', redirectUri: CHART, scope: 'openid launch/patient' });
    const start = await browser.go({ url: request.url });
    const signedIn = await browser.go({
      method: 'POST',
      url: String(start.headers.location),
      form: { email: `${as}@example.org`, password: PASSWORD },
    });
    const resumed = await browser.go({ url: String(signedIn.headers.location) });
    const url = String(resumed.headers.location);
    const page = await browser.go(q === '' ? { url } : { method: 'POST', url, form: { q } });
    const choose = async (form: Record<string, string>) => {
      const answer = await browser.go({ method: 'POST', url, form });
      if (answer.statusCode !== 303) return { status: answer.statusCode, back: undefined };
      const back = await browser.go({ url: String(answer.headers.location) });
      return { status: 303, back: new URL(String(back.headers.location)) };
    };
    return { page, choose };
  }
  const listed = (page: string) =>
    [...page.matchAll(/name="patient" value="(\d+)"/g)].map(([, id]) => Number(id));

  const FOUND: [who: Person, q: string, ids: number[]][] = [
    ['rivera', '', [patients.ada, patients.dora, patients.ben]],
    ['rivera', 'ad', [patients.ada]],
    ['rivera', '  BYRON ada ', [patients.ada]],
    ['rivera', 'a-17', [patients.ada]],
    ['rivera', '17', []],
    ['rivera', '1991-02-03', [patients.ben]],
    ['rivera', 'cleo', []],
    ['rivera', "%' or true --", []],
    ['hana', '', [patients.ada, patients.cleo]],
    ['nina', '', []],
  ];
  it.each(FOUND)('shows %s searching for "%s" who is theirs', async (who, q, ids) => {
    const { page } = await openPage(who, q);
    expect(page.statusCode).toBe(200);
    expect(listed(page.body)).toEqual(ids);
  });

  it('says what to do when nobody is found', async () => {
    expect((await openPage('rivera', 'zz<b>')).page.body).toContain('Nobody found for “zz&lt;b&gt;”');
    expect((await openPage('nina')).page.body).toContain('a manager there can add them');
  });

  it('shows at most 25, and says that there are more', async () => {
    const { owner } = world.exchange.database;
    await owner.query(
      `insert into patient (id, name_family) select 41000 + n, 'Many ' || n from generate_series(1, 30) n`,
    );
    await owner.query(
      'insert into patient_organization (patient_id, organization_id) select 41000 + n, 20002 from generate_series(1, 30) n',
    );
    const { page } = await openPage('hana', 'many');
    expect(listed(page.body)).toHaveLength(25);
    expect(page.body).toContain('The first 25 patients. Search to find others.');
  });

  it('takes only somebody they see, and no for an answer', async () => {
    expect((await (await openPage('rivera')).choose({ patient: String(patients.cleo) })).status).toBe(403);
    expect((await (await openPage('rivera')).choose({ patient: 'x' })).status).toBe(403);
    const { back } = await (await openPage('rivera')).choose({});
    expect(back?.searchParams.get('error')).toBe('access_denied');
    const chosen = await (await openPage('rivera')).choose({ patient: String(patients.ben) });
    expect(chosen.back?.searchParams.get('code')).toBeTruthy();
  });

  it('lists the own record of a practitioner who is a patient as well', async () => {
    const { owner } = world.exchange.database;
    await owner.query("insert into patient (id, user_id, name_family) values (42001, 10009, 'Free')");
    const { page, choose } = await openPage('nina');
    expect(listed(page.body)).toEqual([42001]);
    expect((await choose({ patient: '42001' })).back?.searchParams.get('code')).toBeTruthy();
  });

  it('leaves a trace of everybody who was looked at', async () => {
    const { owner } = world.exchange.database;
    await owner.query('create table seen as select coalesce(max(id), 0) as id from audit_event');
    const { choose } = await openPage('rivera', 'ad');
    await choose({ patient: String(patients.ada) });
    const { rows } = await owner.query(
      `select user_id, client_id, interaction from audit_event
       where id > (select id from seen) and reason = 'choosing a patient for an app' and patient_id = $1
       order by id`,
      [patients.ada],
    );
    expect(rows.map((row) => row.interaction)).toEqual(['search', 'read']);
    expect(rows[0]).toMatchObject({ user_id: users.rivera, client_id: 'ours' });
  });
});
