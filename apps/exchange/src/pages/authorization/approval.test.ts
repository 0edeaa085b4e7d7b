import { afterAll, afterEach, beforeAll, describe, expect, it } from 'vitest';
import { codeNames, OMH, patients } from '../../../../../tests/worlds/two-organizations.ts';
import { type LaunchWorld, openLaunchWorld } from '../../authorization/launch/launch-world.test-data.ts';

let world: LaunchWorld;
beforeAll(async () => {
  world = await openLaunchWorld();
});
afterAll(() => world?.close());

const status = async (token: string, path: string) => (await world.fhir(token, path)).statusCode;

/** The sentences beside the boxes of a page. */
const sentences = (page: string | undefined) =>
  [...(page ?? '').matchAll(/<label for="ask\d+">([^<]+)</g)].map(([, sentence]) => sentence);

const GRANULAR = `patient/Observation.rs?code=${OMH}|${codeNames.glucose},${OMH}|${codeNames.sleep}`;

const SAID: [who: 'ada' | 'rivera', scope: string, said: string[]][] = [
  ['rivera', 'openid user/Observation.rs', ['Read health measurements that you may see yourself']],
  [
    'rivera',
    'openid user/Observation.read user/Observation.rs',
    ['Read health measurements that you may see yourself'],
  ],
  ['rivera', 'openid patient/*.read', ['Read all kinds of records of Ben Ode']],
  [
    'ada',
    'openid patient/Observation.cruds',
    ['Read, add, change and delete health measurements of your own'],
  ],
  ['ada', `openid ${GRANULAR}`, ['Read measurements of your own, only Blood glucose, Sleep episode']],
  [
    'rivera',
    'openid user/Observation.rs?code=x|unknown',
    ['Read measurements that you may see yourself, only unknown'],
  ],
  ['rivera', 'openid user/Immunization.r', ['Read Immunization records that you may see yourself']],
  // What the client is registered for, when it asks for no records.
  ['rivera', 'openid', ['Read names and contact details that you may see yourself']],
];
describe('the approval page', () => {
  it.each(SAID)('says to %s what %s means', async (as, scope, said) => {
    const { pages } = await world.walk({ as, scope, patient: patients.ben });
    expect(sentences(pages.at(-1))).toEqual(said);
  });

  it('names whose record it is', async () => {
    const rivera = await world.walk({ scope: 'openid patient/*.rs', patient: patients.ben });
    expect(rivera.pages.at(-1)).toContain('Opened for <b>Ben Ode</b>');
    const ada = await world.walk({ as: 'ada', scope: 'openid patient/*.rs' });
    expect(ada.pages.at(-1)).toContain('Opened for <b>your own record</b>');
  });
});

const READ_PATIENTS = 'Read names and contact details that you may see yourself';
const READ_READINGS = 'Read health measurements that you may see yourself';
const BOTH = 'openid user/Observation.rs user/Patient.rs';

describe('what is unticked', () => {
  it('is not granted, not reached, and not asked about again, until prompt=consent', async () => {
    const browser = world.browser();
    const first = await world.walk({ scope: BOTH, browser, untick: [READ_PATIENTS] });
    expect(first.tokens.scope).toBe('openid user/Observation.rs');
    expect(await status(first.tokens.access_token, 'Observation')).toBe(200);
    expect(await status(first.tokens.access_token, `Patient/${patients.ada}`)).toBe(403);
    const refreshed = (await world.refresh(first.tokens)).json();
    expect(refreshed.scope).toBe('openid user/Observation.rs');

    const silent = await world.walk({ scope: BOTH, browser });
    expect(silent.pages).toEqual([]);
    expect(silent.tokens.scope).toBe('openid user/Observation.rs');

    const more = { prompt: 'consent' };
    const asked = await world.walk({ scope: BOTH, browser, more });
    expect(sentences(asked.pages[0])).toEqual([READ_READINGS, READ_PATIENTS]);
    // It stands there, not ticked again for them.
    expect(asked.tokens.scope).toBe('openid user/Observation.rs');
    const given = await world.walk({ scope: BOTH, browser, more, tick: [READ_PATIENTS] });
    expect(given.tokens.scope).toBe(BOTH);
    expect(await status(given.tokens.access_token, `Patient/${patients.ada}`)).toBe(200);
    // And back: what is refreshed from then on is without it.
    await world.walk({ scope: BOTH, browser, more, untick: [READ_READINGS] });
    expect((await world.refresh(given.tokens)).json().scope).toBe('openid user/Patient.rs');
  });

  it('does not come back as a default of the client', async () => {
    const browser = world.browser();
    await world.walk({ scope: 'openid', browser });
    const { tokens } = await world.walk({
      scope: 'openid user/Observation.rs',
      browser,
      untick: [READ_READINGS],
    });
    expect(tokens.scope).toBe('openid');
    for (const token of [tokens.access_token, (await world.refresh(tokens)).json().access_token]) {
      expect(await status(token, 'Observation')).toBe(403);
      expect(await status(token, `Patient/${patients.ada}`)).toBe(403);
    }
  });

  it('may be a default itself, of a client of ours as well', async () => {
    const { tokens, pages } = await world.walk({ scope: 'openid', untick: [READ_PATIENTS] });
    expect(pages).toHaveLength(2);
    expect(await status(tokens.access_token, `Patient/${patients.ada}`)).toBe(403);
    const ours = await world.walk({
      clientId: 'ours',
      scope: 'openid',
      more: { prompt: 'consent' },
      untick: ['Read all kinds of records that you may see yourself'],
    });
    expect(await status(ours.tokens.access_token, `Patient/${patients.ada}`)).toBe(403);
  });

  it('is not told which patient, when all records of the patient are left out', async () => {
    const { tokens } = await world.walk({
      scope: 'openid patient/Observation.rs',
      patient: patients.ben,
      untick: ['Read health measurements of Ben Ode'],
    });
    expect(tokens).not.toHaveProperty('patient');
  });
});

describe('how long it lasts', () => {
  afterEach(() => world.setClock(null));

  const LASTING: [scope: string, status: number][] = [
    ['openid user/Patient.rs online_access', 400],
    ['openid user/Patient.rs offline_access', 200],
    // A hub asks for neither; it gets a refresh token all the same.
    ['openid user/Patient.rs', 400],
  ];
  it.each(LASTING)('%s: refreshing after the session has ended answers %i', async (scope, expected) => {
    const { tokens, pages } = await world.walk({ scope });
    expect(tokens.scope.split(' ').sort()).toEqual(scope.split(' ').sort());
    expect(pages.at(-1)?.includes('Stay connected')).toBe(scope.includes('_access'));
    const refreshed = await world.refresh(tokens);
    expect(refreshed.statusCode).toBe(200);
    // A session ends two weeks after it was used last.
    world.setClock(new Date(Date.now() + 15 * 24 * 60 * 60 * 1000));
    expect((await world.refresh(refreshed.json())).statusCode).toBe(expected);
  });
});
